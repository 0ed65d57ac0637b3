/*
 * Budgets. Key decision: a bound is a figure of the table, a comparison of the table and a number;
 * what is not exactly that is an error with what stands there, since a budget that is not understood
 * would hold for ever.
 */
#include "analysis/budget.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>

struct budget_comparison {
	const char *sign;
	bool less, equal, greater; /* what a value may be to the limit */
};

/* Longer signs first. */
static const struct budget_comparison comparisons[] = {
	{"<=", true,  true,  false},
	{">=", false, true,  true },
	{"==", false, true,  false},
	{"!=", true,  false, true },
	{"<",  true,  false, false},
	{">",  false, false, true },
	{"=",  false, true,  false},
};

static struct str trim(struct str text)
{
	while (text.n > 0 && isspace((unsigned char)text.p[0]))
		text = str_skip(text, 1);
	while (text.n > 0 && isspace((unsigned char)text.p[text.n - 1]))
		text.n--;
	return text;
}

/* ---- parsing ---- */

static int find_figure(struct str name, const struct figure **ret, struct error *err)
{
	const char *names[BUDGET_BOUNDS], *nearest;
	char wrong[33] = "";

	for (unsigned i = 0; i < figure_count; i++) {
		*ret = &figures[i];
		if (str_is(name, figures[i].name))
			return 0;
		if (i < BUDGET_BOUNDS)
			names[i] = figures[i].name;
	}
	memcpy(wrong, name.p, name.n < sizeof wrong ? name.n : sizeof wrong - 1);
	nearest = nearest_name(wrong, names,
			       figure_count < BUDGET_BOUNDS ? figure_count : BUDGET_BOUNDS);
	if (nearest)
		return error_set(err, EINVAL, "there is no figure '%s'; did you mean '%s'?", wrong,
				 nearest);
	return error_set(err, EINVAL, "there is no figure '%s'; 'pscope help report' lists them",
			 wrong);
}

static const struct budget_comparison *find_comparison(struct str text)
{
	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
		if (str_starts(text, str_of(comparisons[i].sign)))
			return &comparisons[i];
	return NULL;
}

static int parse_count(struct str text, uint64_t *ret)
{
	unsigned long long number;
	int r = str_to_u64(text, &number);

	*ret = r == 0 ? number : 0;
	return r;
}

static int parse_duration(struct str text, uint64_t *ret)
{
	int64_t ns = 0;
	int r = str_is(text, "0") ? 0 : units_parse_duration(text, 0, &ns);

	*ret = (uint64_t)ns;
	return r;
}

static const struct {
	int (*parse)(struct str text, uint64_t *ret);
	const char *example;
} units[] = {
	[FIGURE_COUNT] = {parse_count,       "a number such as 5000"                    },
	[FIGURE_DURATION] = {parse_duration,    "a time with its unit, such as 10m or 1.5s"},
	[FIGURE_SIZE] = {units_parse_bytes, "a size such as 512M or 2G"                },
};

static int parse_bound(struct str text, struct budget_bound *ret, struct error *err)
{
	size_t n = 0;
	struct str rest;
	int r;

	while (n < text.n && (isalnum((unsigned char)text.p[n]) || text.p[n] == '_'))
		n++;
	if (n == 0)
		return error_set(err, EINVAL, "a bound is missing; it reads like 'wall < 10m'");
	r = find_figure((struct str){text.p, n}, &ret->figure, err);
	if (r < 0)
		return r;
	rest = trim(str_skip(text, n));
	ret->comparison = find_comparison(rest);
	if (!ret->comparison)
		return error_set(err, EINVAL, "behind %s there must be one of < <= = != >= >",
				 ret->figure->name);
	rest = trim(str_skip(rest, strlen(ret->comparison->sign)));
	ret->written = rest;
	if (units[ret->figure->unit].parse(rest, &ret->limit) < 0)
		return error_set(err, EINVAL, "%s %s needs %s, not '%.*s'", ret->figure->name,
				 ret->comparison->sign, units[ret->figure->unit].example,
				 rest.n < 64 ? (int)rest.n : 64, rest.p);
	return 0;
}

int budget_parse(struct budget *budget, struct str text, struct error *err)
{
	do {
		struct budget_bound bound;
		int r = parse_bound(trim(str_cut(&text, ',')), &bound, err);

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
	return value < bound->limit    ? bound->comparison->less
	       : value == bound->limit ? bound->comparison->equal
				       : bound->comparison->greater;
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
