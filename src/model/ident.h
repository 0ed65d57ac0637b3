/*
 * Who a process is: its number and when it started. Numbers come back; the pair does not. A bare
 * pid never crosses a module boundary.
 */
#ifndef MODEL_IDENT_H
#define MODEL_IDENT_H

#include <stdbool.h>
#include <stdint.h>

struct ident {
	int32_t tgid; /* in the initial pid namespace where the source knows it; 0: nobody */
	uint32_t
		grain_ns; /* how fine start_ns is: 1 (BPF), 10000000 (ticks of proc), 0: not known */
	uint64_t start_ns; /* CLOCK_BOOTTIME */
};

#define IDENT_GRAIN_TICKS 10000000u

static inline struct ident ident_exact(int32_t tgid, uint64_t start_ns)
{
	return (struct ident){.tgid = tgid, .grain_ns = 1, .start_ns = start_ns};
}

/* Only the number is known: means the life that holds it at the record's time. */
static inline struct ident ident_provisional(int32_t tgid)
{
	return (struct ident){.tgid = tgid};
}

/* May both mean one life? Starts are compared as coarsely as the coarser of the two. */
static inline bool ident_match(struct ident a, struct ident b)
{
	uint64_t grain = a.grain_ns > b.grain_ns ? a.grain_ns : b.grain_ns;

	if (a.tgid != b.tgid)
		return false;
	if (a.grain_ns == 0 || b.grain_ns == 0)
		return true;
	return a.start_ns / grain == b.start_ns / grain;
}

#endif
