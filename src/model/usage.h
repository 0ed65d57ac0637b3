/* What a process cost: an array of counters with a mask of those that are known. */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include <stdbool.h>
#include <stdint.h>

enum usage_field {
	USAGE_CPU_USER_NS,
	USAGE_CPU_SYS_NS,
	USAGE_RSS_PEAK_BYTES,
	USAGE_READ_BYTES,  /* from storage */
	USAGE_WRITE_BYTES, /* to storage */
	USAGE_READ_CHARS,  /* through read(2) and its kin */
	USAGE_WRITE_CHARS,
	USAGE_MINOR_FAULTS,
	USAGE_MAJOR_FAULTS,
	USAGE_VOLUNTARY_SWITCHES,
	USAGE_INVOLUNTARY_SWITCHES,
	USAGE_THREADS,     /* it ever had, the leader included */
	USAGE_CPU_WAIT_NS, /* runnable but waiting for a CPU, all threads */
	USAGE_RSS_BYTES,   /* now; samples only, as those below */
	USAGE_PSS_BYTES,
	USAGE_FDS, /* open files */
	USAGE_FIELDS
};

#define USAGE_BIT(field) (1u << (field))

struct usage {
	uint64_t value[USAGE_FIELDS];
	uint32_t known; /* USAGE_BIT of each field whose value means something */
	uint32_t bound; /* of those, the ones that are upper bounds only */
};

/* The field's name as JSON, SQLite and the text form write it; its unit is in the name. */
extern const char *const usage_names[USAGE_FIELDS];

static inline bool usage_knows(const struct usage *usage, enum usage_field field)
{
	return usage->known & USAGE_BIT(field);
}

static inline void usage_set(struct usage *usage, enum usage_field field, uint64_t value)
{
	usage->value[field] = value;
	usage->known |= USAGE_BIT(field);
}

/* User plus system; 0 when unknown (ask usage_knows). */
static inline uint64_t usage_cpu_ns(const struct usage *usage)
{
	return (usage_knows(usage, USAGE_CPU_USER_NS) ? usage->value[USAGE_CPU_USER_NS] : 0) +
	       (usage_knows(usage, USAGE_CPU_SYS_NS) ? usage->value[USAGE_CPU_SYS_NS] : 0);
}

/* Adds counters, keeps the larger of peaks; a field known on one side only is taken over. */
void usage_add(struct usage *sum, const struct usage *part);

/*
 * What the counters grew by from `before` to `now`; none when one of the two is not known, 0 when it
 * went back. User and system time are split by a ratio that changes, so that one of them may go
 * back: their sum counts, and the system time gets what the user time leaves of it. Peaks are now's.
 */
struct usage usage_since(const struct usage *before, const struct usage *now);

/*
 * Splits an exact run time as the kernel does for wait4 (cputime_adjust in
 * kernel/sched/cputime.c): by the ratio of the tick-sampled user and system times; all user when
 * the ticks saw no system time, all system when they saw no user time.
 */
void usage_set_cpu(struct usage *usage, uint64_t run_ns, uint64_t utime, uint64_t stime);

#endif
