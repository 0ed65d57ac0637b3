/*
 * The sampler. Key decision: it keeps its own list of who lives, by id, and looks each one up again
 * when its turn comes, because the table changes meanwhile; a round is one pass of a scan, so that
 * thousands cost what the best way of scanning costs, and figures never pass from one life to the
 * next holder of its number.
 */
#include "source/sampler.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "source/scan.h"

#include <errno.h>
#include <sys/timerfd.h>

/* What usage consists of. Open files and PSS cost more and are asked for by name. */
#define PARTS                                                                                      \
	(PART_BIT(PART_STAT) | PART_BIT(PART_RSS) | PART_BIT(PART_IO) | PART_BIT(PART_CPU_CLOCK))

/* How long snapshots are kept for sampler_snapshot, and how many rounds at most. */
#define KEEP_NS   (2 * NS_PER_SEC)
#define LISTS_MAX 64u
/* How often to see whether there is somebody, at the start. */
#define WAIT_NS (20 * NS_PER_MS)

struct sampled {
	uint64_t id;
	int32_t tgid;
};

struct sampler {
	struct source source;
	struct sampler_options options;
	int timer_fd;
	struct sampled *list; /* who lives, in the order of ids */
	size_t count, capacity, position;
	uint64_t last_id; /* up to here the table was looked at */
	int32_t *pids;    /* of this round */
	struct scan *scan;
	struct snapshot_list lists[LISTS_MAX];
	unsigned list_count, current; /* current: this round's */
	bool in_round, begun, stopped, over;
};

static struct sampler *sampler_of(const struct source *source)
{
	return (struct sampler *)(uintptr_t)source;
}

/* `first_ns`: from now to the next round; > 0. */
static int set_timer(struct sampler *sampler, int64_t first_ns)
{
	int64_t ns = sampler->options.interval_ns;
	struct itimerspec timer = {
		{ns / NS_PER_SEC,       ns % NS_PER_SEC      },
		{first_ns / NS_PER_SEC, first_ns % NS_PER_SEC},
	};

	return timerfd_settime(sampler->timer_fd, 0, &timer, NULL);
}

static int sampler_open(struct source *source, struct error *err)
{
	struct sampler *sampler = sampler_of(source);

	sampler->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	/* the first round at once: what was used before it counts for nobody who ran already */
	if (sampler->timer_fd < 0 || set_timer(sampler, 1) < 0)
		return error_set(err, errno, "cannot start the timer of the samples: %s",
				 error_name(errno));
	return scan_new(&sampler->scan,
			&(struct scan_options){.root = sampler->options.root,
					       .parts = PARTS | sampler->options.parts,
					       .repeated = true},
			err);
}

static int sampler_fd(const struct source *source)
{
	return sampler_of(source)->timer_fd;
}

/* ---- who is to be sampled ---- */

static const struct proc *find(const struct sampler *sampler, struct sampled who)
{
	const struct proc *proc = table_find(sampler->options.table, ident_provisional(who.tgid));

	while (proc && proc->id != who.id)
		proc = proc->older_life;
	return proc && proc->state == PROC_LIVING ? proc : NULL;
}

static void drop_dead(struct sampler *sampler)
{
	size_t kept = 0;

	for (size_t i = 0; i < sampler->count; i++)
		if (find(sampler, sampler->list[i]))
			sampler->list[kept++] = sampler->list[i];
	sampler->count = kept;
}

/* Adds who is new since the last time: those stand at the end of the table. */
static void add_new(struct sampler *sampler)
{
	const struct table *table = sampler->options.table;
	const struct proc *proc = table->last;

	while (proc && proc->prev && proc->prev->id > sampler->last_id)
		proc = proc->prev;
	for (; proc; proc = proc->next) {
		if (proc->id <= sampler->last_id || proc->state != PROC_LIVING || !proc->member)
			continue;
		if (sampler->count == sampler->capacity) {
			sampler->capacity = sampler->capacity ? 2 * sampler->capacity : 64;
			sampler->list = mem_realloc(sampler->list, sampler->capacity,
						    sizeof *sampler->list);
		}
		sampler->list[sampler->count++] = (struct sampled){proc->id, proc->ident.tgid};
	}
	sampler->last_id = table->next_id;
}

/* ---- one round ---- */

static int compare_numbers(const void *a, const void *b)
{
	int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;

	return (one > other) - (one < other);
}

/* Whose turn it is, by the numbers that the scan knows them by. */
static void choose(struct sampler *sampler)
{
	size_t count = 0;

	sampler->pids = mem_realloc(sampler->pids, sampler->capacity + 1, sizeof *sampler->pids);
	for (size_t i = 0; i < sampler->count; i++) {
		const struct proc *proc = find(sampler, sampler->list[i]);

		if (proc && proc->pid > 0)
			sampler->pids[count++] = proc->pid;
	}
	qsort(sampler->pids, count, sizeof *sampler->pids, compare_numbers);
	scan_choose(sampler->scan, sampler->pids, count);
}

/* A list that nobody needs any more: the oldest, when it is old or there are enough. */
static unsigned spare_list(struct sampler *sampler)
{
	unsigned oldest = 0;

	for (unsigned i = 1; i < sampler->list_count; i++)
		if (sampler->lists[i].time_ns < sampler->lists[oldest].time_ns)
			oldest = i;
	if (sampler->list_count == LISTS_MAX ||
	    (sampler->list_count > 1 && clock_boot_ns() - sampler->lists[oldest].time_ns > KEEP_NS))
		return oldest;
	return sampler->list_count++;
}

/* Who comes and goes while it is read is left out. */
static int read_round(struct sampler *sampler, struct error *err)
{
	unsigned next = spare_list(sampler);
	int r;

	choose(sampler);
	r = scan_pass(sampler->scan, &sampler->lists[next], err);
	if (r < 0)
		return r;
	snapshot_list_since(&sampler->lists[next], &sampler->lists[sampler->current]);
	sampler->current = next;
	return 0;
}

/* Is `s` about the life that the table means? */
static bool is_same_life(const struct proc *proc, const struct snapshot *s)
{
	if (proc->ident.grain_ns)
		return ident_match(
			proc->ident,
			(struct ident){proc->ident.tgid, s->stat.start_grain_ns, s->stat.start_ns});
	/* start_ns is then a record's time: who started after it is a later holder of the number */
	return (int64_t)s->stat.start_ns <= proc->start_ns + 2 * (int64_t)IDENT_GRAIN_TICKS;
}

/* Fills `ret`; false when the process has gone, is a zombie or is somebody else. */
static bool sample(struct sampler *sampler, const struct proc *proc, struct record *ret)
{
	const struct snapshot *s = snapshot_list_find(&sampler->lists[sampler->current], proc->pid);

	if (!s || s->stat.state == 'Z' || s->stat.state == 'X' || !is_same_life(proc, s))
		return false;
	*ret = record_make(RECORD_SAMPLE, s->time_ns, proc->ident, proc->pid);
	snapshot_usage(s, &ret->usage);
	return true;
}

static void sample_whole(struct sampler *sampler, struct record *ret)
{
	*ret = record_make(RECORD_SAMPLE, sampler->lists[sampler->current].time_ns,
			   (struct ident){0}, 0);
	if (sampler->options.whole)
		sampler->options.whole(sampler->options.whole_context, &ret->usage);
}

/* Has the interval passed? Several that passed are one. */
static bool is_due(const struct sampler *sampler)
{
	uint64_t expirations;

	return read(sampler->timer_fd, &expirations, sizeof expirations) > 0;
}

/* SOURCE_RECORD: the round has begun; SOURCE_NONE: there is nobody yet. */
static int begin_round(struct sampler *sampler, struct error *err)
{
	int r;

	drop_dead(sampler);
	add_new(sampler);
	if (!sampler->begun && sampler->count == 0) {
		(void)set_timer(sampler, WAIT_NS);
		return SOURCE_NONE;
	}
	if (!sampler->begun)
		(void)set_timer(sampler, sampler->options.interval_ns);
	sampler->begun = true;
	sampler->position = 0;
	r = read_round(sampler, err);
	sampler->in_round = r == 0;
	return r < 0 ? r : SOURCE_RECORD;
}

/* The last round, behind stop, tells what was used since the one before. */
static int begin_if_due(struct sampler *sampler, struct error *err)
{
	if (!sampler->stopped)
		return is_due(sampler) ? begin_round(sampler, err) : SOURCE_NONE;
	if (sampler->over || !sampler->options.rounds)
		return SOURCE_END;
	sampler->over = true;
	return begin_round(sampler, err) == SOURCE_RECORD ? SOURCE_RECORD : SOURCE_END;
}

static int sampler_next(struct source *source, struct record *ret, struct error *err)
{
	struct sampler *sampler = sampler_of(source);
	int r;

	if (!sampler->in_round) {
		r = begin_if_due(sampler, err);
		if (r != SOURCE_RECORD)
			return r;
	}
	while (sampler->position < sampler->count) {
		const struct proc *proc = find(sampler, sampler->list[sampler->position++]);

		if (proc && sample(sampler, proc, ret))
			return SOURCE_RECORD;
	}
	sampler->in_round = false;
	/* a round that took longer than the interval is not followed by the next at once */
	is_due(sampler);
	if (!sampler->options.rounds)
		return SOURCE_NONE;
	sample_whole(sampler, ret);
	return SOURCE_RECORD;
}

static void sampler_stop(struct source *source)
{
	sampler_of(source)->stopped = true;
}

static void sampler_close(struct source *source)
{
	struct sampler *sampler = sampler_of(source);

	cleanup_close_fn(&sampler->timer_fd);
	scan_free(sampler->scan);
	for (unsigned i = 0; i < LISTS_MAX; i++)
		snapshot_list_deinit(&sampler->lists[i]);
	free(sampler->list);
	free(sampler->pids);
	free(sampler);
}

static const struct source_ops sampler_ops = {
	.name = "sampler",
	.capabilities = SOURCE_FOLLOWS,
	.open = sampler_open,
	.fd = sampler_fd,
	.next = sampler_next,
	.stop = sampler_stop,
	.close = sampler_close,
};

struct source *sampler_new(const struct sampler_options *options)
{
	struct sampler *sampler = mem_alloc(sizeof *sampler);

	sampler->source.ops = &sampler_ops;
	sampler->options = *options;
	sampler->timer_fd = -1;
	for (unsigned i = 0; i < LISTS_MAX; i++)
		snapshot_list_init(&sampler->lists[i]);
	sampler->list_count = 1; /* nothing was read before */
	return &sampler->source;
}

const struct snapshot *sampler_snapshot(const struct source *source, const struct record *sample)
{
	const struct sampler *sampler = sampler_of(source);

	for (unsigned i = 0; i < sampler->list_count; i++) {
		const struct snapshot *s = snapshot_list_find(&sampler->lists[i], sample->pid);

		if (s && s->time_ns == sample->time_ns)
			return s;
	}
	return NULL;
}

const struct snapshot_list *sampler_list(const struct source *source)
{
	const struct sampler *sampler = sampler_of(source);

	return &sampler->lists[sampler->current];
}

void sampler_set_interval(struct source *source, int64_t interval_ns)
{
	struct sampler *sampler = sampler_of(source);

	sampler->options.interval_ns = interval_ns;
	(void)set_timer(sampler, interval_ns);
}
