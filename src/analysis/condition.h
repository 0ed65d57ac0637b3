/*
 * Conditions on how a figure changed: "cpu > +10%, wall > +2s, failures > +0". A change has a sign,
 * and is a percentage of what was, or a value with its unit.
 */
#ifndef ANALYSIS_CONDITION_H
#define ANALYSIS_CONDITION_H

#include "analysis/comparison.h"
#include "analysis/difference.h"

#define CONDITIONS 32

struct condition {
	const struct figure *figure;
	const struct comparison *comparison;
	bool relative;
	double ratio;       /* signed; if it is relative */
	int64_t absolute;   /* else */
	struct str written; /* the change as it was given */
};

struct conditions {
	struct condition items[CONDITIONS];
	unsigned count;
};

/* Adds those of `text`, which must outlive them. 0, or -EINVAL with a sentence. */
int condition_parse(struct conditions *conditions, struct str text, struct error *err);
/* What is not known on both sides counts as if it held: nobody can say that it does not. */
bool condition_holds(const struct condition *condition, const struct figure_change *change);

/* "cpu > +10%" */
void condition_add(struct buf *out, const struct condition *condition);

#endif
