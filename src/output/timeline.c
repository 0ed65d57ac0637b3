/*
 * Lives, starts and counters for the trace formats. Key decision: what needs the whole run, how busy
 * the CPUs were, is kept as curves of a fixed number of steps that widen with the run, so memory
 * does not grow with it.
 */
#include "output/timeline.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdlib.h>

#define STEP_LEAST NS_PER_MS

const char *const timeline_counter_names[TIMELINE_COUNTERS] = {
	[TIMELINE_RUNNING] = "running processes",
	[TIMELINE_CPU] = "CPU (cores)",
	[TIMELINE_PEAK] = "memory at most (bytes)",
	[TIMELINE_MEMORY] = "memory sampled (bytes)",
};

/* How much memory a living process had when it was looked at. */
struct timeline_sampled {
	uint64_t id, bytes;
	UT_hash_handle hh;
};

void timeline_init(struct timeline *timeline, const struct timeline_writer *writer,
		   const struct run *run)
{
	*timeline = (struct timeline){
		.writer = *writer,
		.run = run,
		.last_ns = run->start_ns,
		.step_ns = STEP_LEAST,
	};
}

static void forget_sampled(struct timeline *t, struct timeline_sampled *sampled)
{
	t->memory -= sampled->bytes;
	HASH_DEL(t->sampled, sampled);
	free(sampled);
}

void timeline_deinit(struct timeline *t)
{
	struct timeline_sampled *sampled, *next;

	HASH_ITER(hh, t->sampled, sampled, next)
	{
		forget_sampled(t, sampled);
	}
}

static int64_t within(const struct timeline *t, int64_t time_ns)
{
	return time_ns > t->run->start_ns ? time_ns : t->run->start_ns;
}

/* ---- counters ---- */

static void write_pending(struct timeline *t, enum timeline_counter counter, int64_t *time_ns,
			  uint64_t value, int64_t now_ns)
{
	if (*time_ns == 0 || *time_ns == now_ns)
		return;
	t->writer.count(t->writer.context, counter, *time_ns, (double)value);
	*time_ns = 0;
}

/* Of several changes at one time the last counts: written when time goes on. */
static void write_counters(struct timeline *t, int64_t now_ns)
{
	write_pending(t, TIMELINE_RUNNING, &t->running_ns, t->running, now_ns);
	write_pending(t, TIMELINE_MEMORY, &t->memory_ns, t->memory, now_ns);
}

static void note_memory(struct timeline *t, const struct record *record, const struct proc *proc,
			bool ended)
{
	bool known = record->kind == RECORD_SAMPLE && usage_knows(&record->usage, USAGE_RSS_BYTES);
	struct timeline_sampled *sampled;

	HASH_FIND(hh, t->sampled, &proc->id, sizeof proc->id, sampled);
	if (!ended && !known)
		return;
	if (!sampled && ended)
		return;
	t->memory_ns = within(t, record->time_ns);
	if (ended) {
		forget_sampled(t, sampled);
		return;
	}
	if (!sampled) {
		sampled = mem_alloc(sizeof *sampled);
		sampled->id = proc->id;
		HASH_ADD(hh, t->sampled, id, sizeof sampled->id, sampled);
	}
	t->memory += record->usage.value[USAGE_RSS_BYTES] - sampled->bytes;
	sampled->bytes = record->usage.value[USAGE_RSS_BYTES];
}

/* ---- curves ---- */

static void widen(struct timeline *t)
{
	for (size_t i = 0; i < TIMELINE_STEPS; i++) {
		bool filled = i < TIMELINE_STEPS / 2;

		t->cpu_ns[i] = filled ? t->cpu_ns[2 * i] + t->cpu_ns[2 * i + 1] : 0;
		t->peak[i] = filled ? t->peak[2 * i] + t->peak[2 * i + 1] : 0;
	}
	t->step_ns *= 2;
}

static void add_to_curves(struct timeline *t, const struct proc *proc, struct timeline_span span)
{
	const struct usage used = proc_used(proc);
	int64_t begin_ns = span.begin_ns - t->run->start_ns,
		end_ns = span.end_ns - t->run->start_ns;
	double cpus, peak = usage_knows(&used, USAGE_RSS_PEAK_BYTES)
				    ? (double)used.value[USAGE_RSS_PEAK_BYTES]
				    : 0;

	if (end_ns <= begin_ns)
		end_ns = begin_ns + 1;
	while (end_ns > t->step_ns * TIMELINE_STEPS)
		widen(t);
	cpus = (double)usage_cpu_ns(&used) / (double)(end_ns - begin_ns);
	for (int64_t step = begin_ns / t->step_ns; step * t->step_ns < end_ns; step++) {
		int64_t from = step * t->step_ns, to = from + t->step_ns;
		double shared =
			(double)((to < end_ns ? to : end_ns) - (from > begin_ns ? from : begin_ns));

		t->cpu_ns[step] += cpus * shared;
		t->peak[step] += peak * shared;
	}
}

static void write_curves(struct timeline *t)
{
	const struct timeline_writer *w = &t->writer;

	for (int64_t i = 0; i < TIMELINE_STEPS; i++) {
		int64_t at_ns = t->run->start_ns + i * t->step_ns;

		if (at_ns > t->last_ns)
			return;
		w->count(w->context, TIMELINE_CPU, at_ns, t->cpu_ns[i] / (double)t->step_ns);
		w->count(w->context, TIMELINE_PEAK, at_ns, t->peak[i] / (double)t->step_ns);
	}
}

/* ---- lives ---- */

static void write_life(struct timeline *t, const struct proc *proc)
{
	bool living = proc->state == PROC_LIVING;
	struct timeline_span span = {within(t, proc->start_ns),
				     within(t, living ? t->last_ns : proc->end_ns)};

	if (span.end_ns < span.begin_ns)
		span.end_ns = span.begin_ns;
	add_to_curves(t, proc, span);
	t->writer.life(t->writer.context, proc, span);
}

void timeline_record(struct timeline *t, const struct record *record, const struct change *change)
{
	const struct proc *proc = change->proc;
	const unsigned flags = change->flags;

	write_counters(t, within(t, record->time_ns));
	if (record->time_ns > t->last_ns)
		t->last_ns = record->time_ns;
	if (!proc)
		return;
	if (flags & (CHANGE_NEW | CHANGE_LINKED) && proc->forked && change->parent &&
	    change->parent->member)
		t->writer.start(t->writer.context, proc, change->parent);
	if (flags & (CHANGE_NEW | CHANGE_ENDED)) {
		t->running += !!(flags & CHANGE_NEW);
		t->running -= !!(flags & CHANGE_ENDED);
		t->running_ns = within(t, record->time_ns);
	}
	note_memory(t, record, proc, flags & CHANGE_ENDED);
	if (flags & CHANGE_FINISHED)
		write_life(t, proc);
}

void timeline_finish(struct timeline *t, const struct table *table)
{
	if (t->run->ended && t->run->end_ns > t->last_ns)
		t->last_ns = t->run->end_ns;
	write_counters(t, INT64_MAX);
	table_each(table, proc)
	{
		if (proc->member && proc->state != PROC_FINISHED)
			write_life(t, proc);
	}
	write_curves(t);
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

bool timeline_next_image(const struct proc *proc, struct timeline_span life,
			 const struct proc_exec **exec, struct timeline_span *ret)
{
	const struct proc_exec *image = *exec ? (*exec)->next : proc->first_exec;
	int64_t begin_ns = *exec ? ret->end_ns : life.begin_ns;

	if (!image || proc->first_exec == proc->last_exec)
		return false;
	*exec = image;
	*ret = (struct timeline_span){
		begin_ns,
		image->next ? clamp(image->next->time_ns, begin_ns, life.end_ns) : life.end_ns,
	};
	return true;
}
