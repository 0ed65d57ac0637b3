/*
 * Two looks at who lives, put together: the lives that stood at either of them, who was their
 * parent, and an order in which parents come before their children.
 */
#ifndef SOURCE_LOOKS_H
#define SOURCE_LOOKS_H

#include "model/snapshot.h"

#define LOOKS_NOBODY SIZE_MAX

struct looked_life {
	const struct snapshot *before, *now; /* at which look it lived; one of them at least */
	size_t parent;                       /* index, or LOOKS_NOBODY */
	bool given;
};

struct looks {
	struct looked_life *lives; /* in order of number, of one number the earlier first */
	size_t count, capacity;
	/* private */
	size_t position, depth;
	size_t *path; /* up to an ancestor that has not been given */
};

/* Of a process that has ended nothing is left but its number; its threads may go on without it. */
bool looks_is_living(const struct snapshot *s);
/* Puts two lists together (in order of number, as scan_pass gives them); they must outlive it. */
void looks_compare(struct looks *looks, const struct snapshot_list *before,
		   const struct snapshot_list *now);
/* The next one whose ancestors have all been given; NULL: that was all. */
struct looked_life *looks_next(struct looks *looks);
void looks_deinit(struct looks *looks);

/* As it was looked at last. */
static inline const struct snapshot *looked_last(const struct looked_life *life)
{
	return life->now ? life->now : life->before;
}

static inline const struct looked_life *looked_parent(const struct looks *looks,
						      const struct looked_life *life)
{
	return life->parent == LOOKS_NOBODY ? NULL : &looks->lives[life->parent];
}

#endif
