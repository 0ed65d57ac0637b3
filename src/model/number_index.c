/*
 * Key decision: the kernel hands out numbers in order and a storm asks for the latest ones, so eight
 * neighbours share a block of slots; only the block's place is hashed. In uthash, whose entries lie
 * in the processes themselves, these look-ups were a fifth of all the work of a recording.
 */
#include "model/number_index.h"

#include "base/mem.h"

#include <stdlib.h>

#define BLOCK    8u
#define CAPACITY 256u /* at first */

static size_t home(const struct number_index *index, int32_t number)
{
	uint64_t block = (uint32_t)number / BLOCK;
	uint64_t mixed = block * 0x9e3779b97f4a7c15u;

	return ((mixed >> 32) * BLOCK + (uint32_t)number % BLOCK) & (index->capacity - 1);
}

static size_t after(const struct number_index *index, size_t i)
{
	return (i + 1) & (index->capacity - 1);
}

/* Its slot, or the free one where it would be. There is always a free one. */
static size_t slot_of(const struct number_index *index, int32_t number)
{
	size_t i = home(index, number);

	while (index->slots[i].proc && index->slots[i].number != number)
		i = after(index, i);
	return i;
}

void number_index_deinit(struct number_index *index)
{
	free(index->slots);
	*index = (struct number_index){0};
}

struct proc *number_index_get(const struct number_index *index, int32_t number)
{
	return index->capacity ? index->slots[slot_of(index, number)].proc : NULL;
}

static void grow(struct number_index *index)
{
	struct number_index larger = {.capacity = index->capacity ? 2 * index->capacity : CAPACITY,
				      .count = index->count};

	larger.slots = mem_realloc(NULL, larger.capacity, sizeof *larger.slots);
	for (size_t i = 0; i < larger.capacity; i++)
		larger.slots[i] = (struct number_slot){0};
	for (size_t i = 0; i < index->capacity; i++)
		if (index->slots[i].proc)
			larger.slots[slot_of(&larger, index->slots[i].number)] = index->slots[i];
	free(index->slots);
	*index = larger;
}

void number_index_set(struct number_index *index, int32_t number, struct proc *proc)
{
	struct number_slot *slot;

	if (index->count >= index->capacity / 2)
		grow(index);
	slot = &index->slots[slot_of(index, number)];
	index->count += !slot->proc;
	*slot = (struct number_slot){number, proc};
}

/* Those behind it that had to make way move up, so that no search ends too early. */
void number_index_remove(struct number_index *index, int32_t number)
{
	size_t mask = index->capacity - 1, free_one, i;

	if (!number_index_get(index, number))
		return;
	free_one = slot_of(index, number);
	index->count--;
	for (i = after(index, free_one); index->slots[i].proc; i = after(index, i)) {
		size_t want = home(index, index->slots[i].number);

		if (((i - want) & mask) < ((i - free_one) & mask))
			continue;
		index->slots[free_one] = index->slots[i];
		free_one = i;
	}
	index->slots[free_one].proc = NULL;
}
