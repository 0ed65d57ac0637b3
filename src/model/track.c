/*
 * Use over time. Key decision: every counter is turned into an increase once, where it comes in;
 * rows and totals are sums of increases, so a counter that goes back, a process that lives between
 * two samples and an end that is settled late need no case of their own further down.
 */
#include "model/track_internal.h"

#include "base/mem.h"

#include <stdlib.h>

#define ROWS_MAX 100000

const struct track_measure_row track_measures[TRACK_MEASURES] = {
	[TRACK_CPU] = {"cpu_percent",               "CPU%",     "CPU time, percent of one core" },
	[TRACK_RSS] = {"rss_bytes",                 "MEM_MB",   "resident memory"               },
	[TRACK_PSS] = {"pss_bytes",                 "PSS_MB",   "memory, what is shared divided"},
	[TRACK_DISK] = {"disk_bytes_per_second",     "DISK_Bps", "from and to storage"           },
	[TRACK_TRANSFER] = {"transfer_bytes_per_second", "XFER_Bps", "by system calls"               },
	[TRACK_THREADS] = {"threads",                   "THREADS",  "threads"                       },
	[TRACK_FDS] = {"fds",                       "FDS",      "open files"                    },
};

const struct track_rate track_rates[TRACK_RATES] = {
	{TRACK_CPU,      USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS,  100},
	{TRACK_DISK,     USAGE_READ_BYTES,  USAGE_WRITE_BYTES, 1e9},
	{TRACK_TRANSFER, USAGE_READ_CHARS,  USAGE_WRITE_CHARS, 1e9},
};

const struct track_gauge track_gauges[TRACK_GAUGES] = {
	{TRACK_RSS,     USAGE_RSS_BYTES},
	{TRACK_PSS,     USAGE_PSS_BYTES},
	{TRACK_THREADS, USAGE_THREADS  },
	{TRACK_FDS,     USAGE_FDS      },
};

/* ---- series ---- */

double track_average(const struct track_series *series)
{
	return series->weight_ns > 0 ? series->area / (double)series->weight_ns : series->now;
}

/* What it used up to its end is nothing that it uses now. */
static void series_end(struct track_series *series)
{
	if (series->known && series->weight_ns == 0) {
		series->weight_ns = 1;
		series->area = series->now;
	}
	series->now = 0;
}

/* ---- rows ---- */

static void adopt_text(struct str *text, struct str now)
{
	if (!now.p || (text->p && str_eq(*text, now)))
		return;
	mem_str_free(text);
	*text = mem_str(now);
}

static void row_free(struct track_row *row)
{
	mem_str_free(&row->name);
	mem_str_free(&row->argv);
	mem_str_free(&row->cgroup);
	free(row);
}

void track_row_set_cgroup(struct track_row *row, struct str cgroup)
{
	adopt_text(&row->cgroup, cgroup);
}

static struct track_row *row_add(struct track *track, const struct proc *proc)
{
	struct track_row *row = mem_alloc(sizeof *row), *parent;

	row->id = proc->id;
	row->uid = UID_UNKNOWN;
	row->start_ns = proc->start_ns;
	parent = proc->birth_parent ? track_find(track, proc->birth_parent->id) : NULL;
	if (parent)
		adopt_text(&row->cgroup, parent->cgroup);
	row->born = proc->start_known && !proc->ran_before &&
		    (proc->forked || proc->start_ns >= track->options.start_ns);
	row->status = STATUS_UNKNOWN;
	row->prev = track->last;
	*(track->last ? &track->last->next : &track->first) = row;
	track->last = row;
	track->count++;
	HASH_ADD(hh, track->by_id, id, sizeof row->id, row);
	row->living_next = track->living;
	if (track->living)
		track->living->living_prev = row;
	track->living = row;
	track->totals.processes++;
	track->totals.living++;
	return row;
}

static void row_drop(struct track *track, struct track_row *row)
{
	HASH_DEL(track->by_id, row);
	*(row->prev ? &row->prev->next : &track->first) = row->next;
	*(row->next ? &row->next->prev : &track->last) = row->prev;
	track->count--;
	track->totals.dropped++;
	row_free(row);
}

static int cheaper(const void *a, const void *b)
{
	const struct track_row *one = *(struct track_row *const *)a;
	const struct track_row *other = *(struct track_row *const *)b;

	return (usage_cpu_ns(&one->used) > usage_cpu_ns(&other->used)) -
	       (usage_cpu_ns(&one->used) < usage_cpu_ns(&other->used));
}

/* Drops the cheaper half of those that have ended: the totals have them already. */
static void drop_cheapest(struct track *track)
{
	struct track_row **ended = mem_alloc(track->count * sizeof(struct track_row *));
	size_t count = 0;

	track_group_fold(track);
	for (struct track_row *row = track->first; row; row = row->next)
		if (row->end_ns)
			ended[count++] = row;
	qsort(ended, count, sizeof(struct track_row *), cheaper);
	for (size_t i = 0; i < (count + 1) / 2; i++)
		row_drop(track, ended[i]);
	free(ended);
}

struct track_row *track_find(const struct track *track, uint64_t proc_id)
{
	struct track_row *row;

	HASH_FIND(hh, track->by_id, &proc_id, sizeof proc_id, row);
	return row;
}

static void row_describe(struct track_row *row, const struct proc *proc)
{
	const struct proc_exec *image = proc_image(proc);

	row->ident = proc->ident;
	row->pid = proc->pid;
	row->ppid = proc->ppid;
	row->start_ns = proc->start_ns;
	if (proc->uid.effective != UID_UNKNOWN)
		row->uid = proc->uid.effective;
	adopt_text(&row->name, proc_name(proc));
	if (image)
		adopt_text(&row->argv, image->argv);
}

/* ---- measures ---- */

#define COUNTERS                                                                                   \
	(USAGE_BIT(USAGE_READ_BYTES) | USAGE_BIT(USAGE_WRITE_BYTES) |                              \
	 USAGE_BIT(USAGE_READ_CHARS) | USAGE_BIT(USAGE_WRITE_CHARS) |                              \
	 USAGE_BIT(USAGE_MINOR_FAULTS) | USAGE_BIT(USAGE_MAJOR_FAULTS) |                           \
	 USAGE_BIT(USAGE_VOLUNTARY_SWITCHES) | USAGE_BIT(USAGE_INVOLUNTARY_SWITCHES) |             \
	 USAGE_BIT(USAGE_CPU_WAIT_NS))

/*
 * User and system time are split by a ratio that changes: one of them may go back while their sum
 * grows. So the sum is what counts, and the system time gets what the user time leaves of it.
 */
static void increase_cpu(struct usage *seen, const struct usage *now, struct usage *ret)
{
	uint64_t sum = usage_cpu_ns(now), before = usage_cpu_ns(seen);
	uint64_t all = sum > before ? sum - before : 0;
	uint64_t user = now->value[USAGE_CPU_USER_NS], user_before = seen->value[USAGE_CPU_USER_NS];
	uint64_t of_user = user > user_before ? user - user_before : 0;

	if (!usage_knows(now, USAGE_CPU_USER_NS) && !usage_knows(now, USAGE_CPU_SYS_NS))
		return;
	of_user = of_user < all ? of_user : all;
	usage_set(ret, USAGE_CPU_USER_NS, of_user);
	usage_set(ret, USAGE_CPU_SYS_NS, all - of_user);
	if (sum < before)
		return;
	usage_set(seen, USAGE_CPU_USER_NS, user);
	usage_set(seen, USAGE_CPU_SYS_NS, sum - user);
}

/* By how much each counter has grown since it was looked at last; 0 where it went back. */
static struct usage increase_of(struct track_row *row, const struct usage *now)
{
	struct usage increase = {0};

	increase_cpu(&row->seen, now, &increase);
	for (enum usage_field field = 0; field < USAGE_FIELDS; field++) {
		uint64_t value = now->value[field], before = row->seen.value[field];

		if (!(now->known & COUNTERS & USAGE_BIT(field)))
			continue;
		usage_set(&increase, field, value > before ? value - before : 0);
		usage_set(&row->seen, field, value > before ? value : before);
	}
	return increase;
}

/*
 * The kernel adds the I/O of a child that was waited for to its parent's (kernel/exit.c,
 * wait_task_zombie), and /proc/PID/io shows the sum; what children used is counted with them. A
 * child that nobody has waited for yet is taken off too early: the counter stands still till then.
 */
static const enum usage_field inherited[] = {USAGE_READ_BYTES, USAGE_WRITE_BYTES, USAGE_READ_CHARS,
					     USAGE_WRITE_CHARS};
#define INHERITED (sizeof inherited / sizeof *inherited)

static struct usage without_children(const struct track_row *row, const struct usage *usage)
{
	struct usage own = *usage;

	for (size_t i = 0; i < INHERITED; i++) {
		uint64_t theirs = row->children.value[inherited[i]];

		own.value[inherited[i]] -=
			theirs < own.value[inherited[i]] ? theirs : own.value[inherited[i]];
	}
	return own;
}

/* Whoever waits for it inherits what it used, its own children's included. */
static void bequeath(const struct track *track, const struct track_row *row,
		     const struct proc *parent)
{
	struct track_row *heir = parent ? track_find(track, parent->id) : NULL;

	if (!heir || heir->end_ns)
		return;
	usage_add(&heir->children, &row->children);
	for (size_t i = 0; i < INHERITED; i++)
		usage_set(&heir->children, inherited[i],
			  heir->children.value[inherited[i]] + row->seen.value[inherited[i]]);
}

/* Adds what was used in the run, and its rates when `span_ns` says over how long. `most_cpu`: percent that
 * the threads it ever had can use; 0: not known. */
static void add_increase(struct track *track, struct track_row *row, const struct usage *increase,
			 int64_t span_ns, double most_cpu)
{
	usage_add(&row->used, increase);
	usage_add(&track->totals.used, increase);
	for (size_t i = 0; i < TRACK_RATES && span_ns > 0; i++) {
		double sum = (double)(increase->value[track_rates[i].first] +
				      increase->value[track_rates[i].second]);

		double rate = sum / (double)span_ns * track_rates[i].scale;

		if (track_rates[i].measure == TRACK_CPU && most_cpu > 0 && rate > most_cpu)
			rate = most_cpu;
		if (usage_knows(increase, track_rates[i].first) ||
		    usage_knows(increase, track_rates[i].second))
			track_series_add(&row->series[track_rates[i].measure], rate, span_ns,
					 span_ns >= TRACK_SHORTEST_NS);
	}
}

static void take_gauges(struct track_row *row, const struct usage *usage, int64_t span_ns)
{
	for (size_t i = 0; i < TRACK_GAUGES; i++)
		if (usage_knows(usage, track_gauges[i].field))
			track_series_add(&row->series[track_gauges[i].measure],
					 (double)usage->value[track_gauges[i].field], span_ns,
					 true);
}

static void take_sample(struct track *track, struct track_row *row, const struct record *record)
{
	bool first = row->samples == 0;
	int64_t from_ns = first ? row->start_ns : row->last_ns;
	int64_t span_ns = record->time_ns - from_ns;
	struct usage own, increase;

	if (row->end_ns || span_ns < 0)
		return;
	own = without_children(row, &record->usage);
	increase = increase_of(row, &own);
	/* of who ran before only the difference of two samples is of this run */
	if (!first || row->born)
		add_increase(track, row, &increase,
			     first && span_ns < TRACK_SHORTEST_NS ? 0 : span_ns, 0);
	take_gauges(row, &record->usage, first ? 0 : span_ns);
	if (first) {
		row->first_ns = record->time_ns;
	} else {
		row->sampled_cpu_ns += usage_cpu_ns(&increase);
		track->totals.sampled_cpu_ns += usage_cpu_ns(&increase);
	}
	row->last_ns = record->time_ns;
	row->samples++;
	row->io_denied = !usage_knows(&record->usage, USAGE_READ_CHARS);
}

/* Of who was there at no round: together with those who were at the last one. */
static void take_brief_peak(struct track *track, double peak)
{
	double at_once = track->totals.series[TRACK_RSS].now + peak;

	if (at_once > track->brief_peak)
		track->brief_peak = at_once;
}

/* A peak is the most that there was, and of who was never sampled all that is known. */
static void take_peak(struct track *track, struct track_row *row, const struct usage *usage,
		      int64_t span_ns)
{
	struct track_series *memory = &row->series[TRACK_RSS];
	double peak = (double)usage->value[USAGE_RSS_PEAK_BYTES];

	if (!usage_knows(usage, USAGE_RSS_PEAK_BYTES) || !row->born ||
	    usage->bound & USAGE_BIT(USAGE_RSS_PEAK_BYTES))
		return;
	if (row->samples == 0)
		take_brief_peak(track, peak);
	if (!memory->known)
		track_series_add(memory, peak, span_ns, true);
	else if (peak > memory->max)
		memory->max = peak;
}

/* The whole cost is known: the rest since the last sample, or all of it. */
static void take_final(struct track *track, struct track_row *row, const struct record *record)
{
	const struct record_settled *settled = &record->settled;
	bool counts = row->born || row->samples > 0;
	int64_t from_ns = row->samples ? row->last_ns : row->start_ns;
	int64_t span_ns = row->end_ns > from_ns ? row->end_ns - from_ns : 0;
	struct usage increase = increase_of(row, &settled->usage);

	/* the kernel goes on charging a process behind its end: no more than its threads can use */
	if (counts)
		add_increase(track, row, &increase, span_ns,
			     100.0 * (double)settled->usage.value[USAGE_THREADS]);
	take_peak(track, row, &settled->usage, span_ns);
	row->exact = settled->exact && counts;
	if (usage_knows(&settled->usage, USAGE_READ_CHARS))
		row->io_denied = false;
	for (size_t i = 0; i < TRACK_MEASURES; i++)
		series_end(&row->series[i]);
}

/* ---- records ---- */

static void take_end(struct track *track, struct track_row *row, const struct proc *proc)
{
	if (row->end_ns)
		return;
	row->end_ns = proc->end_ns ? proc->end_ns : 1;
	row->status = proc->status;
	row->short_lived = row->samples < 2;
	*(row->living_prev ? &row->living_prev->living_next : &track->living) = row->living_next;
	if (row->living_next)
		row->living_next->living_prev = row->living_prev;
	track->totals.living--;
	track->totals.short_lived += row->short_lived;
	track->totals.failed += status_failed(proc->status);
}

void track_apply(struct track *track, const struct record *record, const struct change *change)
{
	const struct proc *proc = change->proc;
	struct track_row *row;

	if (!proc && record->kind == RECORD_SAMPLE && !record->ident.tgid)
		track_end_round(track, record->time_ns, &record->usage);
	if (!proc || !proc->member)
		return;
	row = track_find(track, proc->id);
	if (!row) {
		if (track->count >= track->options.rows_max)
			drop_cheapest(track);
		row = row_add(track, proc);
	}
	if (record->kind != RECORD_SAMPLE)
		row_describe(row, proc);
	if (record->kind == RECORD_SAMPLE) {
		/* a recording does not tell where a round ends: when somebody has his turn again */
		if (row->round == track->round && row->samples > 0)
			track_end_round(track, track->sampled_ns, NULL);
		row->round = track->round;
		track->sampled_ns = record->time_ns;
		take_sample(track, row, record);
	}
	if (proc->state != PROC_LIVING)
		take_end(track, row, proc);
	if (record->kind == RECORD_SETTLED && !(change->flags & CHANGE_DUPLICATE)) {
		take_final(track, row, record);
		bequeath(track, row, change->parent);
		track_group_ended(track, row);
	}
}

struct track *track_new(const struct track_options *options)
{
	struct track *track = mem_alloc(sizeof *track);

	track->options = *options;
	track->totals.cgroup_now = options->cgroup_begin;
	track->round = 1;
	track->rates_ns = options->start_ns;
	if (!track->options.rows_max)
		track->options.rows_max = ROWS_MAX;
	return track;
}

struct track *track_free(struct track *track)
{
	if (!track)
		return NULL;
	track_groups_free(track);
	HASH_CLEAR(hh, track->by_id);
	for (struct track_row *row = track->first, *next; row; row = next) {
		next = row->next;
		row_free(row);
	}
	free(track);
	return NULL;
}

const struct track_totals *track_totals(const struct track *track)
{
	return &track->totals;
}

const struct track_row *track_first(const struct track *track)
{
	return track->first;
}
