/*
 * The critical path: the chain of processes on which the end waited. From the end backwards: whoever
 * ended last before a moment is what was waited for then; nothing but starts and ends is asked, so
 * that it holds for any program. The steps cover the whole time without a gap.
 */
#ifndef ANALYSIS_CRITICAL_H
#define ANALYSIS_CRITICAL_H

#include "analysis/history.h"

struct critical_step {
	uint32_t life; /* HISTORY_NONE: no process of the target was there */
	int64_t begin_ns, end_ns;
};

struct critical {
	struct critical_step *steps; /* in order of time */
	size_t count, capacity;
	int64_t begin_ns, end_ns;
};

/*
 * Of `root` (an index) from its begin to its end; HISTORY_NONE: of the whole run. A step is the time
 * in which a process itself was on the path, and no child of it. Freed with critical_deinit.
 */
void critical_find(struct critical *ret, const struct history *history,
		   const struct history_children *children, uint32_t root);
void critical_deinit(struct critical *critical);

/* A life's share of the path. */
struct critical_share {
	uint32_t life;
	int64_t ns;
};
/* The shares by life, the largest first; returns how many. The array is the caller's to free. */
size_t critical_shares(const struct critical *critical, struct critical_share **ret);

#endif
