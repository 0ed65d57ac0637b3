/*
 * One exec out of the several lines that proctrace writes for it. Key decision: the parts are
 * joined by process, in their own order, whatever stands between them; an exec that did happen is
 * kept even when its arguments are lost, since its process did change its image.
 */
#include "source/text/input_format.h"

#include "base/text.h"

#include "base/hash.h"

struct candidate {
	int32_t pid;
	struct str filename, argv;
	bool has_args;       /* third generation: after the file name */
	struct record *exec; /* first and second: waits for its arguments */
	UT_hash_handle hh;
};

struct assembly {
	struct input *in;
	struct candidate *by_pid;
};

struct str input_split_args(struct input_store *store, struct str args)
{
	struct str copy = input_store_str(store, args);
	char *at = copy.p ? (char *)(uintptr_t)copy.p : NULL;

	if (!at)
		return STR_NONE;
	for (size_t i = 0; i < copy.n; i++)
		if (at[i] == ' ')
			at[i] = 0;
	/* the NUL that the store puts behind ends the last word */
	return (struct str){copy.p, copy.n + 1};
}

static struct candidate *candidate_of(struct assembly *a, int32_t pid)
{
	struct candidate *found;

	HASH_FIND_INT(a->by_pid, &pid, found);
	if (!found) {
		found = input_store_alloc(&a->in->store, sizeof *found);
		found->pid = pid;
		HASH_ADD_INT(a->by_pid, pid, found);
	}
	return found;
}

static void clear(struct candidate *c)
{
	c->filename = c->argv = STR_NONE;
	c->has_args = false;
	c->exec = NULL;
}

static void on_filename(struct candidate *c, const struct record *part)
{
	clear(c);
	c->filename = part->exec.filename;
}

/* Of what the kernel passed and what could be read later, the longer one was cut less. */
static void on_args(struct candidate *c, const struct record *part)
{
	if (c->exec) {
		if (part->exec.argv.n > c->exec->exec.argv.n)
			c->exec->exec.argv = part->exec.argv;
	} else if (c->filename.p && !c->has_args) {
		c->argv = part->exec.argv;
		c->has_args = true;
	} else {
		clear(c);
	}
}

static void on_exec(struct candidate *c, struct record *part)
{
	if (c->filename.p && c->has_args) {
		part->exec.filename = c->filename;
		if (c->argv.n > part->exec.argv.n)
			part->exec.argv = c->argv;
	}
	clear(c);
	c->exec = part;
}

/* Takes one item; true when it stays. */
static bool take(struct assembly *a, struct input_item *item)
{
	struct record *record = item->record;
	struct candidate *c = candidate_of(a, record->pid);

	switch (item->part) {
	case INPUT_EXEC_FILENAME:
		on_filename(c, record);
		return false;
	case INPUT_EXEC_ARGS:
		on_args(c, record);
		return false;
	case INPUT_EXEC:
		on_exec(c, record);
		item->part = INPUT_WHOLE;
		return true;
	case INPUT_BAD_EXEC:
		clear(c);
		return false;
	case INPUT_WHOLE:
		/* its FORK may well be written down between the parts of its first exec */
		if (record->kind == RECORD_EXIT)
			clear(c);
		return true;
	}
	return true;
}

void input_exec_assemble(struct input *in)
{
	struct assembly a = {.in = in};
	size_t kept = 0;

	for (size_t i = 0; i < in->store.count; i++)
		if (take(&a, &in->store.items[i]))
			in->store.items[kept++] = in->store.items[i];
	in->store.count = kept;
	HASH_CLEAR(hh, a.by_pid);
}
