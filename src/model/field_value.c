/*
 * The order of values. Key decision: one total order for all kinds, numbers across signedness
 * too, so that sorting and filtering agree and never depend on what a getter happened to return.
 */
#include "model/field.h"

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_bytes(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : compare_u64(a.n, b.n);
}

static int compare_lists(const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < a->list.n && i < b->list.n; i++)
		if (a->list.p[i] != b->list.p[i])
			return compare_u64(a->list.p[i], b->list.p[i]);
	return compare_u64(a->list.n, b->list.n);
}

static bool is_integer(const struct value *value)
{
	return value->kind == VALUE_SIGNED || value->kind == VALUE_UNSIGNED;
}

static bool is_negative(const struct value *value)
{
	return value->kind == VALUE_SIGNED && value->i < 0;
}

/* Exact over the whole range of both kinds. Of two negative ones the bits order as unsigned. */
static int compare_integers(const struct value *a, const struct value *b)
{
	if (is_negative(a) != is_negative(b))
		return is_negative(a) ? -1 : 1;
	return compare_u64(a->u, b->u);
}

static double as_real(const struct value *value)
{
	switch (value->kind) {
	case VALUE_SIGNED:
		return (double)value->i;
	case VALUE_UNSIGNED:
		return (double)value->u;
	default:
		return value->real;
	}
}

static bool is_number(const struct value *value)
{
	return is_integer(value) || value->kind == VALUE_REAL;
}

static bool is_known(const struct value *value)
{
	return value->kind != VALUE_UNKNOWN && value->kind != VALUE_DENIED;
}

int value_compare(const struct field *field, const struct value *a, const struct value *b)
{
	if (!is_known(a) || !is_known(b))
		return is_known(b) - is_known(a);
	if (is_integer(a) && is_integer(b))
		return compare_integers(a, b);
	if (is_number(a) && is_number(b))
		return (as_real(a) > as_real(b)) - (as_real(a) < as_real(b));
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	switch (a->kind) {
	case VALUE_TEXT:
		return compare_bytes(a->text, b->text);
	case VALUE_LIST:
		return compare_lists(a, b);
	default:
		return a->flag - b->flag;
	}
}
