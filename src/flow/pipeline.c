/*
 * The only loop. Key decision: losses, settlings that never come and changes that nobody reported
 * become records here, so the table and the sinks know no special cases.
 */
#include "flow/pipeline.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/infer.h"

#include <errno.h>
#include <stdlib.h>

/* Records of one source before anybody else has a turn; who comes first reads files for each. */
#define BATCH       4096
#define BATCH_FIRST 256

/* Who ended and is not settled; or the other way round, which happens where an EXIT was lost. */
struct ended_entry {
	uint64_t id;
	int32_t tgid;
	int64_t since_ns;
};

int pipeline_init(struct pipeline *pipeline, struct error *err)
{
	return loop_init(&pipeline->loop, err);
}

void pipeline_deinit(struct pipeline *pipeline)
{
	loop_deinit(&pipeline->loop);
	reorder_deinit(&pipeline->reorder);
	free(pipeline->ended);
	pipeline->ended = NULL;
}

/* ---- who waits for its settling ---- */

static void await_rest(struct pipeline *p, const struct proc *proc, int64_t since_ns)
{
	if (p->ended_first + p->ended_count == p->ended_capacity && p->ended_first > 0) {
		memmove(p->ended, p->ended + p->ended_first, p->ended_count * sizeof *p->ended);
		p->ended_first = 0;
	}
	if (p->ended_count == p->ended_capacity) {
		p->ended_capacity = p->ended_capacity ? 2 * p->ended_capacity : 256;
		p->ended = mem_realloc(p->ended, p->ended_capacity, sizeof *p->ended);
	}
	p->ended[p->ended_first + p->ended_count++] =
		(struct ended_entry){proc->id, proc->ident.tgid, since_ns};
}

/* ---- one record through the door ---- */

static int sink_failed(struct pipeline *p, struct sink *sink, int r, struct error *err)
{
	sink->failed = r;
	if (!p->live) {
		if (err)
			*err = sink->error;
		return r;
	}
	if (p->control.sink_failed)
		p->control.sink_failed(p, p->control.context, sink);
	return 0;
}

static int tell_sinks(struct pipeline *p, const struct record *record, const struct change *change,
		      struct error *err)
{
	for (unsigned i = 0; i < p->sink_count; i++) {
		struct sink *sink = p->sinks[i];
		int r = 0;

		if (!sink->failed && sink->ops->record)
			r = sink->ops->record(sink, record, change, &sink->error);
		if (r < 0)
			r = sink_failed(p, sink, r, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int deliver_one(struct pipeline *p, const struct record *record, struct error *err)
{
	struct change change;
	int r;

	if (!p->live && record->time_ns > p->now_ns)
		p->now_ns = record->time_ns;
	if (record->time_ns > p->delivered_ns)
		p->delivered_ns = record->time_ns;
	table_apply(p->table, record, &change);
	if (change.outside || (change.proc && !change.proc->member))
		return 0;
	/* what was inferred at the same time as it was told */
	if (record->inferred && change.flags & CHANGE_DUPLICATE)
		return 0;
	p->delivered++;
	if (change.flags & CHANGE_ENDED && change.proc->state == PROC_ENDED)
		await_rest(p, change.proc, change.proc->end_ns);
	if (record->kind == RECORD_SETTLED && change.proc->state == PROC_LIVING)
		await_rest(p, change.proc, record->time_ns);
	r = tell_sinks(p, record, &change, err);
	if (change.flags & CHANGE_FINISHED)
		table_reap(p->table);
	return r;
}

/* Whoever joins the target by that record is told of before it. */
static int tell_joiners(struct pipeline *p, const struct record *record, struct error *err)
{
	const struct proc *joiner = table_joiner(p->table, record);
	int r = 0;

	for (const struct proc *proc = joiner; r >= 0 && proc;
	     proc = table_next_joiner(p->table, joiner, proc)) {
		struct record told = table_tell(proc, record->time_ns);
		/* what it points to changes when it is applied */
		struct record *copy = record_clone(&told);

		r = deliver_one(p, copy, err);
		free(copy);
	}
	return r;
}

static int deliver(struct pipeline *p, const struct record *record, struct error *err)
{
	int r = tell_joiners(p, record, err);

	return r < 0 ? r : deliver_one(p, record, err);
}

int pipeline_inject(struct pipeline *p, const struct record *record, struct error *err)
{
	struct record inferred[INFER_MAX];
	unsigned count = infer_changes(p->table, record, inferred);

	for (unsigned i = 0; i < count; i++) {
		int r = deliver(p, &inferred[i], err);

		if (r < 0)
			return r;
	}
	return deliver(p, record, err);
}

void pipeline_queue(struct pipeline *p, const struct record *record)
{
	reorder_push(&p->reorder, record);
}

/* ---- records that the pipeline makes ---- */

static const struct proc *find_waiting(const struct pipeline *p, struct ended_entry entry)
{
	const struct proc *proc = table_find(p->table, ident_provisional(entry.tgid));

	while (proc && proc->id != entry.id)
		proc = proc->older_life;
	if (!proc || proc->state == PROC_FINISHED)
		return NULL;
	return proc->state == PROC_ENDED || proc->settled ? proc : NULL;
}

/* What does not come any more: a cost that is not known, or an end that nobody told of. */
static int give_up(struct pipeline *p, const struct proc *proc, int64_t time_ns, struct error *err)
{
	bool living = proc->state == PROC_LIVING;
	struct record record =
		record_make(living ? RECORD_EXIT : RECORD_SETTLED, time_ns, proc->ident, proc->pid);

	record.inferred = living;
	if (living)
		record.exit.status = STATUS_UNKNOWN;
	return deliver_one(p, &record, err);
}

static int give_up_overdue(struct pipeline *p, int64_t now_ns, struct error *err)
{
	while (p->ended_count > 0) {
		struct ended_entry entry = p->ended[p->ended_first];
		const struct proc *proc = find_waiting(p, entry);
		int r;

		if (proc && (p->settles || !p->live) &&
		    now_ns < entry.since_ns + PIPELINE_SETTLE_NS)
			return 0;
		p->ended_first++;
		p->ended_count--;
		if (!proc)
			continue;
		r = give_up(p, proc, now_ns < INT64_MAX ? now_ns : entry.since_ns, err);
		if (r < 0)
			return r;
	}
	p->ended_first = 0;
	return 0;
}

void pipeline_counts(const struct pipeline *p, struct source_counts *ret)
{
	*ret = (struct source_counts){0};
	for (unsigned i = 0; i < p->source_count; i++) {
		struct source_counts one = {0};

		if (p->sources[i]->ops->counts)
			p->sources[i]->ops->counts(p->sources[i], &one);
		ret->generated += one.generated;
		ret->delivered += one.delivered;
		ret->lost += one.lost;
		ret->outside += one.outside;
	}
}

static int say_losses(struct pipeline *p, struct error *err)
{
	struct source_counts counts;
	struct record record;

	pipeline_counts(p, &counts);
	if (counts.lost <= p->lost_said)
		return 0;
	record = record_make(RECORD_GAP, p->now_ns, (struct ident){0}, 0);
	record.gap.reason = STR("more came at once than the buffer holds (--ring-size)");
	record.gap.lost = counts.lost - p->lost_said;
	record.gap.from_ns = p->last_tick_ns ? p->last_tick_ns : p->run->start_ns;
	record.gap.to_ns = p->now_ns;
	p->lost_said = counts.lost;
	return deliver_one(p, &record, err);
}

/* ---- pulling ---- */

/* How far a turn came. */
struct reach {
	bool busy;       /* there may be more at once */
	bool any;        /* something came */
	int64_t read_ns; /* whatever happened up to then has been read */
};

static void end_source(struct pipeline *p, unsigned i)
{
	p->source_ended[i] = true;
	if (p->sources[i]->ops->capabilities & SOURCE_FIRST)
		p->first_ended_ns = p->now_ns;
}

/* `latest_ns`: of what was read of that source in this turn. */
static void note_reach(struct reach *reach, const struct source *source, bool more,
		       int64_t latest_ns)
{
	unsigned capabilities = source->ops->capabilities;

	reach->busy |= more;
	reach->any |= latest_ns != INT64_MIN;
	if (capabilities & SOURCE_FIRST)
		reach->read_ns = INT64_MIN;
	else if (more && !(capabilities & SOURCE_FOLLOWS) && latest_ns < reach->read_ns)
		reach->read_ns = latest_ns;
}

/* Pulls up to a batch. */
static int pull(struct pipeline *p, unsigned i, struct reach *reach, struct error *err)
{
	struct source *source = p->sources[i];
	bool direct = !p->live || (source->ops->capabilities & SOURCE_ORDERED && !p->waits);
	int batch = source->ops->capabilities & SOURCE_FIRST ? BATCH_FIRST : BATCH;
	int64_t latest_ns = INT64_MIN;
	struct record record;
	int r = SOURCE_RECORD;

	for (int n = 0; n < batch; n++) {
		r = source->ops->next(source, &record, err);
		if (r != SOURCE_RECORD)
			break;
		if (record.kind == RECORD_GAP) /* the source says what it lost itself */
			p->lost_said += record.gap.lost;
		if (record.time_ns > latest_ns)
			latest_ns = record.time_ns;
		if (direct) {
			r = give_up_overdue(p, record.time_ns, err);
			r = r < 0 ? r : pipeline_inject(p, &record, err);
			if (r < 0)
				return r;
			r = SOURCE_RECORD;
		} else {
			reorder_push(&p->reorder, &record);
		}
	}
	if (latest_ns != INT64_MIN && !(source->ops->capabilities & SOURCE_FOLLOWS))
		p->came_ns = p->now_ns;
	if (r == SOURCE_END || (r < 0 && p->live))
		end_source(p, i);
	else
		note_reach(reach, source, r == SOURCE_RECORD, latest_ns);
	if (r < 0 && p->live) {
		/* what it delivered so far is worth a proper end; finish() returns the error */
		p->failed = r;
		return 0;
	}
	return r < 0 ? r : 0;
}

static int release(struct pipeline *p, int64_t until_ns, struct error *err)
{
	const struct record *record;

	while ((record = reorder_pop(&p->reorder, until_ns))) {
		int r = pipeline_inject(p, record, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool all_ended(const struct pipeline *p)
{
	for (unsigned i = 0; i < p->source_count; i++)
		if (!p->source_ended[i] && !(p->sources[i]->ops->capabilities & SOURCE_FOLLOWS))
			return false;
	return true;
}

/* Has all been applied that the sources which come first had to tell? */
static bool knows_first(const struct pipeline *p)
{
	return p->first_ended_ns && p->applied_ns >= p->first_ended_ns;
}

/* The target has gone: everybody whose birth was seen has ended, or there was nobody. */
static bool is_empty(const struct pipeline *p)
{
	return p->table->counts.living == 0 && (p->table->counts.lives > 0 || knows_first(p));
}

void pipeline_stop(struct pipeline *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stop_deadline_ns = p->now_ns + PIPELINE_SETTLE_NS;
	for (unsigned i = 0; i < p->source_count; i++)
		if (p->sources[i]->ops->stop)
			p->sources[i]->ops->stop(p->sources[i]);
}

static int tick(struct pipeline *p, struct error *err)
{
	int r = say_losses(p, err);

	if (r < 0 || p->now_ns - p->last_tick_ns < PIPELINE_TICK_NS)
		return r;
	p->last_tick_ns = p->now_ns;
	table_reap(p->table);
	for (unsigned i = 0; i < p->sink_count; i++) {
		struct sink *sink = p->sinks[i];

		if (sink->failed || !sink->ops->tick)
			continue;
		r = sink->ops->tick(sink, p->table, p->now_ns, &sink->error);
		if (r < 0)
			r = sink_failed(p, sink, r, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * A run that was stopped goes on until its sources have nothing more to give, however far behind the
 * reader is: the deadline is for those that never say so.
 */
static bool is_done(struct pipeline *p, const struct reach *reach)
{
	if (reach->busy)
		return false;
	if (!p->live)
		return all_ended(p);
	if (all_ended(p) || (p->until_empty && is_empty(p)))
		pipeline_stop(p);
	if (!p->stopping)
		return false;
	if (p->ended_count == 0 && all_ended(p))
		return true;
	return p->now_ns >= p->stop_deadline_ns && !reach->any;
}

/*
 * Who reads late has not waited long: while there is more to read, its time is what counts, for the
 * order of records as for settlings that do not come.
 */
static int deliver_due(struct pipeline *p, const struct reach *reach, struct error *err)
{
	int64_t until_ns;
	int r;

	if (reach->read_ns == INT64_MIN)
		return 0;
	until_ns = reach->read_ns - PIPELINE_REORDER_NS;
	r = release(p, p->stopping && !reach->busy ? INT64_MAX : until_ns, err);
	if (r >= 0 && until_ns > p->applied_ns)
		p->applied_ns = until_ns;
	return r < 0 ? r : give_up_overdue(p, reach->busy ? p->delivered_ns : p->now_ns, err);
}

/* One turn: everybody is pulled once, what is due is delivered. */
int pipeline_turn(struct pipeline *p, struct error *err)
{
	struct reach reach = {0};
	bool was_stopping = p->stopping;
	int r = 0;

	if (p->live)
		p->now_ns = clock_boot_ns();
	reach.read_ns = p->now_ns;
	for (unsigned i = 0; r >= 0 && i < p->source_count; i++)
		if (!p->source_ended[i])
			r = pull(p, i, &reach, err);
	if (r >= 0 && p->live)
		r = deliver_due(p, &reach, err);
	if (r >= 0 && p->live)
		r = tick(p, err);
	p->idle = !reach.busy;
	if (r >= 0 && p->control.round)
		r = p->control.round(p, p->control.context, err);
	if (r < 0)
		return r;
	if (is_done(p, &reach))
		return PIPELINE_OVER;
	/* what was made until it was stopped is there to be read at once */
	return reach.busy || p->stopping != was_stopping ? PIPELINE_BUSY : PIPELINE_IDLE;
}

static int prepare_loop(struct pipeline *p, struct error *err)
{
	int64_t period_ns = PIPELINE_TICK_NS;

	for (unsigned i = 0; i < p->source_count; i++) {
		const struct source *source = p->sources[i];
		int fd = source->ops->fd ? source->ops->fd(source) : -1;
		int r = fd >= 0 ? loop_add_fd(&p->loop, fd) : 0;

		if (r < 0)
			return error_set(err, -r, "cannot wait for the %s source: %s",
					 source->ops->name, error_name(r));
		if (source->ops->poll_ns && source->ops->poll_ns < period_ns)
			period_ns = source->ops->poll_ns;
		p->settles |= source->ops->capabilities & SOURCE_SETTLES;
		p->waits |= source->ops->capabilities & SOURCE_FIRST;
	}
	p->period_ns = period_ns;
	return loop_set_period(&p->loop, period_ns);
}

/* A machine where nothing happens need not be woken fifty times a second. */
static int wait_calmly(struct pipeline *p)
{
	bool calm =
		p->now_ns - p->came_ns > PIPELINE_CALM_NS && p->reorder.count == 0 && !p->stopping;
	int64_t period_ns = calm ? PIPELINE_CALM_TICK_NS : p->period_ns;
	int r = period_ns == p->loop.period_ns ? 0 : loop_set_period(&p->loop, period_ns);

	return r < 0 ? r : loop_wait(&p->loop, -1);
}

static int open_sinks(struct pipeline *p, struct error *err)
{
	for (unsigned i = 0; i < p->sink_count; i++) {
		struct sink *sink = p->sinks[i];
		int r = sink->ops->open ? sink->ops->open(sink, p->run, err) : 0;

		if (r < 0) {
			sink->failed = r;
			return r;
		}
	}
	return 0;
}

static int close_sinks(struct pipeline *p, struct error *err)
{
	int first = 0;

	for (unsigned i = 0; i < p->sink_count; i++) {
		struct sink *sink = p->sinks[i];
		int r = 0;

		if (!sink->failed && sink->ops->close)
			r = sink->ops->close(sink, p->table, p->run, &sink->error);
		if (r < 0)
			r = sink_failed(p, sink, r, err);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

static void describe(struct pipeline *p)
{
	for (unsigned i = 0; i < p->source_count; i++)
		if (p->sources[i]->ops->describe)
			p->sources[i]->ops->describe(p->sources[i], p->run);
}

/* What is known about the whole only now. */
static void complete_run(struct pipeline *p)
{
	struct source_counts counts;

	if (p->live) {
		pipeline_counts(p, &counts);
		p->run->ended = true;
		p->run->end_ns = clock_boot_ns();
		p->run->lost = counts.lost;
		p->run->outside = counts.outside;
		p->run->records = p->delivered;
	}
	if (!p->run->records)
		p->run->records = p->delivered;
	if (!p->run->end_ns)
		p->run->end_ns = p->now_ns;
}

int pipeline_finish(struct pipeline *p, struct error *err)
{
	int r = release(p, INT64_MAX, err);

	r = r < 0 || !p->live ? r : say_losses(p, err);
	if (r < 0)
		return r;
	describe(p);
	if (p->control.finish)
		p->control.finish(p, p->control.context);
	r = release(p, INT64_MAX, err); /* what that has queued */
	r = r < 0 ? r : give_up_overdue(p, INT64_MAX, err);
	if (r < 0)
		return r;
	complete_run(p);
	r = close_sinks(p, p->failed ? NULL : err);
	return p->failed ? p->failed : r;
}

int pipeline_start(struct pipeline *p, struct error *err)
{
	int r;

	describe(p);
	if (p->live)
		p->now_ns = p->came_ns = clock_boot_ns();
	for (unsigned i = 0; i < p->source_count; i++)
		if (p->sources[i]->ops->begun)
			p->sources[i]->ops->begun(p->sources[i]);
	r = prepare_loop(p, err);
	return r < 0 ? r : open_sinks(p, err);
}

int pipeline_run(struct pipeline *p, struct error *err)
{
	int r = pipeline_start(p, err);

	while (r >= 0) {
		r = pipeline_turn(p, err);
		if (r == PIPELINE_OVER)
			return pipeline_finish(p, err);
		if (r == PIPELINE_IDLE && p->live)
			r = wait_calmly(p);
	}
	return r;
}
