/*
 * What each kind of record does to the table. Key decision: total and idempotent. A record about
 * somebody unknown makes a provisional life; a record that says what is known already is a
 * duplicate; a number that comes back ends the life that held it.
 */
#include "base/mem.h"
#include "model/table_internal.h"
#include "model/target.h"

static bool ids_equal(struct ids a, struct ids b)
{
	return a.real == b.real && a.effective == b.effective && a.saved == b.saved;
}

/* A source may know the real id only: what it does not know stays what it was. */
static void adopt_ids(struct ids *known, struct ids seen)
{
	if (seen.real != UID_UNKNOWN)
		known->real = seen.real;
	if (seen.effective != UID_UNKNOWN)
		known->effective = seen.effective;
	if (seen.saved != UID_UNKNOWN)
		known->saved = seen.saved;
}

static struct standing standing_of(const struct proc *proc)
{
	return (struct standing){proc->ppid, proc->pgid, proc->sid, proc->uid, proc->gid};
}

/* Returns whether any of it was news. */
static bool adopt_standing(struct proc *proc, const struct standing *standing)
{
	struct standing before = standing_of(proc), after;
	int32_t birth_ppid = proc->birth_ppid;

	if (standing->ppid) {
		proc->ppid = standing->ppid;
		if (!proc->birth_ppid)
			proc->birth_ppid = standing->ppid;
	}
	if (standing->pgid)
		proc->pgid = standing->pgid;
	if (standing->sid)
		proc->sid = standing->sid;
	adopt_ids(&proc->uid, standing->uid);
	adopt_ids(&proc->gid, standing->gid);
	after = standing_of(proc);
	return birth_ppid != proc->birth_ppid || memcmp(&before, &after, sizeof after) != 0;
}

static void finish(struct table_step *step, struct proc *proc)
{
	proc->state = PROC_FINISHED;
	step->change->flags |= CHANGE_FINISHED;
	if (!proc->member)
		return;
	step->table->counts.ended--;
	step->table->counts.finished++;
	table_bury(step->table, proc);
}

static void end(struct table_step *step, struct proc *proc, int64_t time_ns, int32_t status)
{
	proc->state = PROC_ENDED;
	proc->end_ns = time_ns > proc->start_ns ? time_ns : proc->start_ns;
	proc->status = status;
	proc->threads_alive = 0;
	proc->parent = proc->parent && proc->parent->state == PROC_LIVING ? proc->parent : NULL;
	for (struct proc *child = proc->first_child; child; child = child->next_sibling)
		if (child->parent == proc)
			child->parent = NULL;
	if (proc->member) {
		step->table->counts.living--;
		step->table->counts.ended++;
		step->table->counts.failures += status_failed(status);
	}
}

/* Somebody else has its number now: it ended, and nobody saw how. */
void table_end_unseen(struct table_step *step, struct proc *proc)
{
	unsigned flags = step->change->flags;

	end(step, proc, step->record->time_ns, STATUS_UNKNOWN);
	proc->inferred_end = true;
	finish(step, proc);
	step->change->flags = flags | CHANGE_REUSED;
	if (!proc->member)
		table_forget(step->table, proc);
}

/* Was the exec that was deduced told of by then? */
static bool is_image(const struct proc_exec *image, const struct record_exec *exec)
{
	return str_eq(image->comm, exec->comm) && str_eq(image->argv, exec->argv);
}

/* Was only the name known of it, from a look in the middle of this very exec? */
static bool is_completed(const struct proc_exec *image, const struct record_exec *exec)
{
	return image && image->seen && !image->argv.p && !image->filename.p && exec->argv.p &&
	       str_eq(image->comm, exec->comm);
}

static void apply_exec(struct table_step *step)
{
	const struct record *record = step->record;
	const struct record_exec *exec = &record->exec;
	struct proc *proc = step->change->proc = table_find_or_make(step);
	const struct proc_exec *last = proc->last_exec;

	if (last && !last->seen &&
	    (last->time_ns == record->time_ns ||
	     /* deduced from what it runs; who execs unseen is another matter, and no duplicate */
	     (record->inferred && exec->argv.n > 0 && is_image(last, exec)))) {
		step->change->flags |= CHANGE_DUPLICATE;
		return;
	}
	if (proc->member)
		step->table->counts.execs++;
	proc->threads_alive = 1;
	table_adopt_name(&proc->comm, exec->comm);
	if (is_completed(last, exec))
		table_replace_execs(step->table, proc, NULL);
	table_add_exec(step->table, proc,
		       &(struct proc_exec){.time_ns = record->time_ns,
					   .filename = exec->filename,
					   .argv = exec->argv,
					   .cwd = exec->cwd,
					   .comm = exec->comm,
					   .args_bytes = exec->args_bytes,
					   .cgroup_id = exec->cgroup_id,
					   .args_truncated = exec->args_truncated,
					   .cwd_truncated = exec->cwd_truncated,
					   .uid = record->standing.uid,
					   .gid = record->standing.gid});
}

static void apply_exit(struct table_step *step)
{
	struct proc *proc = step->change->proc = table_find_or_make(step);

	if (proc->state != PROC_LIVING) {
		step->change->flags |= CHANGE_DUPLICATE;
		return;
	}
	end(step, proc, step->record->time_ns, step->record->exit.status);
	proc->inferred_end = step->record->inferred;
	step->change->flags |= CHANGE_ENDED;
	if (proc->settled)
		finish(step, proc);
}

static void apply_settled(struct table_step *step)
{
	const struct record_settled *settled = &step->record->settled;
	struct proc *proc = step->change->proc = table_find_or_make(step);
	bool late = proc->state == PROC_FINISHED;

	if (late && (proc->exact || !settled->exact)) {
		step->change->flags |= CHANGE_DUPLICATE;
		return;
	}
	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		if (settled->usage.known & USAGE_BIT(i))
			usage_set(&proc->usage, (enum usage_field)i, settled->usage.value[i]);
	proc->usage.bound = settled->usage.bound;
	proc->exact = settled->exact;
	proc->settled = true;
	/* only who has ended is settled; of a member the end itself is waited for */
	if (step->change->flags & CHANGE_NEW || (!proc->member && proc->state == PROC_LIVING)) {
		end(step, proc, step->record->time_ns, STATUS_UNKNOWN);
		proc->inferred_end = true;
		step->change->flags |= CHANGE_ENDED;
	}
	if (late)
		step->change->flags |= CHANGE_CORRECTED;
	else if (proc->state == PROC_ENDED)
		finish(step, proc);
}

/* What ran when an exec was seen but not of what: a name that comes later is its own. */
static void name_unseen_image(struct proc *proc, struct str comm)
{
	struct proc_exec *exec = proc->last_exec;

	if (exec && !exec->seen && !exec->comm.p && exec->argv.n == 0 && exec->filename.n == 0)
		exec->comm = mem_str(comm);
}

static void apply_comm(struct table_step *step)
{
	const struct record *record = step->record;
	struct proc *proc = step->change->proc = table_find_or_make(step);
	bool of_thread = record->tid && record->tid != record->pid;
	struct str old = record->comm.old.p || of_thread ? record->comm.old : proc->comm;

	buf_clear(&step->table->old);
	buf_add_str(&step->table->old, old);
	step->change->old_comm = old.p ? buf_str(&step->table->old) : STR_NONE;
	if (of_thread)
		return;
	if (!(step->change->flags & CHANGE_NEW) && proc->comm.p &&
	    str_eq(proc->comm, record->comm.comm))
		step->change->flags |= CHANGE_DUPLICATE;
	table_adopt_name(&proc->comm, record->comm.comm);
	name_unseen_image(proc, record->comm.comm);
}

static void apply_ids(struct table_step *step, struct ids *ids)
{
	struct ids now = *ids;

	adopt_ids(&now, step->record->ids);
	step->change->old_ids = *ids;
	if (ids_equal(*ids, now))
		step->change->flags |= CHANGE_DUPLICATE;
	else if (step->record->ids.saved == UID_UNKNOWN)
		now.saved = UID_UNKNOWN; /* who changes the others mostly changes it as well */
	*ids = now;
}

static void apply_uid(struct table_step *step)
{
	step->change->proc = table_find_or_make(step);
	apply_ids(step, &step->change->proc->uid);
}

static void apply_gid(struct table_step *step)
{
	step->change->proc = table_find_or_make(step);
	apply_ids(step, &step->change->proc->gid);
}

static void apply_new_id(struct table_step *step, int32_t *id)
{
	/* 0: that it changed is known, to what is not */
	if (step->record->new_id && *id == step->record->new_id)
		step->change->flags |= CHANGE_DUPLICATE;
	*id = step->record->new_id;
}

static void apply_sid(struct table_step *step)
{
	struct proc *proc = step->change->proc = table_find_or_make(step);

	apply_new_id(step, &proc->sid);
	/* setsid makes its caller the leader of a process group as well */
	if (step->record->new_id == proc->pid)
		proc->pgid = proc->pid;
}

static void apply_pgid(struct table_step *step)
{
	step->change->proc = table_find_or_make(step);
	apply_new_id(step, &step->change->proc->pgid);
}

static void apply_clone(struct table_step *step)
{
	step->change->proc = table_find_or_make(step);
	step->change->proc->threads_alive++;
}

static void apply_thread_exit(struct table_step *step)
{
	struct proc *proc = step->change->proc = table_find_or_make(step);

	if (proc->threads_alive > 1)
		proc->threads_alive--;
}

static void adopt_killer(struct proc *proc, const struct record_signal *signal)
{
	struct str comm = signal->sender_comm;

	proc->killer_pid = signal->sender_pid;
	proc->killer_signal = signal->signal;
	if (comm.n >= sizeof proc->killer_comm)
		comm.n = sizeof proc->killer_comm - 1;
	memset(proc->killer_comm, 0, sizeof proc->killer_comm);
	if (comm.n > 0)
		memcpy(proc->killer_comm, comm.p, comm.n);
}

static void apply_signal(struct table_step *step)
{
	struct proc *proc = step->change->proc = table_find_or_make(step);

	if (step->record->signal.fatal && proc->state == PROC_LIVING)
		adopt_killer(proc, &step->record->signal);
}

static void apply_ptrace(struct table_step *step)
{
	int32_t pid = step->record->new_id;

	step->change->proc = table_find_or_make(step);
	step->change->tracer = pid ? table_find_pid(step->table, pid) : NULL;
}

static void apply_core(struct table_step *step)
{
	struct proc *proc = step->change->proc = table_find_or_make(step);

	if (proc->core_dumped)
		step->change->flags |= CHANGE_DUPLICATE;
	proc->core_dumped = true;
}

static void apply_sample(struct table_step *step)
{
	struct proc *proc = step->change->proc = step->subject;

	if (!proc || proc->state != PROC_LIVING)
		return;
	if (proc->ran_before && !proc->before.known)
		proc->before = step->record->usage;
	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		if (step->record->usage.known & USAGE_BIT(i))
			usage_set(&proc->usage, (enum usage_field)i, step->record->usage.value[i]);
}

static void apply_known(struct table_step *step)
{
	step->change->proc = table_find_or_make(step);
}

static void apply_note(struct table_step *step)
{
	step->change->proc = step->subject;
}

static void (*const appliers[RECORD_KINDS])(struct table_step *) = {
	[RECORD_SEEN] = table_apply_seen,
	[RECORD_FORK] = table_apply_fork,
	[RECORD_CLONE] = apply_clone,
	[RECORD_EXEC] = apply_exec,
	[RECORD_BAD_EXEC] = apply_known,
	[RECORD_EXIT] = apply_exit,
	[RECORD_THREAD_EXIT] = apply_thread_exit,
	[RECORD_SETTLED] = apply_settled,
	[RECORD_COMM] = apply_comm,
	[RECORD_UID] = apply_uid,
	[RECORD_GID] = apply_gid,
	[RECORD_SID] = apply_sid,
	[RECORD_PGID] = apply_pgid,
	[RECORD_PTRACE] = apply_ptrace,
	[RECORD_CORE] = apply_core,
	[RECORD_SIGNAL] = apply_signal,
	[RECORD_OOM] = apply_known,
	[RECORD_SAMPLE] = apply_sample,
	[RECORD_GAP] = apply_note,
	[RECORD_MARK] = apply_note,
};

/* Does a record of that kind make a life of whom nobody knows? */
static bool makes_life(enum record_kind kind)
{
	return kind != RECORD_SAMPLE && kind != RECORD_GAP && kind != RECORD_MARK;
}

/*
 * Is it about somebody who is none of the target's and shall not become known either? Births are:
 * a descendant may be a member. Of the others nothing but the end would come, or nothing at all.
 */
static bool is_nobodys(const struct table_step *step)
{
	const struct record *record = step->record;

	if (step->subject || !step->table->target || !makes_life(record->kind) ||
	    record->kind == RECORD_FORK || record->kind == RECORD_SEEN)
		return false;
	return !target_covers(step->table, record->pid, record, table_present_parent(step));
}

/* Something that was deduced of somebody whose end came before it. */
static bool is_late_guess(const struct table_step *step)
{
	enum record_kind kind = step->record->kind;

	return !step->subject && step->record->inferred &&
	       (kind == RECORD_EXIT || kind == RECORD_EXEC || kind == RECORD_COMM);
}

void table_apply(struct table *table, const struct record *record, struct change *ret_change)
{
	struct table_step step = {table, record, ret_change, NULL, NULL};
	struct proc *proc;

	*ret_change = (struct change){0};
	if (record->kind <= RECORD_NONE || record->kind >= RECORD_KINDS)
		return;
	if (record->ident.tgid)
		step.subject = table_subject(table, record, &step.ousted);
	if (is_nobodys(&step) || is_late_guess(&step)) {
		ret_change->outside = true;
		return;
	}
	appliers[record->kind](&step);
	proc = ret_change->proc;
	if (!proc)
		return;
	if (proc->state != PROC_FINISHED || ret_change->flags & CHANGE_FINISHED)
		ret_change->new_standing = adopt_standing(proc, &record->standing);
	ret_change->parent = proc->birth_parent;
	if (!proc->member && proc->state != PROC_LIVING) {
		table_forget(table, proc);
		*ret_change = (struct change){.outside = true};
	}
}
