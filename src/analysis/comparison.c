/* Key decision: names and signs are rows of tables, so budgets and conditions read the same. */
#include "analysis/comparison.h"

#include <ctype.h>
#include <errno.h>

/* Longer signs first. */
static const struct comparison comparisons[] = {
	{"<=", true,  true,  false},
	{">=", false, true,  true },
	{"==", false, true,  false},
	{"!=", true,  false, true },
	{"<",  true,  false, false},
	{">",  false, false, true },
	{"=",  false, true,  false},
};

static const struct comparison *find(struct str text)
{
	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
		if (str_starts(text, str_of(comparisons[i].sign)))
			return &comparisons[i];
	return NULL;
}

int comparison_parse(struct str text, const struct figure **ret_figure,
		     const struct comparison **ret, struct str *ret_rest, struct error *err)
{
	struct str rest;
	size_t n = 0;
	int r;

	while (n < text.n && (isalnum((unsigned char)text.p[n]) || text.p[n] == '_'))
		n++;
	r = figure_find((struct str){text.p, n}, ret_figure, err);
	if (r < 0)
		return r;
	rest = str_trim(str_skip(text, n));
	*ret = find(rest);
	if (!*ret)
		return error_set(err, EINVAL, "behind %s there must be one of < <= = != >= >",
				 (*ret_figure)->name);
	*ret_rest = str_trim(str_skip(rest, strlen((*ret)->sign)));
	return 0;
}

bool comparison_holds(const struct comparison *comparison, int order)
{
	return order < 0 ? comparison->less : order == 0 ? comparison->equal : comparison->greater;
}
