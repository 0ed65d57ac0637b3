/* "cpu <= ...": what a budget and a condition on a difference begin with. */
#ifndef ANALYSIS_COMPARISON_H
#define ANALYSIS_COMPARISON_H

#include "analysis/figure.h"

struct comparison {
	const char *sign;
	bool less, equal, greater; /* what a value may be to the limit */
};

/* What stood where another thing should, for "%.*s": not all of it if it is long. */
#define COMPARISON_SHOWN(text) (text).n < 64 ? (int)(text).n : 64, (text).p

/*
 * Cuts "FIGURE SIGN" off `text`; `ret_rest` is what stands behind it, without blanks around. 0, or
 * -EINVAL with a sentence.
 */
int comparison_parse(struct str text, const struct figure **ret_figure,
		     const struct comparison **ret, struct str *ret_rest, struct error *err);
/* `order`: below 0 when the value is below the limit, 0 when it is equal, else above 0. */
bool comparison_holds(const struct comparison *comparison, int order);

#endif
