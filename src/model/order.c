/*
 * Sorting rows. Key decision: every key is got once a row, beforehand, since a getter may put text
 * together; and ties end at the number and then at the place, so the order is total and stable.
 */
#include "base/cleanup.h"
#include "base/mem.h"
#include "model/field.h"

#include <errno.h>
#include <stdlib.h>

static int unknown_key(struct str name, struct error *err)
{
	struct str nearest = field_nearest(name);

	if (nearest.p)
		return error_set(err, EINVAL,
				 "there is no field '%.*s' to sort by; did you mean '%.*s'?",
				 (int)name.n, name.p, (int)nearest.n, nearest.p);
	return error_set(err, EINVAL,
			 "there is no field '%.*s' to sort by; 'pscope ps -L' lists them all",
			 (int)name.n, name.p);
}

int order_parse(struct order *order, struct str text, struct error *err)
{
	struct order parsed = {0};
	struct str rest = text;

	while (rest.p) {
		struct str name = str_cut(&rest, ',');
		bool descending = str_starts(name, STR("-"));
		const struct field *field;

		if (descending || str_starts(name, STR("+")))
			name = str_skip(name, 1);
		if (name.n == 0)
			return error_set(err, EINVAL,
					 "'%.*s' is no list of fields to sort by: one is empty; "
					 "write '-rss,pid'",
					 (int)text.n, text.p);
		field = field_find(name);
		if (!field)
			return unknown_key(name, err);
		if (parsed.count == ORDER_KEYS_MAX)
			return error_set(err, EINVAL,
					 "'%.*s' has more than the %d fields that "
					 "can be sorted by; leave some out",
					 (int)text.n, text.p, ORDER_KEYS_MAX);
		parsed.keys[parsed.count++] = (struct order_key){field, descending};
	}
	*order = parsed;
	return 0;
}

uint32_t order_parts(const struct order *order)
{
	uint32_t parts = 0;

	for (unsigned i = 0; i < order->count; i++)
		parts |= order->keys[i].field->parts;
	return parts;
}

struct sort_row {
	const struct snapshot *snapshot;
	const struct value *values; /* one a key */
	size_t place;
};

static bool is_known(const struct value *value)
{
	return value->kind != VALUE_UNKNOWN && value->kind != VALUE_DENIED;
}

static int compare_ids(const struct snapshot *a, const struct snapshot *b)
{
	int32_t tgid_a = a->is_thread ? a->tgid : a->pid;
	int32_t tgid_b = b->is_thread ? b->tgid : b->pid;

	if (tgid_a != tgid_b)
		return tgid_a < tgid_b ? -1 : 1;
	if (a->is_thread != b->is_thread)
		return a->is_thread - b->is_thread;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int compare_rows(const void *a_, const void *b_, void *order_)
{
	const struct sort_row *a = a_, *b = b_;
	const struct order *order = order_;
	int result;

	for (unsigned i = 0; i < order->count; i++) {
		bool turn = order->keys[i].descending && is_known(&a->values[i]) &&
			    is_known(&b->values[i]);

		result = value_compare(order->keys[i].field, &a->values[i], &b->values[i]);
		if (result)
			return turn ? (result < 0 ? 1 : -1) : result;
	}
	result = compare_ids(a->snapshot, b->snapshot);
	return result ? result : (a->place > b->place) - (a->place < b->place);
}

void order_sort(const struct order *order, const struct snapshot **rows, size_t count,
		const struct field_context *context)
{
	cleanup_free struct sort_row *sorted = NULL;
	cleanup_free struct value *values = NULL;

	if (count < 2)
		return;
	sorted = mem_realloc(NULL, count, sizeof *sorted);
	values = mem_realloc(NULL, count * (order->count + 1), sizeof *values);
	for (size_t i = 0; i < count; i++) {
		struct value *own = &values[i * order->count];

		for (unsigned k = 0; k < order->count; k++)
			own[k] = field_get(order->keys[k].field, rows[i], context);
		sorted[i] = (struct sort_row){rows[i], own, i};
	}
	qsort_r(sorted, count, sizeof *sorted, compare_rows, (void *)order);
	for (size_t i = 0; i < count; i++)
		rows[i] = sorted[i].snapshot;
}
