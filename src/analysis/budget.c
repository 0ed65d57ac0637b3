/*
 * Budgets. Key decision: a bound is a figure of the table, a comparison of the table and a number;
 * what is not exactly that is an error with what stands there, since a budget that is not understood
 * would hold for ever.
 */
#include "analysis/budget.h"

#include <errno.h>

/* ---- parsing ---- */

static int parse_bound(struct str text, struct budget_bound *ret, struct error *err)
{
	int r;

	if (text.n == 0 || strchr("<=!>", text.p[0]))
		return error_set(err, EINVAL, "a bound is missing; it reads like 'wall < 10m'");
	r = comparison_parse(text, &ret->figure, &ret->comparison, &ret->written, err);
	if (r < 0)
		return r;
	if (figure_parse_value(ret->figure->unit, ret->written, &ret->limit) < 0)
		return error_set(err, EINVAL, "%s %s needs %s, not '%.*s'", ret->figure->name,
				 ret->comparison->sign, figure_example(ret->figure->unit),
				 COMPARISON_SHOWN(ret->written));
	return 0;
}

int budget_parse(struct budget *budget, struct str text, struct error *err)
{
	do {
		struct budget_bound bound;
		int r = parse_bound(str_trim(str_cut(&text, ',')), &bound, err);

		if (r < 0)
			return r;
		if (budget->count == BUDGET_BOUNDS)
			return error_set(err, EINVAL, "a budget has at most %d bounds",
					 BUDGET_BOUNDS);
		budget->bounds[budget->count++] = bound;
	} while (text.p);
	return 0;
}

/* ---- verdicts ---- */

bool budget_holds(const struct budget_bound *bound, const struct report *report)
{
	uint64_t value = figure_value(bound->figure, report);

	if (!figure_is_known(bound->figure, report))
		return false;
	return comparison_holds(bound->comparison, (value > bound->limit) - (value < bound->limit));
}

unsigned budget_broken(const struct budget *budget, const struct report *report)
{
	unsigned broken = 0;

	for (unsigned i = 0; i < budget->count; i++)
		broken += !budget_holds(&budget->bounds[i], report);
	return broken;
}

void budget_add_bound(struct buf *out, const struct budget_bound *bound)
{
	buf_printf(out, "%s %s ", bound->figure->name, bound->comparison->sign);
	buf_add_str(out, bound->written);
}
