/*
 * Memory and order of the records of an input. Key decision: strings and records lie in large
 * blocks that are freed together, so that a million lines cost a few hundred allocations.
 */
#include "source/text/input_store.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)1 << 20)

struct input_block {
	struct input_block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

void input_store_deinit(struct input_store *store)
{
	while (store->blocks) {
		struct input_block *next = store->blocks->next;

		free(store->blocks);
		store->blocks = next;
	}
	free(store->items);
	*store = (struct input_store){0};
}

static struct input_block *new_block(struct input_store *store, size_t bytes)
{
	size_t size = bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES;
	struct input_block *block = mem_alloc(sizeof(*block) + size);

	block->size = size;
	/* A block made for one large string goes behind the one that still has room. */
	if (store->blocks && size != BLOCK_BYTES) {
		block->next = store->blocks->next;
		store->blocks->next = block;
	} else {
		block->next = store->blocks;
		store->blocks = block;
	}
	return block;
}

static void *take(struct input_store *store, size_t bytes, size_t align)
{
	struct input_block *block = store->blocks;
	size_t from = block ? (block->used + align - 1) & ~(align - 1) : 0;

	if (!block || from > block->size || bytes > block->size - from) {
		block = new_block(store, bytes);
		from = 0;
	}
	block->used = from + bytes;
	return block->bytes + from;
}

void *input_store_alloc(struct input_store *store, size_t bytes)
{
	return take(store, bytes, alignof(max_align_t));
}

struct str input_store_str(struct input_store *store, struct str text)
{
	char *copy;

	if (!text.p)
		return STR_NONE;
	copy = take(store, text.n + 1, 1);
	if (text.n)
		memcpy(copy, text.p, text.n);
	return (struct str){copy, text.n};
}

static void add_item(struct input_store *store, struct input_item item)
{
	if (store->count == store->capacity) {
		store->capacity = store->capacity ? store->capacity * 2 : 256;
		store->items = mem_realloc(store->items, store->capacity, sizeof(*store->items));
	}
	store->items[store->count++] = item;
}

struct record *input_store_add(struct input_store *store, const struct record *record,
			       uint64_t order, enum input_part part)
{
	unsigned room = record->kind == RECORD_EXIT ? 2 : 1;
	struct record *copy = input_store_alloc(store, room * sizeof(*copy));

	copy[0] = *record;
	if (room == 2)
		copy[1] = record_make(RECORD_SETTLED, record->time_ns, record->ident, record->pid);
	add_item(store, (struct input_item){record->time_ns, order, store->count, copy, part});
	return copy;
}

static void own_strings(struct input_store *store, struct record *record,
			const struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str *text = (struct str *)((char *)record + members[i].offset);

		if (members[i].type == MEMBER_STR || members[i].type == MEMBER_WORDS)
			*text = input_store_str(store, *text);
	}
}

struct record *input_store_add_deep(struct input_store *store, const struct record *record,
				    uint64_t order)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	struct record *copy = input_store_add(store, record, order, INPUT_WHOLE);

	own_strings(store, copy, layout->members, layout->member_count);
	return copy;
}

static int compare_order(const void *left, const void *right)
{
	const struct input_item *a = left, *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int compare_time(const void *left, const void *right)
{
	const struct input_item *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return compare_order(left, right);
}

static void sort(struct input_store *store, int (*compare)(const void *, const void *))
{
	for (size_t i = 1; i < store->count; i++) {
		if (compare(&store->items[i - 1], &store->items[i]) > 0) {
			qsort(store->items, store->count, sizeof(*store->items), compare);
			return;
		}
	}
}

void input_store_sort_by_order(struct input_store *store)
{
	sort(store, compare_order);
}

void input_store_sort_by_time(struct input_store *store)
{
	sort(store, compare_time);
}
