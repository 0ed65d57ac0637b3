/*
 * Two recordings side by side: which life of the one is which of the other. From the roots down, lives
 * below the same parent are one another's when program and normalised arguments are equal, else when
 * the program and its operands are, else the program and its first operand, else the program; in the
 * order of their starts. What has no counterpart counts with all below it.
 */
#ifndef ANALYSIS_ALIGN_H
#define ANALYSIS_ALIGN_H

#include "analysis/history.h"

enum { ALIGN_BEFORE, ALIGN_AFTER, ALIGN_SIDES };

/* What lives came to together. */
struct align_sum {
	uint64_t count;     /* of the command */
	uint64_t processes; /* also those below, where it has no counterpart */
	uint64_t cpu_ns;
	uint64_t own_ns; /* of their lives in which no child of theirs lived */
	uint64_t wall_ns;
	uint64_t rss_peak_bytes; /* of one process */
	uint64_t io_bytes;
};

/* A command at its place: the lives of both sides that were matched, or those of one. */
struct align_group {
	uint32_t first[ALIGN_SIDES]; /* the first life; HISTORY_NONE: there is none on this side */
	struct align_sum sum[ALIGN_SIDES];
	bool reworded; /* the arguments are not equal */
};

struct align {
	struct align_group *groups; /* who is above stands before who is below */
	uint32_t count, capacity;
	uint64_t matched, reworded;   /* pairs, and how many with other arguments */
	uint64_t alone[ALIGN_SIDES];  /* lives without a counterpart */
	uint32_t *group[ALIGN_SIDES]; /* of each life; HISTORY_NONE: it is in no tree */
};

/*
 * `roots`: of each side the command that was recorded, which are one another's whatever they are
 * called; HISTORY_NONE: there is none. Freed with align_deinit.
 */
void align_make(struct align *ret, const struct history *const histories[ALIGN_SIDES],
		const uint32_t roots[ALIGN_SIDES]);
void align_deinit(struct align *align);

#endif
