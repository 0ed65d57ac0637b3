/*
 * Stacks of program names. Key decision: a life remembers the stack of its parent as that was when
 * it was born, so the table may forget the dead, and a shell that goes on as another program does
 * not take along what it had started before.
 */
#include "output/stacks.h"

#include "base/hash.h"

#include <stdlib.h>

struct stack_entry {
	struct stack stack;
	struct str key; /* owned: the parent's index, then the name */
	UT_hash_handle hh;
};

struct stack_life {
	uint64_t id;
	struct stack *parent;
	UT_hash_handle hh;
};

static void forget_life(struct stacks *stacks, struct stack_life *life)
{
	HASH_DEL(stacks->lives, life);
	free(life);
}

void stacks_deinit(struct stacks *stacks)
{
	struct stack_entry *entry, *next_entry;
	struct stack_life *life, *next_life;

	HASH_ITER(hh, stacks->entries, entry, next_entry)
	{
		HASH_DEL(stacks->entries, entry);
		mem_str_free(&entry->key);
		free(entry);
	}
	HASH_ITER(hh, stacks->lives, life, next_life)
	{
		forget_life(stacks, life);
	}
	free(stacks->all);
	buf_deinit(&stacks->key);
	*stacks = STACKS_INIT;
}

static struct stack *intern(struct stacks *stacks, struct stack *parent, struct str name)
{
	const uint32_t above = parent ? parent->index : UINT32_MAX;
	struct stack_entry *entry;

	if (parent && parent->depth >= STACKS_DEPTH)
		return parent;
	buf_clear(&stacks->key);
	buf_add(&stacks->key, &above, sizeof above);
	buf_add_str(&stacks->key, name);
	HASH_FIND(hh, stacks->entries, stacks->key.p, stacks->key.n, entry);
	if (entry)
		return &entry->stack;
	entry = mem_alloc(sizeof *entry);
	entry->key = mem_str(buf_str(&stacks->key));
	entry->stack = (struct stack){
		.parent = parent,
		.name = str_skip(entry->key, sizeof above),
		.index = stacks->count,
		.depth = parent ? parent->depth + 1 : 1,
	};
	HASH_ADD_KEYPTR(hh, stacks->entries, entry->key.p, entry->key.n, entry);
	if (stacks->count == stacks->capacity) {
		stacks->capacity = stacks->capacity ? 2 * stacks->capacity : 64;
		stacks->all = mem_realloc(stacks->all, stacks->capacity, sizeof(struct stack *));
	}
	return stacks->all[stacks->count++] = &entry->stack;
}

static struct stack_life *find_life(struct stacks *stacks, const struct proc *proc)
{
	struct stack_life *life = NULL;

	if (proc)
		HASH_FIND(hh, stacks->lives, &proc->id, sizeof proc->id, life);
	return life;
}

/* A fork goes by the name of who forked it, until it is called something. */
static struct stack *stack_of(struct stacks *stacks, const struct stack_life *life,
			      const struct proc *proc)
{
	struct stack *parent = life ? life->parent : NULL;
	bool named = proc->last_exec || proc->comm.n > 0;

	return intern(stacks, parent, named || !parent ? proc_name(proc) : parent->name);
}

static void begin(struct stacks *stacks, const struct change *change)
{
	const struct proc *proc = change->proc, *parent = change->parent;
	const struct stack_life *above = find_life(stacks, parent);
	struct stack_life *life = find_life(stacks, proc);

	if (!life) {
		life = mem_alloc(sizeof *life);
		life->id = proc->id;
		HASH_ADD(hh, stacks->lives, id, sizeof life->id, life);
	}
	if (above && above != life)
		life->parent = stack_of(stacks, above, parent);
}

static void end(struct stacks *stacks, const struct proc *proc)
{
	struct stack_life *life = find_life(stacks, proc);
	struct stack *stack = stack_of(stacks, life, proc);
	struct usage used = proc_used(proc);

	stack->own_ns += usage_cpu_ns(&used);
	stack->lives++;
	if (life)
		forget_life(stacks, life);
}

void stacks_record(struct stacks *stacks, const struct change *change)
{
	if (!change->proc)
		return;
	if (change->flags & (CHANGE_NEW | CHANGE_LINKED))
		begin(stacks, change);
	if (change->flags & CHANGE_FINISHED)
		end(stacks, change->proc);
}

void stacks_finish(struct stacks *stacks, const struct table *table)
{
	table_each(table, proc)
	{
		if (proc->member && proc->state != PROC_FINISHED)
			end(stacks, proc);
	}
}
