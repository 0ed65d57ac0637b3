/*
 * The members of the target as trees. Key decision: sorted arrays and an explicit stack, so that
 * 100,000 children of one parent and chains 10,000 deep cost O(n log n) and no recursion.
 */
#include "output/forest.h"

#include "base/mem.h"
#include "output/value.h"

#include <stdlib.h>

/* A member before it has its place. */
struct seed {
	const struct proc *proc;
	uint64_t parent_id; /* 0: a root */
	size_t node;        /* index of its node, FOREST_NONE before that */
};

static int compare_seeds(const void *a, const void *b)
{
	const struct seed *x = a, *y = b;

	if (x->parent_id != y->parent_id)
		return x->parent_id < y->parent_id ? -1 : 1;
	if (x->proc->start_ns != y->proc->start_ns)
		return x->proc->start_ns < y->proc->start_ns ? -1 : 1;
	return x->proc->id < y->proc->id ? -1 : x->proc->id > y->proc->id;
}

static size_t collect(const struct table *table, struct seed **ret_seeds)
{
	size_t count = 0, capacity = 0;
	struct seed *seeds = NULL;

	for (const struct proc *proc = table->first; proc; proc = proc->next) {
		const struct proc *parent = proc->birth_parent;

		if (!proc->member)
			continue;
		if (count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			seeds = mem_realloc(seeds, capacity, sizeof *seeds);
		}
		seeds[count++] = (struct seed){
			.proc = proc,
			.parent_id = parent && parent->member ? parent->id : 0,
			.node = FOREST_NONE,
		};
	}
	if (count > 0)
		qsort(seeds, count, sizeof *seeds, compare_seeds);
	*ret_seeds = seeds;
	return count;
}

/* The first seed whose parent is `id`, or where it would stand. */
static size_t first_child(const struct seed *seeds, size_t count, uint64_t id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (seeds[middle].parent_id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void place(struct forest *forest, struct seed *seed, size_t parent, const struct run *run,
		  int64_t last_ns)
{
	struct forest_node *node = &forest->nodes[forest->count];
	const struct proc *proc = seed->proc;

	*node = (struct forest_node){
		.proc = proc,
		.parent = parent,
		.depth = parent == FOREST_NONE ? 1 : forest->nodes[parent].depth + 1,
		.begin_ns = proc->start_ns > run->start_ns ? proc->start_ns : run->start_ns,
		.end_ns = value_end(proc, run, last_ns),
		.shown = true,
	};
	if (node->end_ns < node->begin_ns)
		node->end_ns = node->begin_ns;
	if (forest->count == 0 || node->begin_ns < forest->begin_ns)
		forest->begin_ns = node->begin_ns;
	seed->node = forest->count++;
}

/* Places one seed and all its descendants. `stack` has room for all seeds. */
static void place_tree(struct forest *forest, struct seed *seeds, size_t count, size_t root,
		       const struct run *run, int64_t last_ns, size_t (*stack)[2])
{
	size_t depth = 0;

	/* an entry: the next seed to look at, and the node whose child it is */
	place(forest, &seeds[root], FOREST_NONE, run, last_ns);
	stack[depth][0] = first_child(seeds, count, seeds[root].proc->id);
	stack[depth++][1] = seeds[root].node;
	while (depth > 0) {
		size_t next = stack[depth - 1][0]++, parent = stack[depth - 1][1];

		if (next >= count || seeds[next].parent_id != forest->nodes[parent].proc->id) {
			depth--;
			continue;
		}
		if (seeds[next].node != FOREST_NONE) /* a circle: met already */
			continue;
		place(forest, &seeds[next], parent, run, last_ns);
		stack[depth][0] = first_child(seeds, count, seeds[next].proc->id);
		stack[depth++][1] = seeds[next].node;
	}
}

void forest_init(struct forest *forest, const struct table *table, const struct run *run,
		 int64_t last_ns)
{
	struct seed *seeds;
	size_t count = collect(table, &seeds);
	size_t(*stack)[2] = mem_alloc((count + 1) * sizeof *stack);

	*forest = (struct forest){.begin_ns = run->start_ns};
	forest->nodes = mem_alloc((count + 1) * sizeof *forest->nodes);
	for (size_t i = 0; i < count && seeds[i].parent_id == 0; i++)
		place_tree(forest, seeds, count, i, run, last_ns, stack);
	/* whoever no root reaches is in a circle; shown all the same */
	for (size_t i = 0; i < count; i++)
		if (seeds[i].node == FOREST_NONE)
			place_tree(forest, seeds, count, i, run, last_ns, stack);
	free(stack);
	free(seeds);
}

void forest_deinit(struct forest *forest)
{
	free(forest->nodes);
	*forest = (struct forest){0};
}

void forest_fold_add(struct forest_fold *fold, const struct forest_node *node)
{
	const struct usage used = proc_used(node->proc);
	int64_t life_ns = node->end_ns - node->begin_ns;

	fold->count++;
	fold->failures += status_failed(node->proc->status);
	fold->cpu_ns += usage_cpu_ns(&used);
	if (life_ns > fold->longest_ns)
		fold->longest_ns = life_ns;
}

static void choose_shown(struct forest *forest, int64_t min_duration_ns, unsigned max_depth)
{
	size_t roots = 0;

	for (size_t i = 0; i < forest->count; i++) {
		struct forest_node *node = &forest->nodes[i];

		roots += node->parent == FOREST_NONE;
		node->shown = node->end_ns - node->begin_ns >= min_duration_ns &&
			      (max_depth == 0 || node->depth <= max_depth);
	}
	/* backwards: children come before their parents */
	for (size_t i = forest->count; i-- > 0;) {
		struct forest_node *node = &forest->nodes[i];

		if (node->shown && node->parent != FOREST_NONE)
			forest->nodes[node->parent].shown = true;
		if (node->parent == FOREST_NONE && roots == 1)
			node->shown = true;
	}
}

void forest_fold(struct forest *forest, int64_t min_duration_ns, unsigned max_depth)
{
	size_t *owner = mem_alloc((forest->count + 1) * sizeof *owner);
	bool root_met;

	choose_shown(forest, min_duration_ns, max_depth);
	for (size_t i = 0; i < forest->count; i++) {
		struct forest_node *node = &forest->nodes[i];
		size_t parent = node->parent;

		/* the nearest shown ancestor answers for the folded */
		owner[i] = parent == FOREST_NONE || forest->nodes[parent].shown ? parent
										: owner[parent];
		if (!node->shown)
			forest_fold_add(owner[i] == FOREST_NONE ? &forest->fold
								: &forest->nodes[owner[i]].fold,
					node);
	}
	root_met = forest->fold.count > 0;
	for (size_t i = forest->count; i-- > 0;) {
		struct forest_node *node = &forest->nodes[i], *parent;

		node->has_children |= node->fold.count > 0;
		if (!node->shown)
			continue;
		if (node->parent == FOREST_NONE) {
			node->last = !root_met;
			root_met = true;
			continue;
		}
		parent = &forest->nodes[node->parent];
		/* backwards: the first one met is the last one */
		node->last = !parent->has_children && parent->fold.count == 0;
		parent->has_children = true;
	}
	free(owner);
}
