/*
 * Order and tree of loaded records. Key decision: order of time rules, and a child's birth rules
 * over both: a FORK that was written down after the first record of its child is moved before
 * it (the child simply ran first), so that no child and no subtree is lost.
 */
#include "source/text/input_format.h"

#include "base/hash.h"
#include <errno.h>

/* Room between two items for the forks that are moved in there. */
#define ORDER_STEP ((uint64_t)1 << 20)
/* How far up a chain of parents a move goes; deeper is no accident of timing. */
#define MOVES_MAX 64

/* What is known of the present life of a number. */
struct life {
	int32_t pid;
	struct input_item *first; /* its first record while its birth has not been seen */
	struct input_item *birth; /* its FORK */
	bool tracked;             /* belongs to the tree */
	bool ended;
	UT_hash_handle hh;
};

struct tree {
	struct input *in;
	struct life *by_pid;
};

static struct life *life_of(struct tree *tree, int32_t pid)
{
	struct life *found;

	HASH_FIND_INT(tree->by_pid, &pid, found);
	if (!found) {
		found = input_store_alloc(&tree->in->store, sizeof *found);
		found->pid = pid;
		HASH_ADD_INT(tree->by_pid, pid, found);
	}
	return found;
}

static bool is_before(const struct input_item *a, const struct input_item *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void move_before(struct input_item *item, const struct input_item *other)
{
	item->time_ns = other->time_ns;
	item->order = other->order - 1;
	item->record->time_ns = item->time_ns;
}

/* Puts a fork before `other`; and the birth of its parent before it, and so on. */
static void move_fork(struct tree *tree, struct input_item *fork, const struct input_item *other)
{
	for (unsigned moves = 0; moves < MOVES_MAX && fork && is_before(other, fork); moves++) {
		struct life *parent = life_of(tree, fork->record->fork.parent.tgid);

		move_before(fork, other);
		if (parent->first && is_before(fork, parent->first))
			parent->first = fork;
		other = fork;
		fork = parent->birth;
	}
}

static void note_activity(struct life *life, struct input_item *item)
{
	if (!life->birth && !life->first)
		life->first = item;
}

static void note_fork(struct tree *tree, struct input_item *item)
{
	const struct record *record = item->record;
	struct life *parent = life_of(tree, record->fork.parent.tgid);
	struct life *child = life_of(tree, record->pid);
	/* Our own records come in order; there, only equal times can be in doubt. */
	bool doubt = !tree->in->own || (child->first && child->first->time_ns == item->time_ns);

	note_activity(parent, item);
	if (child->first && doubt)
		move_fork(tree, item, child->first);
	child->first = NULL;
	child->birth = item;
}

static void births_first(struct input *in)
{
	struct tree tree = {.in = in};

	for (size_t i = 0; i < in->store.count; i++)
		in->store.items[i].order = (i + 1) * ORDER_STEP;
	for (size_t i = 0; i < in->store.count; i++) {
		struct input_item *item = &in->store.items[i];
		struct life *life;

		if (item->record->pid == 0)
			continue;
		if (item->record->kind == RECORD_FORK) {
			note_fork(&tree, item);
			continue;
		}
		life = life_of(&tree, item->record->pid);
		note_activity(life, item);
		if (item->record->kind == RECORD_SEEN)
			life->birth = item, life->first = NULL;
		if (item->record->kind == RECORD_EXIT)
			life->birth = life->first = NULL;
	}
	HASH_CLEAR(hh, tree.by_pid);
	input_store_sort_by_time(&in->store);
}

/* What only the living do; of an ended process it is somebody who has its number now. */
static bool needs_life(enum record_kind kind)
{
	return kind == RECORD_EXEC || kind == RECORD_BAD_EXEC || kind == RECORD_EXIT ||
	       kind == RECORD_SEEN || kind == RECORD_SID || kind == RECORD_PGID ||
	       kind == RECORD_CLONE || kind == RECORD_SAMPLE;
}

/* Does a record belong to the tree? `rooted`: the root's own birth has passed, or there is none. */
static bool keep(struct tree *tree, const struct record *record, bool *rooted)
{
	struct life *life;

	if (record->pid == 0)
		return true;
	life = life_of(tree, record->pid);
	if (record->kind == RECORD_FORK) {
		const struct life *parent = life_of(tree, record->fork.parent.tgid);

		life->tracked = parent->tracked && !parent->ended;
		life->ended = false;
	}
	if (record->pid == tree->in->root_pid && !*rooted)
		life->tracked = *rooted = true;
	if (life->ended && needs_life(record->kind))
		life->tracked = false;
	if (record->kind == RECORD_EXIT)
		life->ended = true;
	return life->tracked;
}

static bool is_root_fork(const struct input *in, const struct record *record)
{
	return record->kind == RECORD_FORK && record->pid == in->root_pid;
}

static int keep_tree(struct input *in, struct error *err)
{
	struct tree tree = {.in = in};
	bool rooted = false, any = false;
	size_t from = 0, kept = 0;

	/* The tree begins with the root's birth; where nobody saw it, with its first record. */
	while (from < in->store.count && !is_root_fork(in, in->store.items[from].record))
		from++;
	if (from == in->store.count)
		from = 0;
	for (size_t i = from; i < in->store.count; i++) {
		if (!keep(&tree, in->store.items[i].record, &rooted))
			continue;
		any |= in->store.items[i].record->pid != 0;
		in->store.items[kept++] = in->store.items[i];
	}
	in->store.count = kept;
	HASH_CLEAR(hh, tree.by_pid);
	if (any)
		return 0;
	return error_set(err, ENOENT,
			 "%s says nothing about process %d: give --root-pid the command's number",
			 in->name, in->root_pid);
}

/* proctrace put its root's exec in by hand, at time 0: it happened with what comes next. */
static void mend_first_exec(struct input *in)
{
	struct input_item *items = in->store.items;

	if (in->store.count < 2 || items[0].time_ns != 0 || items[0].part != INPUT_EXEC)
		return;
	items[0].time_ns = items[0].record->time_ns = items[1].time_ns;
}

/* What proctrace calls a process group is a process, or a system call's result. */
static void forget_groups(struct input *in)
{
	for (size_t i = 0; i < in->store.count; i++) {
		struct record *record = in->store.items[i].record;

		record->standing.pgid = 0;
		if (record->kind == RECORD_PGID)
			record->new_id = 0;
	}
}

int input_tree_finish(struct input *in, struct error *err)
{
	struct input_store *store = &in->store;

	if (!in->own) {
		if (!in->run.source)
			in->run.source = "proctrace";
		forget_groups(in);
		if (in->has_seq) {
			input_store_sort_by_order(store);
		} else {
			input_store_sort_by_time(store);
			mend_first_exec(in);
		}
		input_exec_assemble(in);
	}
	for (size_t i = 0; i < store->count; i++) /* ties: as they stand now */
		store->items[i].order = i;
	input_store_sort_by_time(store);
	births_first(in);
	if (in->root_pid)
		return keep_tree(in, err);
	return 0;
}
