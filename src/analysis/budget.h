/*
 * Bounds on the figures of a report: "wall < 10m, cpu < 300s, peak_rss < 2G, failures = 0". Durations
 * need a unit; sizes are bytes, or with K, M, G, T.
 */
#ifndef ANALYSIS_BUDGET_H
#define ANALYSIS_BUDGET_H

#include "analysis/comparison.h"

#define BUDGET_BOUNDS 32

struct budget_bound {
	const struct figure *figure;
	const struct comparison *comparison;
	uint64_t limit;
	struct str written; /* the limit as it was given */
};

struct budget {
	struct budget_bound bounds[BUDGET_BOUNDS];
	unsigned count;
};

/* Adds the bounds of `text`, which must outlive the budget. 0, or -EINVAL with a sentence. */
int budget_parse(struct budget *budget, struct str text, struct error *err);
/* What is not known (see figure_is_known) holds no bound. */
bool budget_holds(const struct budget_bound *bound, const struct report *report);
unsigned budget_broken(const struct budget *budget, const struct report *report);

/* "wall < 10m" */
void budget_add_bound(struct buf *out, const struct budget_bound *bound);

#endif
