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
#include "source/scan.h"
#include "source/seen_tell.h"

#include <stdlib.h>

#define NOBODY SIZE_MAX
/* netlink may tell of an end some time after the process has vanished: when the dying get the CPU. */
#define TOLD_NS (100 * NS_PER_MS)
#define PARTS                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_CPU_CLOCK) |                   \
	 PART_BIT(PART_RSS) | PART_BIT(PART_IO))

struct life {
	const struct snapshot *before, *now; /* at which look it lived; one of them at least */
	size_t parent;                       /* index, or NOBODY */
	bool given;
};

struct seen {
	struct source source;
	struct seen_options options;
	struct scan *scan;
	struct snapshot_list before, now;
	int64_t before_ns, now_ns; /* when each look was over */
	struct seen_teller teller;
	struct life *lives; /* in order of number, of one number the earlier first */
	size_t life_count, position, ended_position;
	size_t *path; /* up to an ancestor that has not been given */
	size_t depth;
	const struct life *told; /* whose use so far is still to be said */
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
		.root = s->options.root, .parts = PARTS, .repeated = true};

	if (scan_new(&s->scan, &options, NULL) == 0)
		(void)scan_pass(s->scan, &s->before, NULL);
	s->before_ns = clock_boot_ns();
}

static const struct snapshot *living(const struct snapshot_list *list, size_t i)
{
	return i < list->count && seen_is_living(&list->items[i]) ? &list->items[i] : NULL;
}

static bool is_same(const struct snapshot *a, const struct snapshot *b)
{
	return ident_match(snapshot_ident(a), snapshot_ident(b));
}

/* Both lists are in order of number. */
static void merge(struct seen *s)
{
	size_t i = 0, j = 0;

	s->lives = mem_alloc((s->before.count + s->now.count + 1) * sizeof *s->lives);
	while (i < s->before.count || j < s->now.count) {
		int32_t old_pid = i < s->before.count ? s->before.items[i].pid : INT32_MAX;
		int32_t new_pid = j < s->now.count ? s->now.items[j].pid : INT32_MAX;
		int32_t pid = old_pid < new_pid ? old_pid : new_pid;
		const struct snapshot *before = pid == old_pid ? living(&s->before, i) : NULL;
		const struct snapshot *now = pid == new_pid ? living(&s->now, j) : NULL;

		i += pid == old_pid;
		j += pid == new_pid;
		if (before && now && is_same(before, now)) {
			s->lives[s->life_count++] = (struct life){before, now, NOBODY, false};
			continue;
		}
		if (before)
			s->lives[s->life_count++] = (struct life){before, NULL, NOBODY, false};
		if (now)
			s->lives[s->life_count++] = (struct life){NULL, now, NOBODY, false};
	}
}

static const struct snapshot *either(const struct life *life)
{
	return life->now ? life->now : life->before;
}

/* ---- who descends from whom ---- */

/* The life that had the number when the child was looked at: parents are not born after children. */
static size_t find_parent(const struct seen *s, const struct snapshot *child, bool before)
{
	size_t low = 0, high = s->life_count, found = NOBODY;

	if (child->stat.ppid <= 0)
		return NOBODY;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (either(&s->lives[middle])->pid < child->stat.ppid)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < s->life_count && either(&s->lives[low])->pid == child->stat.ppid; low++) {
		const struct life *life = &s->lives[low];
		uint64_t grain = either(life)->stat.start_grain_ns;

		if (either(life)->stat.start_ns > child->stat.start_ns + grain)
			continue;
		/* of two, the one that lived at the same look; else he may have ended during it */
		if (found == NOBODY || (before ? life->before : life->now))
			found = low;
	}
	return found;
}

static void find_parents(struct seen *s)
{
	for (size_t i = 0; i < s->life_count; i++) {
		struct life *life = &s->lives[i];

		if (life->before)
			life->parent = find_parent(s, life->before, true);
		if (life->parent == NOBODY && life->now)
			life->parent = find_parent(s, life->now, false);
		if (life->parent == i)
			life->parent = NOBODY;
	}
}

static int look_again(struct seen *s, struct error *err)
{
	const struct scan_options options = {
		.root = s->options.root, .parts = PARTS, .repeated = true};
	int r = s->scan ? 0 : scan_new(&s->scan, &options, err);

	r = r < 0 ? r : scan_pass(s->scan, &s->now, err);
	if (r < 0)
		return r;
	s->now_ns = clock_boot_ns();
	merge(s);
	find_parents(s);
	s->path = mem_alloc((s->life_count + 1) * sizeof *s->path);
	return 0;
}

/* The next one whose ancestors have all been given. */
static struct life *take_next(struct seen *s)
{
	size_t parent;

	while (s->depth == 0) {
		if (s->position == s->life_count)
			return NULL;
		if (!s->lives[s->position].given)
			s->path[s->depth++] = s->position;
		s->position++;
	}
	/* marked on the way up: a damaged list may go in circles */
	for (;;) {
		s->lives[s->path[s->depth - 1]].given = true;
		parent = s->lives[s->path[s->depth - 1]].parent;
		if (parent == NOBODY || s->lives[parent].given)
			break;
		s->path[s->depth++] = parent;
	}
	return &s->lives[s->path[--s->depth]];
}

/* ---- records ---- */

/* Who was born after the first look has no record before his birth. */
static int64_t time_of(const struct seen *s, const struct snapshot *one)
{
	int64_t start_ns = (int64_t)one->stat.start_ns;

	return start_ns > s->before_ns ? start_ns : s->before_ns;
}

/* Whose parent has gone is told of as the child of the one above, who was told of before both. */
static void pass_over_gone(const struct seen *s, struct life *life)
{
	const struct life *parent = life->parent != NOBODY ? &s->lives[life->parent] : NULL;

	if (parent && !parent->now)
		life->parent = parent->parent;
}

static struct record record_of(struct seen *s, struct life *life)
{
	const struct snapshot *one = either(life);
	struct record record;

	if (seen_tell(&s->teller, one, time_of(s, one), &record) == SCAN_DONE && !life->now)
		life->now = life->before; /* the second look passed it by */
	record.doubtful = !life->now;
	pass_over_gone(s, life);
	if (life->parent != NOBODY)
		record.seen.parent = snapshot_life(either(&s->lives[life->parent]));
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
	while (s->ended_position < s->life_count) {
		const struct life *life = &s->lives[s->ended_position++];

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
	struct life *life;

	if (s->stopped)
		return SOURCE_END;
	if (s->told) {
		*ret = sample_of(s);
		return SOURCE_RECORD;
	}
	s->told = life = take_next(s);
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
	free(s->lives);
	free(s->path);
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
