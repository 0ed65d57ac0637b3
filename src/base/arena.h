/*
 * Memory that is given back all at once: what belongs to one pass over the system. Pointers stay
 * where they are until arena_clear.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the one that is being filled first */
	size_t used, capacity;      /* of the first block */
};

#define ARENA_INIT ((struct arena){0})

void arena_deinit(struct arena *arena);
/* Forgets everything; keeps one block for the next pass. */
void arena_clear(struct arena *arena);
/* `n` zeroed bytes, aligned for any type. Out of memory ends the program: see mem.h. */
void *arena_alloc(struct arena *arena, size_t n);
/* A copy, NUL-terminated as well; STR_NONE stays STR_NONE. */
struct str arena_str(struct arena *arena, struct str text);
/* Bytes that the arena holds of the system's memory. */
size_t arena_bytes(const struct arena *arena);

#endif
