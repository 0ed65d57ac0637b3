/*
 * Which lives a page shows, and in which order. Key decision: a life weighs what the heaviest of its
 * descendants weighs, so whoever is shown has all his ancestors shown.
 */
#include "output/html/html.h"

#include "base/mem.h"
#include "model/status.h"

#include <stdlib.h>

struct candidate {
	uint32_t life;
	uint32_t parent; /* a candidate before this one, or HISTORY_NONE */
	uint32_t depth;  /* 1: a root */
	uint32_t place;
	int64_t longest_ns; /* of it and its descendants */
	bool failed;        /* one of them */
	bool shown;
};

struct choice {
	const struct history *history;
	const struct history_children *children; /* by start */
	struct candidate *all;
	uint32_t count;
};

static int compare_starts(const void *a, const void *b, void *history)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct history_life *lives = ((const struct history *)history)->lives;

	if (lives[x].begin_ns != lives[y].begin_ns)
		return lives[x].begin_ns < lives[y].begin_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void sort_by_start(struct history_children *children, const struct history *history)
{
	for (uint32_t i = 0; i <= history->count; i++) {
		uint32_t n = children->first[i + 1] - children->first[i];

		if (n > 1)
			qsort_r(&children->all[children->first[i]], n, sizeof *children->all,
				compare_starts, (void *)(uintptr_t)history);
	}
}

/* Depth first without recursion: the stack holds whom to visit, the next one on top. */
static void walk(struct choice *choice)
{
	const struct history_children *children = choice->children;
	struct candidate *stack = mem_alloc((choice->history->count + (size_t)1) * sizeof *stack);
	struct candidate next = {.parent = HISTORY_NONE};
	uint32_t slot = choice->history->count, depth = 0;

	for (;;) {
		for (uint32_t i = children->first[slot + 1]; i > children->first[slot]; i--)
			stack[depth++] = (struct candidate){
				.life = children->all[i - 1],
				.parent = next.parent,
				.depth = next.depth + 1,
			};
		if (depth == 0)
			break;
		next = stack[--depth];
		slot = next.life;
		choice->all[choice->count] = next;
		next.parent = choice->count++;
	}
	free(stack);
}

static void weigh(struct choice *choice)
{
	for (uint32_t i = choice->count; i-- > 0;) {
		struct candidate *own = &choice->all[i], *parent;
		const struct history_life *life = &choice->history->lives[own->life];
		int64_t ns = life->end_ns - life->begin_ns;

		own->longest_ns = ns > own->longest_ns ? ns : own->longest_ns;
		own->failed |= !life->living && status_failed(life->status);
		if (own->parent == HISTORY_NONE)
			continue;
		parent = &choice->all[own->parent];
		parent->failed |= own->failed;
		if (own->longest_ns > parent->longest_ns)
			parent->longest_ns = own->longest_ns;
	}
}

static int heaviest_first(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a,
			       *y = *(struct candidate *const *)b;

	if (x->failed != y->failed)
		return x->failed ? -1 : 1;
	if (x->longest_ns != y->longest_ns)
		return x->longest_ns > y->longest_ns ? -1 : 1;
	return x < y ? -1 : x > y; /* parents stand before their children */
}

static void choose(struct choice *choice, const struct output_options *options, uint32_t most)
{
	struct candidate **sorted = mem_alloc((choice->count + (size_t)1) * sizeof(void *));

	for (uint32_t i = 0; i < choice->count; i++)
		sorted[i] = &choice->all[i];
	if (choice->count > most)
		qsort(sorted, choice->count, sizeof *sorted, heaviest_first);
	for (uint32_t i = 0; i < choice->count && i < most; i++)
		sorted[i]->shown = sorted[i]->longest_ns >= options->min_duration_ns &&
				   (!options->max_depth || sorted[i]->depth <= options->max_depth);
	free(sorted);
}

static void fold(struct html_lives *ret, const struct history_life *life, uint32_t place)
{
	struct html_fold *fold = &ret->folds[place == HISTORY_NONE ? ret->count : place];

	fold->count++;
	fold->failures += !life->living && status_failed(life->status);
	fold->cpu_ns += life->cpu_ns;
	ret->folded++;
}

static void list(struct html_lives *ret, struct choice *choice)
{
	for (uint32_t i = 0; i < choice->count; i++) {
		struct candidate *own = &choice->all[i];

		if (own->shown) {
			own->place = ret->count;
			ret->order[ret->count++] = own->life;
		} else {
			own->place = own->parent == HISTORY_NONE ? HISTORY_NONE
								 : choice->all[own->parent].place;
		}
		ret->place[own->life] = own->place;
	}
	ret->folds = mem_alloc((ret->count + (size_t)1) * sizeof *ret->folds);
	for (uint32_t i = 0; i < choice->count; i++) {
		const struct candidate *own = &choice->all[i];

		if (!own->shown)
			fold(ret, &choice->history->lives[own->life], own->place);
	}
}

void html_lives_find(struct html_lives *ret, const struct history *history,
		     const struct output_options *options, uint32_t most)
{
	struct history_children children = history_children(history);
	struct choice choice = {
		.history = history,
		.children = &children,
		.all = mem_alloc((history->count + (size_t)1) * sizeof *choice.all),
	};

	*ret = (struct html_lives){
		.order = mem_alloc((history->count + (size_t)1) * sizeof *ret->order),
		.place = mem_alloc((history->count + (size_t)1) * sizeof *ret->place),
	};
	sort_by_start(&children, history);
	walk(&choice);
	weigh(&choice);
	choose(&choice, options, most);
	list(ret, &choice);
	free(choice.all);
	history_children_deinit(&children);
}

void html_lives_deinit(struct html_lives *lives)
{
	free(lives->order);
	free(lives->place);
	free(lives->folds);
	*lives = (struct html_lives){0};
}
