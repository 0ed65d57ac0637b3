/*
 * Rows as a forest. Key decision: links between array indexes instead of recursion, and each ring
 * of parents (made up, or a number reused between two reads) is cut open at one place, so that any
 * input takes linear time and every row appears once.
 */
#include "output/rows/rows.h"

#include "base/mem.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct node {
	uint32_t parent, first, last, next; /* child, child, sibling */
	uint32_t walk;                      /* the search for rings that met it; 0: none yet */
};

struct forest {
	const struct snapshot *const *rows;
	uint32_t count;
	struct node *nodes;
	uint32_t *slots, mask; /* processes by number: open addressing */
	struct rows_item *items;
	size_t item_count;
};

static uint32_t slot_of(const struct forest *f, int32_t pid)
{
	uint32_t at = ((uint32_t)pid * 2654435761u) & f->mask;

	while (f->slots[at] != NONE && f->rows[f->slots[at]]->pid != pid)
		at = (at + 1) & f->mask;
	return at;
}

static void index_processes(struct forest *f)
{
	uint32_t size = 16;

	while (size < 2 * (uint64_t)f->count)
		size *= 2;
	f->mask = size - 1;
	f->slots = mem_realloc(NULL, size, sizeof *f->slots);
	memset(f->slots, 0xff, size * sizeof *f->slots);
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t at;

		if (f->rows[i]->is_thread)
			continue;
		at = slot_of(f, f->rows[i]->pid);
		if (f->slots[at] == NONE)
			f->slots[at] = i;
	}
}

/* A thread stands below its process. */
static uint32_t parent_of(const struct forest *f, uint32_t row)
{
	const struct snapshot *s = f->rows[row];
	uint32_t parent = f->slots[slot_of(f, s->is_thread ? s->tgid : s->stat.ppid)];

	return parent == row ? NONE : parent;
}

static void link_children(struct forest *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		f->nodes[i] = (struct node){NONE, NONE, NONE, NONE, 0};
	for (uint32_t i = 0; i < f->count; i++) {
		struct node *node = &f->nodes[i], *parent;

		node->parent = parent_of(f, i);
		if (node->parent == NONE)
			continue;
		parent = &f->nodes[node->parent];
		if (parent->first == NONE)
			parent->first = i;
		else
			f->nodes[parent->last].next = i;
		parent->last = i;
	}
}

/* Takes a node out of its parent's children: it becomes a root. */
static void unlink_child(struct forest *f, uint32_t child)
{
	struct node *node = &f->nodes[child], *parent = &f->nodes[node->parent];
	uint32_t before = NONE;

	for (uint32_t i = parent->first; i != child; i = f->nodes[i].next)
		before = i;
	if (before == NONE)
		parent->first = node->next;
	else
		f->nodes[before].next = node->next;
	if (parent->last == child)
		parent->last = before;
	node->parent = node->next = NONE;
}

/* Whoever's ancestors never end hangs on exactly one ring: opens it. */
static void open_rings(struct forest *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t at = i;

		while (at != NONE && f->nodes[at].walk == 0) {
			f->nodes[at].walk = i + 1;
			at = f->nodes[at].parent;
		}
		if (at != NONE && f->nodes[at].walk == i + 1)
			unlink_child(f, at);
	}
}

static void place_tree(struct forest *f, uint32_t root)
{
	uint32_t at = root, depth = 0;

	for (;;) {
		const struct node *node = &f->nodes[at];

		f->items[f->item_count++] = (struct rows_item){
			f->rows[at], depth, node->parent == NONE || node->next == NONE};
		if (node->first != NONE) {
			at = node->first;
			depth++;
			continue;
		}
		while (at != root && f->nodes[at].next == NONE) {
			at = f->nodes[at].parent;
			depth--;
		}
		if (at == root)
			return;
		at = f->nodes[at].next;
	}
}

void rows_forest(const struct snapshot *const *rows, size_t count, struct rows_item *ret_items)
{
	struct forest f = {.rows = rows, .count = (uint32_t)count, .items = ret_items};
	struct rows_item *last_root = NULL;

	if (count == 0)
		return;
	f.nodes = mem_realloc(NULL, count, sizeof *f.nodes);
	index_processes(&f);
	link_children(&f);
	open_rings(&f);
	for (uint32_t i = 0; i < f.count; i++) {
		if (f.nodes[i].parent != NONE)
			continue;
		if (last_root)
			last_root->last = false;
		last_root = &ret_items[f.item_count];
		place_tree(&f, i);
	}
	free(f.slots);
	free(f.nodes);
}
