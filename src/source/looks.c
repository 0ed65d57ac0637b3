/*
 * Two looks put together. Key decision: who was whose parent is asked of the earlier look first,
 * since the kernel forgets it when the parent ends.
 */
#include "source/looks.h"

#include "base/mem.h"

#include <stdlib.h>

bool looks_is_living(const struct snapshot *s)
{
	return s->stat.state != 'X' && (s->stat.state != 'Z' || s->stat.threads > 1);
}

static const struct snapshot *living(const struct snapshot_list *list, size_t i)
{
	return i < list->count && looks_is_living(&list->items[i]) ? &list->items[i] : NULL;
}

static bool is_same(const struct snapshot *a, const struct snapshot *b)
{
	return ident_match(snapshot_ident(a), snapshot_ident(b));
}

static void add(struct looks *looks, const struct snapshot *before, const struct snapshot *now)
{
	if (before || now)
		looks->lives[looks->count++] =
			(struct looked_life){before, now, LOOKS_NOBODY, false};
}

static void reserve(struct looks *looks, size_t count)
{
	if (count <= looks->capacity)
		return;
	looks->lives = mem_realloc(looks->lives, count, sizeof *looks->lives);
	looks->path = mem_realloc(looks->path, count, sizeof *looks->path);
	looks->capacity = count;
}

/* Both lists are in order of number. */
static void merge(struct looks *looks, const struct snapshot_list *before,
		  const struct snapshot_list *now)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < now->count) {
		int32_t old_pid = i < before->count ? before->items[i].pid : INT32_MAX;
		int32_t new_pid = j < now->count ? now->items[j].pid : INT32_MAX;
		int32_t pid = old_pid < new_pid ? old_pid : new_pid;
		const struct snapshot *one = pid == old_pid ? living(before, i) : NULL;
		const struct snapshot *other = pid == new_pid ? living(now, j) : NULL;

		i += pid == old_pid;
		j += pid == new_pid;
		if (one && other && is_same(one, other)) {
			add(looks, one, other);
			continue;
		}
		add(looks, one, NULL);
		add(looks, NULL, other);
	}
}

/* ---- who descends from whom ---- */

/* The life that had the number when the child was looked at: parents are not born after children. */
static size_t find_parent(const struct looks *looks, const struct snapshot *child, bool before)
{
	size_t low = 0, high = looks->count, found = LOOKS_NOBODY;

	if (child->stat.ppid <= 0)
		return LOOKS_NOBODY;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (looked_last(&looks->lives[middle])->pid < child->stat.ppid)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < looks->count && looked_last(&looks->lives[low])->pid == child->stat.ppid;
	     low++) {
		const struct looked_life *life = &looks->lives[low];
		uint64_t grain = looked_last(life)->stat.start_grain_ns;

		if (looked_last(life)->stat.start_ns > child->stat.start_ns + grain)
			continue;
		/* of two, the one that lived at the same look; else he may have ended during it */
		if (found == LOOKS_NOBODY || (before ? life->before : life->now))
			found = low;
	}
	return found;
}

static void find_parents(struct looks *looks)
{
	for (size_t i = 0; i < looks->count; i++) {
		struct looked_life *life = &looks->lives[i];

		if (life->before)
			life->parent = find_parent(looks, life->before, true);
		if (life->parent == LOOKS_NOBODY && life->now)
			life->parent = find_parent(looks, life->now, false);
		if (life->parent == i)
			life->parent = LOOKS_NOBODY;
	}
}

/* ---- the public part ---- */

void looks_compare(struct looks *looks, const struct snapshot_list *before,
		   const struct snapshot_list *now)
{
	reserve(looks, before->count + now->count);
	looks->count = looks->position = looks->depth = 0;
	merge(looks, before, now);
	find_parents(looks);
}

struct looked_life *looks_next(struct looks *looks)
{
	size_t parent;

	while (looks->depth == 0) {
		if (looks->position == looks->count)
			return NULL;
		if (!looks->lives[looks->position].given)
			looks->path[looks->depth++] = looks->position;
		looks->position++;
	}
	/* marked on the way up: a damaged list may go in circles */
	for (;;) {
		looks->lives[looks->path[looks->depth - 1]].given = true;
		parent = looks->lives[looks->path[looks->depth - 1]].parent;
		if (parent == LOOKS_NOBODY || looks->lives[parent].given)
			break;
		looks->path[looks->depth++] = parent;
	}
	return &looks->lives[looks->path[--looks->depth]];
}

void looks_deinit(struct looks *looks)
{
	free(looks->lives);
	free(looks->path);
	*looks = (struct looks){0};
}
