/*
 * The reorder buffer: a binary heap of copies. Key decision: time first, order of arrival second,
 * which is right because a fork stands in the ring before any record of its child. The memory of
 * the copies goes round: in a storm thousands are held at a time, and malloc is slow with so many.
 */
#include "flow/reorder.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdlib.h>

/* What nearly all records with their strings need; larger ones have memory of their own. */
#define COMMON_BYTES 512
#define SPARE_MOST   8192

struct reorder_held {
	struct reorder_held *next; /* of the spare ones */
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

static struct reorder_held *take_memory(struct reorder *reorder, size_t size)
{
	struct reorder_held *held = reorder->spare;

	if (size <= COMMON_BYTES && held) {
		reorder->spare = held->next;
		reorder->spare_count--;
		return held;
	}
	size = size < COMMON_BYTES ? COMMON_BYTES : size;
	held = mem_realloc(NULL, 1, sizeof *held + size);
	held->size = size;
	return held;
}

static void give_memory(struct reorder *reorder, struct reorder_held *held)
{
	if (!held)
		return;
	if (held->size > COMMON_BYTES || reorder->spare_count >= SPARE_MOST) {
		free(held);
		return;
	}
	held->next = reorder->spare;
	reorder->spare = held;
	reorder->spare_count++;
}

void reorder_deinit(struct reorder *reorder)
{
	for (size_t i = 0; i < reorder->count; i++)
		free(reorder->heap[i].held);
	free(reorder->given);
	for (struct reorder_held *held = reorder->spare, *next; held; held = next) {
		next = held->next;
		free(held);
	}
	free(reorder->heap);
	*reorder = (struct reorder){0};
}

static bool before(const struct reorder_entry *a, const struct reorder_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sequence < b->sequence;
}

void reorder_push(struct reorder *reorder, const struct record *record)
{
	struct reorder_entry entry = {record->time_ns, reorder->sequence++, NULL};
	size_t i;

	if (reorder->count == reorder->capacity) {
		reorder->capacity = reorder->capacity ? 2 * reorder->capacity : 256;
		reorder->heap =
			mem_realloc(reorder->heap, reorder->capacity, sizeof *reorder->heap);
	}
	entry.held = take_memory(reorder, record_clone_size(record));
	record_clone_into(record, entry.held->bytes);
	i = reorder->count++; /* only now: see mem_escape */
	for (; i > 0 && before(&entry, &reorder->heap[(i - 1) / 2]); i = (i - 1) / 2)
		reorder->heap[i] = reorder->heap[(i - 1) / 2];
	reorder->heap[i] = entry;
}

const struct record *reorder_pop(struct reorder *reorder, int64_t until_ns)
{
	struct reorder_entry *heap = reorder->heap, last;
	size_t i = 0;

	give_memory(reorder, reorder->given);
	reorder->given = NULL;
	if (reorder->count == 0 || heap[0].time_ns > until_ns)
		return NULL;
	reorder->given = heap[0].held;
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
	return (const struct record *)reorder->given->bytes;
}
