/*
 * Who started whom as stacks of program names: one for each distinct path from a root, with what
 * those at its end used themselves. Fed as a sink is; memory is that of the living and the stacks.
 */
#ifndef OUTPUT_STACKS_H
#define OUTPUT_STACKS_H

#include "model/table.h"

#define STACKS_DEPTH 256 /* what is deeper counts to the one at that depth */

struct stack {
	struct stack *parent; /* NULL: a root */
	struct str name;
	uint32_t index;  /* in stacks.all */
	unsigned depth;  /* 1: a root */
	uint64_t own_ns; /* CPU time */
	uint64_t lives;  /* that ended here */
};

struct stack_entry;
struct stack_life;

struct stacks {
	struct stack **all; /* parents before their children */
	uint32_t count, capacity;
	/* private */
	struct stack_entry *entries;
	struct stack_life *lives;
	struct buf key;
};

#define STACKS_INIT ((struct stacks){0})

void stacks_deinit(struct stacks *stacks);
void stacks_record(struct stacks *stacks, const struct change *change);
/* After the last record: those that still live. */
void stacks_finish(struct stacks *stacks, const struct table *table);

#endif
