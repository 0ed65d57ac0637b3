/*
 * Who runs already. Key decision: two looks with the opening of the event source between them. Each
 * alone has a gap: births after the one, and after the other the parents of those whose parents
 * ended, which the kernel has forgotten by then. Who ended between them is of the run only if the
 * event source was there to tell of it. Arguments are read one process at a time while the records
 * are asked for, so that the event source is never left unread for long.
 */
#include "source/seen.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/looks.h"
#include "source/seen_tell.h"

#include <stdlib.h>

/* netlink may tell of an end some time after the process has vanished: when the dying get the CPU. */
#define TOLD_NS (100 * NS_PER_MS)
#define PARTS                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_CPU_CLOCK) |                   \
	 PART_BIT(PART_RSS) | PART_BIT(PART_IO))

struct seen {
	struct source source;
	struct seen_options options;
	struct scan *scan;
	struct snapshot_list before, now;
	int64_t before_ns, now_ns; /* when each look was over */
	struct seen_teller teller;
	struct looks looks;
	size_t ended_position;
	const struct looked_life *told; /* whose use so far is still to be said */
	bool stopped;
};

static struct seen *self(const struct source *source)
{
	return (struct seen *)(uintptr_t)source;
}

/* ---- two looks ---- */

/* The first look may fail: then the second one says why, or is all there is. */
static void look_before(struct seen *s)
{
	const struct scan_options options = {
		.root = s->options.root, .parts = PARTS, .way = s->options.way, .repeated = true};

	if (scan_new(&s->scan, &options, NULL) == 0)
		(void)scan_pass(s->scan, &s->before, NULL);
	s->before_ns = clock_boot_ns();
}

static int look_again(struct seen *s, struct error *err)
{
	const struct scan_options options = {
		.root = s->options.root, .parts = PARTS, .way = s->options.way, .repeated = true};
	int r = s->scan ? 0 : scan_new(&s->scan, &options, err);

	r = r < 0 ? r : scan_pass(s->scan, &s->now, err);
	if (r < 0)
		return r;
	s->now_ns = clock_boot_ns();
	looks_compare(&s->looks, &s->before, &s->now);
	return 0;
}

/* ---- records ---- */

/* Who was born after the first look has no record before his birth. */
static int64_t time_of(const struct seen *s, const struct snapshot *one)
{
	int64_t start_ns = (int64_t)one->stat.start_ns;

	return start_ns > s->before_ns ? start_ns : s->before_ns;
}

/* Whose parent has gone is told of as the child of the one above, who was told of before both. */
static void pass_over_gone(const struct seen *s, struct looked_life *life)
{
	const struct looked_life *parent = looked_parent(&s->looks, life);

	if (parent && !parent->now)
		life->parent = parent->parent;
}

static struct record record_of(struct seen *s, struct looked_life *life)
{
	const struct snapshot *one = looked_last(life);
	const struct looked_life *parent;
	struct record record;

	if (seen_tell(&s->teller, one, time_of(s, one), &record) == SCAN_DONE && !life->now)
		life->now = life->before; /* the second look passed it by */
	record.doubtful = !life->now;
	pass_over_gone(s, life);
	parent = looked_parent(&s->looks, life);
	if (parent)
		record.seen.parent = snapshot_life(looked_last(parent));
	return record;
}

/* What it has used by then is not of this run: the first sample is what later ones count from. */
static struct record sample_of(struct seen *s)
{
	const struct snapshot *one = s->told->before ? s->told->before : s->told->now;
	struct record record =
		record_make(RECORD_SAMPLE, time_of(s, one), snapshot_ident(one), one->pid);

	snapshot_usage(one, &record.usage);
	s->told = NULL;
	return record;
}

/* Who has ended between the two looks: if nobody else has told of him by then, nobody will. */
static bool next_ended(struct seen *s, struct record *ret)
{
	while (s->ended_position < s->looks.count) {
		const struct looked_life *life = &s->looks.lives[s->ended_position++];

		if (life->now)
			continue;
		*ret = record_make(RECORD_EXIT, s->now_ns + TOLD_NS, snapshot_life(life->before),
				   life->before->pid);
		ret->inferred = true;
		ret->exit.status = STATUS_UNKNOWN;
		return true;
	}
	return false;
}

/* ---- the source ---- */

static int seen_next(struct source *source, struct record *ret, struct error *err)
{
	struct seen *s = self(source);
	struct looked_life *life;

	if (s->stopped)
		return SOURCE_END;
	if (s->told) {
		*ret = sample_of(s);
		return SOURCE_RECORD;
	}
	s->told = life = looks_next(&s->looks);
	if (!life)
		return next_ended(s, ret) ? SOURCE_RECORD : SOURCE_END;
	*ret = record_of(s, life);
	return SOURCE_RECORD;
}

static int seen_open(struct source *source, struct error *err)
{
	return look_again(self(source), err);
}

static void seen_stop(struct source *source)
{
	self(source)->stopped = true;
}

static void seen_close(struct source *source)
{
	struct seen *s = self(source);

	scan_free(s->scan);
	snapshot_list_deinit(&s->before);
	snapshot_list_deinit(&s->now);
	seen_teller_deinit(&s->teller);
	looks_deinit(&s->looks);
	free(s);
}

static const struct source_ops ops = {
	.name = "seen",
	.capabilities = SOURCE_FOLLOWS | SOURCE_FIRST,
	.open = seen_open,
	.next = seen_next,
	.stop = seen_stop,
	.close = seen_close,
};

struct source *seen_new(const struct seen_options *options)
{
	struct seen *s = mem_alloc(sizeof *s);

	s->source.ops = &ops;
	s->options = *options;
	snapshot_list_init(&s->before);
	snapshot_list_init(&s->now);
	seen_teller_init(&s->teller, options->root, options->cgroups, options->cgroup_count);
	look_before(s);
	return &s->source;
}

int64_t seen_time_ns(const struct source *source)
{
	return self(source)->before_ns;
}
