/*
 * Events -> records. Key decision: everything is decided in the order in which the events came,
 * which is that of causes: a fork is told before anything that the child does, though times of
 * several CPUs may say otherwise. Only what needs proc waits for the end of the batch.
 */
#include "source/netlink/digest_internal.h"

#include "source/netlink/translate.h"

#include <stdlib.h>

/* How late after its start a birth may be told; within that of a tick's end proc is asked. */
#define BIRTH_LATE_NS 500000

struct digest *digest_new(const struct digest_options *options)
{
	struct digest *d = mem_alloc(sizeof *d);

	d->options = *options;
	return d;
}

static void clear(struct digest *d)
{
	d->count = d->given = 0;
	arena_clear(&d->arena);
}

struct digest *digest_free(struct digest *d)
{
	if (!d)
		return NULL;
	digest_forget_execs(d, true);
	lives_deinit(&d->lives);
	arena_deinit(&d->arena);
	free(d->records);
	free(d->unsure);
	free(d);
	return NULL;
}

/* ---- records ---- */

struct record *digest_add(struct digest *d, enum record_kind kind, int64_t time_ns,
			  struct ident ident, int32_t pid)
{
	if (d->count == d->capacity) {
		d->capacity = d->capacity ? 2 * d->capacity : 256;
		d->records = mem_realloc(d->records, d->capacity, sizeof *d->records);
	}
	d->records[d->count] = record_make(kind, time_ns, ident, pid);
	return &d->records[d->count++];
}

static struct record *add_of(struct digest *d, enum record_kind kind, int64_t time_ns,
			     const struct life *life)
{
	return digest_add(d, kind, time_ns, life->ident, life->tgid);
}

struct ident digest_ident(const struct digest *d, int32_t tgid)
{
	const struct life *life = lives_find(&d->lives, tgid);

	return life ? life->ident : ident_provisional(tgid);
}

/* ---- ends ---- */

/* What its threads cost, if all of them told it. */
static struct usage usage_of(const struct life *life)
{
	struct task_cost cost = life->cost;
	struct usage usage = {0};

	if (life->costs > 0 && life->costs >= life->ends) {
		/* Threads that ended before we came: their CPU time is known, nothing else is. */
		if (!life->born && life->group_run_ns > cost.run_ns) {
			cost.run_ns = life->group_run_ns;
			cost.usage = (struct usage){0};
		}
		usage = task_cost_usage(&cost);
	}
	if (life->born)
		usage_set(&usage, USAGE_THREADS, life->threads_ever);
	return usage;
}

static void end_life(struct digest *d, struct life *life, int32_t parent_tgid)
{
	struct ending ending = status_decode(life->status);
	struct record *record;

	digest_end_execs(d, life->tgid, life->end_ns, life->comm);
	if (life->nameless && life->comm[0]) {
		record = add_of(d, RECORD_COMM, life->end_ns, life);
		record->inferred = true;
		record->comm.comm = arena_str(&d->arena, str_of(life->comm));
	}
	/* The connector tells that a core is about to be dumped; the status, whether it was. */
	if (ending.known && ending.core_dumped) {
		record = add_of(d, RECORD_CORE, life->end_ns, life);
		record->inferred = true;
		record->core_signal = ending.signal;
	}
	record = add_of(d, RECORD_EXIT, life->end_ns, life);
	record->standing.ppid = parent_tgid;
	record->exit.status = life->status;
	record = add_of(d, RECORD_SETTLED, life->end_ns, life);
	record->settled.usage = usage_of(life);
	lives_forget(&d->lives, life);
}

static void add_thread_end(struct digest *d, const struct life *life, int32_t tid, int64_t time_ns)
{
	if (d->options.threads)
		add_of(d, RECORD_THREAD_EXIT, time_ns, life)->tid = tid;
}

static void add_unsure(struct digest *d, int32_t tgid)
{
	if (d->unsure_count == d->unsure_capacity) {
		d->unsure_capacity = d->unsure_capacity ? 2 * d->unsure_capacity : 64;
		d->unsure = mem_realloc(d->unsure, d->unsure_capacity, sizeof *d->unsure);
	}
	d->unsure[d->unsure_count++] = tgid;
}

/* Whether it ended is asked at the end of the batch, when more of its threads may have told. */
static void wait_for_answer(struct digest *d, struct life *life, int32_t tid, int64_t time_ns)
{
	if (life->unsure_tid)
		add_thread_end(d, life, life->unsure_tid, time_ns);
	else
		add_unsure(d, life->tgid);
	life->unsure_tid = tid;
}

static void ask_for_ends(struct digest *d)
{
	for (size_t i = 0; i < d->unsure_count; i++) {
		struct life *life = lives_find(&d->lives, d->unsure[i]);
		int32_t tid = life ? life->unsure_tid : 0;

		if (!tid)
			continue;
		life->unsure_tid = 0;
		if (look_lives(d->options.root, life->tgid, life->ident.start_ns))
			add_thread_end(d, life, tid, life->end_ns);
		else
			end_life(d, life, 0);
	}
	d->unsure_count = 0;
}

/* ---- events ---- */

/*
 * As coarse as proc has it, so that whoever reads proc means the same life. The kernel took the
 * start a moment before it told of it: proc says in which of two ticks that was.
 */
static struct ident birth_ident(const struct digest *d, int32_t tgid, int64_t time_ns)
{
	uint64_t at = (uint64_t)time_ns, late = at > BIRTH_LATE_NS ? at - BIRTH_LATE_NS : 0;
	uint64_t tick = at - at % IDENT_GRAIN_TICKS, before = late - late % IDENT_GRAIN_TICKS;
	uint64_t start_ns;

	if (tick != before && look_at_start(d->options.root, tgid, &start_ns) == 0 &&
	    start_ns == before)
		tick = before;
	return (struct ident){tgid, IDENT_GRAIN_TICKS, tick};
}

/* A child is born where its parent is. */
static bool covers_child_of(struct digest *d, int32_t parent_tgid)
{
	const struct digest_options *o = &d->options;
	struct life *parent = lives_get(&d->lives, parent_tgid);

	if (!parent->covered_known)
		parent->covered = look_at_cgroup(o->root, parent_tgid, o->cgroups, o->cgroup_count);
	parent->covered_known = true;
	return parent->covered;
}

static void inherit_ids(struct life *life, const struct life *parent)
{
	if (!parent)
		return;
	life->uid = parent->uid;
	life->gid = parent->gid;
}

static void take_birth(struct digest *d, const struct connector_event *e, int64_t time_ns)
{
	struct life *life = lives_find(&d->lives, e->tgid);
	struct ident ident = birth_ident(d, e->tgid, time_ns);
	struct record *record;

	if (life && life->unsure_tid) /* its number is free: it did end */
		end_life(d, life, 0);
	life = lives_born(&d->lives, e->tgid, ident);
	inherit_ids(life, lives_find(&d->lives, e->other.tgid));
	if (d->options.cgroup_count > 0 && e->other.tgid > 0) {
		life->covered = covers_child_of(d, e->other.tgid);
		life->covered_known = true;
	}
	record = add_of(d, RECORD_FORK, time_ns, life);
	record->covered = life->covered;
	record->standing.ppid = e->other.tgid;
	record->fork.parent = digest_ident(d, e->other.tgid);
	record->fork.forker_tid = e->other.tid;
	if (e->other.tgid > 0 && e->other.tgid == d->options.own_tgid)
		record->fork.comm = str_of(d->options.own_comm);
}

static void take_fork(struct digest *d, const struct connector_event *e, int64_t time_ns)
{
	struct life *life;

	if (e->tid == e->tgid) {
		take_birth(d, e, time_ns);
		return;
	}
	life = lives_get(&d->lives, e->tgid);
	lives_thread_born(&d->lives, life);
	if (d->options.threads)
		add_of(d, RECORD_CLONE, time_ns, life)->tid = e->tid;
}

static void take_cost(struct digest *d, struct life *life, const struct connector_event *e)
{
	const struct taskstats_exit *told = taskstats_find(d->options.taskstats, e->tid);

	if (!told)
		return;
	task_cost_add(&life->cost, &told->cost);
	life->costs += told->ends;
	if (told->group_run_ns)
		life->group_run_ns = told->group_run_ns;
	if (e->tid == e->tgid)
		memcpy(life->comm, told->comm, sizeof life->comm);
	taskstats_forget(d->options.taskstats, e->tid);
}

/* Told late, of who had the number before, was reaped then, and is forgotten by now. */
static bool is_stray(const struct digest *d, struct life *life, const struct connector_event *e)
{
	if (life->strays == 0 || e->exit.parent_tgid ||
	    !look_lives(d->options.root, e->tgid, life->ident.start_ns))
		return false;
	life->strays--;
	return true;
}

static void take_exit(struct digest *d, const struct connector_event *e, int64_t time_ns)
{
	struct life *life = lives_get(&d->lives, e->tgid);

	if (is_stray(d, life, e))
		return;
	take_cost(d, life, e);
	switch (lives_thread_ended(&d->lives, life, e->exit.status, e->tid == e->tgid, time_ns)) {
	case LIFE_GOES_ON:
		add_thread_end(d, life, e->tid, time_ns);
		break;
	case LIFE_ENDS:
		end_life(d, life, e->exit.parent_tgid);
		break;
	case LIFE_UNSURE:
		wait_for_answer(d, life, e->tid, time_ns);
	}
}

static void keep_ids(struct digest *d, const struct record *record)
{
	struct life *life = lives_find(&d->lives, record->pid);

	if (life)
		*(record->kind == RECORD_UID ? &life->uid : &life->gid) = record->ids;
}

static void take_other(struct digest *d, const struct connector_event *e, int64_t time_ns)
{
	struct record record;

	if (!translate_event(e, time_ns, digest_ident(d, e->tgid), e->tgid, d->options.threads,
			     &record))
		return;
	if (record.kind == RECORD_COMM)
		record.comm.comm = arena_str(&d->arena, record.comm.comm);
	if (record.kind == RECORD_UID || record.kind == RECORD_GID)
		keep_ids(d, &record);
	*digest_add(d, record.kind, time_ns, record.ident, record.pid) = record;
}

void digest_event(struct digest *d, const struct connector_event *e, int64_t time_ns)
{
	switch (e->what) {
	case CONNECTOR_FORK:
		take_fork(d, e, time_ns);
		break;
	case CONNECTOR_EXEC:
		digest_exec(d, e->tgid, time_ns);
		break;
	case CONNECTOR_EXIT:
		take_exit(d, e, time_ns);
		break;
	default:
		take_other(d, e, time_ns);
	}
}

void digest_loss(struct digest *d, uint64_t lost, struct str reason, int64_t from_ns, int64_t to_ns)
{
	struct record *record = digest_add(d, RECORD_GAP, from_ns, (struct ident){0}, 0);

	record->gap.reason = reason;
	record->gap.lost = lost;
	record->gap.from_ns = from_ns;
	record->gap.to_ns = to_ns;
	d->lost = true;
	lives_lose(&d->lives);
}

size_t digest_waiting(const struct digest *d)
{
	return d->count - d->given;
}

void digest_finish(struct digest *d)
{
	while (digest_look(d))
		;
	ask_for_ends(d);
	digest_complete_execs(d);
}

bool digest_next(struct digest *d, struct record *ret)
{
	while (d->given < d->count) {
		const struct record *record = &d->records[d->given++];

		if (record->kind == RECORD_NONE)
			continue;
		*ret = *record;
		return true;
	}
	if (d->count > 0)
		digest_forget_execs(d, false);
	clear(d);
	return false;
}
