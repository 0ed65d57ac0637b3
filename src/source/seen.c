/*
 * Who runs already. Key decision: one scan, taken when the source is opened, and then handed out
 * parents first, so that descent from a target is known when a child is met.
 */
#include "source/seen.h"

#include "base/mem.h"
#include "source/cgroup_members.h"
#include "source/scan.h"

#include <stdlib.h>

#define PARTS                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE))

struct seen {
	struct source source;
	struct seen_options options;
	struct scan *scan;
	struct snapshot_list list;
	bool *given;  /* by index in the list */
	size_t *path; /* on the way up to an ancestor that has not been given */
	size_t depth, position;
};

static struct seen *self(struct source *source)
{
	return (struct seen *)source;
}

static int seen_open(struct source *source, struct error *err)
{
	struct seen *s = self(source);
	uint32_t parts = PARTS | (s->options.cgroup_count > 0 ? PART_BIT(PART_CGROUP) : 0);
	int r = scan_new(&s->scan, &(struct scan_options){.root = s->options.root, .parts = parts},
			 err);

	r = r < 0 ? r : scan_pass(s->scan, &s->list, err);
	if (r < 0)
		return r;
	s->given = mem_alloc(s->list.count * sizeof *s->given + 1);
	s->path = mem_alloc(s->list.count * sizeof *s->path + 1);
	return 0;
}

/* Its parent in the list, if that was born before it. */
static const struct snapshot *parent_of(const struct seen *s, const struct snapshot *child)
{
	const struct snapshot *parent = snapshot_list_find(&s->list, child->stat.ppid);

	return parent && parent != child && parent->stat.start_ns <= child->stat.start_ns ? parent
											  : NULL;
}

static struct record record_of(const struct seen *s, const struct snapshot *one)
{
	struct record record =
		record_make(RECORD_SEEN, s->options.time_ns, snapshot_ident(one), one->pid);
	const struct snapshot *parent = parent_of(s, one);

	record.standing.ppid = one->stat.ppid;
	record.standing.pgid = one->stat.pgid;
	record.standing.sid = one->stat.sid;
	if (snapshot_knows(one, PART_BIT(PART_OWNER))) {
		record.standing.uid.effective = one->euid;
		record.standing.gid.effective = one->egid;
	}
	if (parent)
		record.seen.parent = snapshot_ident(parent);
	record.seen.comm = one->stat.comm;
	record.seen.argv = one->cmdline.n ? one->cmdline : STR_NONE;
	record.seen.filename = one->exe;
	record.covered = s->options.cgroup_count > 0 &&
			 snapshot_knows(one, PART_BIT(PART_CGROUP)) &&
			 cgroup_covers(s->options.cgroups, s->options.cgroup_count, one->cgroup);
	return record;
}

/* The next one whose ancestors have all been given; false at the end. */
static bool take_next(struct seen *s, size_t *ret_at)
{
	while (s->depth == 0) {
		if (s->position == s->list.count)
			return false;
		if (!s->given[s->position])
			s->path[s->depth++] = s->position;
		s->position++;
	}
	for (;;) {
		const struct snapshot *parent = parent_of(s, &s->list.items[s->path[s->depth - 1]]);
		size_t at = parent ? (size_t)(parent - s->list.items) : 0;

		/* starts are as coarse as ticks: a circle of equals must end */
		if (!parent || s->given[at] || s->depth == s->list.count)
			break;
		s->given[s->path[s->depth - 1]] = true;
		s->path[s->depth++] = at;
	}
	*ret_at = s->path[--s->depth];
	s->given[*ret_at] = true;
	return true;
}

static int seen_next(struct source *source, struct record *ret, struct error *err)
{
	struct seen *s = self(source);
	size_t at;

	if (!take_next(s, &at))
		return SOURCE_END;
	*ret = record_of(s, &s->list.items[at]);
	return SOURCE_RECORD;
}

static void seen_close(struct source *source)
{
	struct seen *s = self(source);

	scan_free(s->scan);
	snapshot_list_deinit(&s->list);
	free(s->given);
	free(s->path);
	free(s);
}

static const struct source_ops ops = {
	.name = "seen",
	.capabilities = SOURCE_FOLLOWS | SOURCE_FIRST,
	.open = seen_open,
	.next = seen_next,
	.close = seen_close,
};

struct source *seen_new(const struct seen_options *options)
{
	struct seen *s = mem_alloc(sizeof *s);

	s->source.ops = &ops;
	s->options = *options;
	snapshot_list_init(&s->list);
	return &s->source;
}
