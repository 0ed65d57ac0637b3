/*
 * Key decision: a change must have its sign, so that nobody takes "wall > 10s" for a bound of the value
 * itself, which is a budget's.
 */
#include "analysis/condition.h"

#include <errno.h>

static int parse_change(struct condition *it)
{
	struct str text = str_skip(it->written, 1);
	bool minus = it->written.p[0] == '-';
	uint64_t value;

	it->relative = figure_parse_percent(text, &it->ratio) == 0;
	if (minus)
		it->ratio = -it->ratio;
	if (it->relative)
		return 0;
	if (figure_parse_value(it->figure->unit, text, &value) < 0 || value > INT64_MAX)
		return -EINVAL;
	it->absolute = minus ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int parse_one(struct str text, struct condition *ret, struct error *err)
{
	int r;

	*ret = (struct condition){0};
	if (text.n == 0 || strchr("<=!>", text.p[0]))
		return error_set(err, EINVAL,
				 "a condition is missing; it reads like 'cpu > +10%%'");
	r = comparison_parse(text, &ret->figure, &ret->comparison, &ret->written, err);
	if (r < 0)
		return r;
	if (ret->written.n == 0 || !strchr("+-", ret->written.p[0]))
		return error_set(err, EINVAL,
				 "%s %s needs a change with its sign, such as +10%%, not '%.*s'",
				 ret->figure->name, ret->comparison->sign,
				 COMPARISON_SHOWN(ret->written));
	if (parse_change(ret) < 0)
		return error_set(err, EINVAL,
				 "%s %s needs a percentage or %s behind + or -, not '%.*s'",
				 ret->figure->name, ret->comparison->sign,
				 figure_example(ret->figure->unit), COMPARISON_SHOWN(ret->written));
	return 0;
}

int condition_parse(struct conditions *conditions, struct str text, struct error *err)
{
	do {
		struct condition condition;
		int r = parse_one(str_trim(str_cut(&text, ',')), &condition, err);

		if (r < 0)
			return r;
		if (conditions->count == CONDITIONS)
			return error_set(err, EINVAL, "there may be at most %d conditions",
					 CONDITIONS);
		conditions->items[conditions->count++] = condition;
	} while (text.p);
	return 0;
}

bool condition_holds(const struct condition *condition, const struct figure_change *change)
{
	int64_t absolute = figure_change_difference(change);
	double ratio = figure_change_ratio(change);
	int order = (absolute > condition->absolute) - (absolute < condition->absolute);

	if (!figure_change_known(change))
		return true;
	if (condition->relative)
		order = (ratio > condition->ratio) - (ratio < condition->ratio);
	return comparison_holds(condition->comparison, order);
}

void condition_add(struct buf *out, const struct condition *condition)
{
	buf_printf(out, "%s %s ", condition->figure->name, condition->comparison->sign);
	buf_add_str(out, condition->written);
}
