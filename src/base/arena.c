/*
 * The arena. Key decision: blocks double up to a bound and are kept from pass to pass, so that a
 * repeated sampling allocates nothing once it has seen the system.
 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#define BLOCK_MIN ((size_t)16 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) char bytes[];
};

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_deinit(struct arena *arena)
{
	free_blocks(arena->blocks);
	*arena = ARENA_INIT;
}

void arena_clear(struct arena *arena)
{
	if (!arena->blocks)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	arena->used = 0;
}

static void grow(struct arena *arena, size_t n)
{
	size_t size = arena->capacity ? 2 * arena->capacity : BLOCK_MIN;
	struct arena_block *block;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < n)
		size = n;
	block = mem_realloc(NULL, 1, sizeof *block + size);
	block->next = arena->blocks;
	block->size = size;
	arena->blocks = block;
	arena->used = 0;
	arena->capacity = size;
}

static char *take(struct arena *arena, size_t n)
{
	char *p;

	arena->used = (arena->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!arena->blocks || arena->used > arena->capacity || n > arena->capacity - arena->used)
		grow(arena, n);
	p = arena->blocks->bytes + arena->used;
	arena->used += n;
	return p;
}

void *arena_alloc(struct arena *arena, size_t n)
{
	return memset(take(arena, n), 0, n);
}

struct str arena_str(struct arena *arena, struct str text)
{
	char *copy;

	if (!text.p)
		return STR_NONE;
	copy = take(arena, text.n + 1);
	memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	return (struct str){copy, text.n};
}

size_t arena_bytes(const struct arena *arena)
{
	size_t sum = 0;

	for (const struct arena_block *block = arena->blocks; block; block = block->next)
		sum += sizeof *block + block->size;
	return sum;
}
