/*
 * The reorder buffer: a binary heap of copies. Key decision: time first, order of arrival second,
 * which is right because a fork stands in the ring before any record of its child.
 */
#include "flow/reorder.h"

#include "base/mem.h"

#include <stdlib.h>

void reorder_deinit(struct reorder *reorder)
{
	for (size_t i = 0; i < reorder->count; i++)
		free(reorder->heap[i].record);
	free(reorder->heap);
	*reorder = (struct reorder){0};
}

static bool before(const struct reorder_entry *a, const struct reorder_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sequence < b->sequence;
}

void reorder_push(struct reorder *reorder, const struct record *record)
{
	struct reorder_entry entry = {record->time_ns, reorder->sequence++, record_clone(record)};
	size_t i;

	if (reorder->count == reorder->capacity) {
		reorder->capacity = reorder->capacity ? 2 * reorder->capacity : 256;
		reorder->heap =
			mem_realloc(reorder->heap, reorder->capacity, sizeof *reorder->heap);
	}
	i = reorder->count++; /* only now: see mem_escape */
	for (; i > 0 && before(&entry, &reorder->heap[(i - 1) / 2]); i = (i - 1) / 2)
		reorder->heap[i] = reorder->heap[(i - 1) / 2];
	reorder->heap[i] = entry;
}

struct record *reorder_pop(struct reorder *reorder, int64_t until_ns)
{
	struct reorder_entry *heap = reorder->heap, last;
	struct record *earliest;
	size_t i = 0;

	if (reorder->count == 0 || heap[0].time_ns > until_ns)
		return NULL;
	earliest = heap[0].record;
	last = heap[--reorder->count];
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < reorder->count && before(&heap[child + 1], &heap[child]))
			child++;
		if (child >= reorder->count || !before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	if (reorder->count)
		heap[i] = last;
	return earliest;
}
