/*
 * Key decision: each life's children are walked once, from the last end down, and the moment that is
 * explained only goes back: linear, however deep and wide the tree is, and without recursion.
 */
#include "analysis/critical.h"

#include "base/mem.h"

#include <stdlib.h>

struct frame {
	uint32_t life;   /* HISTORY_NONE: all roots */
	uint32_t cursor; /* children before it have not been looked at */
};

struct walk {
	const struct history *history;
	const struct history_children *children;
	struct critical *path;
	struct frame *stack;
	size_t depth, capacity;
	int64_t at_ns; /* what comes after is explained */
};

void critical_deinit(struct critical *critical)
{
	free(critical->steps);
	*critical = (struct critical){0};
}

static void push(struct walk *walk, uint32_t life)
{
	const struct history *h = walk->history;
	uint32_t slot = life == HISTORY_NONE ? h->count : life;

	if (walk->depth == walk->capacity) {
		walk->capacity = walk->capacity ? 2 * walk->capacity : 64;
		walk->stack = mem_realloc(walk->stack, walk->capacity, sizeof *walk->stack);
	}
	walk->stack[walk->depth++] = (struct frame){life, walk->children->first[slot + 1]};
}

/* Backwards: the list is turned round at the end. */
static void step_back(struct walk *walk, uint32_t life, int64_t begin_ns)
{
	struct critical *path = walk->path;

	if (begin_ns >= walk->at_ns)
		return;
	if (path->count && path->steps[path->count - 1].life == life) {
		path->steps[path->count - 1].begin_ns = begin_ns;
	} else {
		if (path->count == path->capacity) {
			path->capacity = path->capacity ? 2 * path->capacity : 64;
			path->steps = mem_realloc(path->steps, path->capacity, sizeof *path->steps);
		}
		path->steps[path->count++] = (struct critical_step){life, begin_ns, walk->at_ns};
	}
	walk->at_ns = begin_ns;
}

/* The child that ended last before the moment, or HISTORY_NONE. */
static uint32_t last_ended(struct walk *walk, struct frame *frame)
{
	const struct history *h = walk->history;
	uint32_t first =
		walk->children->first[frame->life == HISTORY_NONE ? h->count : frame->life];

	while (frame->cursor > first) {
		uint32_t child = walk->children->all[--frame->cursor];

		if (h->lives[child].end_ns <= walk->at_ns)
			return child;
	}
	return HISTORY_NONE;
}

static int64_t begin_of(const struct walk *walk, uint32_t life)
{
	return life == HISTORY_NONE ? walk->history->begin_ns : walk->history->lives[life].begin_ns;
}

static void turn_round(struct critical *path)
{
	for (size_t i = 0, j = path->count; i + 1 < j; i++) {
		struct critical_step step = path->steps[i];

		path->steps[i] = path->steps[--j];
		path->steps[j] = step;
	}
}

void critical_find(struct critical *ret, const struct history *history,
		   const struct history_children *children, uint32_t root)
{
	struct walk walk = {.history = history, .children = children, .path = ret};

	*ret = (struct critical){.begin_ns = begin_of(&walk, root),
				 .end_ns = root == HISTORY_NONE ? history->end_ns
								: history->lives[root].end_ns};
	walk.at_ns = ret->end_ns;
	push(&walk, root);
	while (walk.depth > 0) {
		struct frame *frame = &walk.stack[walk.depth - 1];
		uint32_t child = last_ended(&walk, frame);

		if (child == HISTORY_NONE || history->lives[child].end_ns < ret->begin_ns) {
			step_back(&walk, frame->life, begin_of(&walk, frame->life));
			walk.depth--;
			continue;
		}
		step_back(&walk, frame->life, history->lives[child].end_ns);
		push(&walk, child);
	}
	turn_round(ret);
	free(walk.stack);
}

static int compare_lives(const void *a, const void *b)
{
	const struct critical_share *x = a, *y = b;

	return x->life < y->life ? -1 : x->life > y->life;
}

static int compare_shares(const void *a, const void *b)
{
	const struct critical_share *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return compare_lives(a, b);
}

size_t critical_shares(const struct critical *critical, struct critical_share **ret)
{
	struct critical_share *shares = mem_alloc((critical->count + 1) * sizeof *shares);
	size_t count = 0;

	for (size_t i = 0; i < critical->count; i++)
		shares[i] = (struct critical_share){critical->steps[i].life,
						    critical->steps[i].end_ns -
							    critical->steps[i].begin_ns};
	if (critical->count > 1)
		qsort(shares, critical->count, sizeof *shares, compare_lives);
	for (size_t i = 0; i < critical->count; i++) {
		if (count && shares[count - 1].life == shares[i].life)
			shares[count - 1].ns += shares[i].ns;
		else
			shares[count++] = shares[i];
	}
	if (count > 1)
		qsort(shares, count, sizeof *shares, compare_shares);
	*ret = shares;
	return count;
}
