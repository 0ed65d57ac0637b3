/*
 * Who becomes a member later in his life. Key decision: that is a record of its own, a SEEN that
 * says what is known by then; so sinks and recordings need not know who else there was.
 */
#include "model/table.h"
#include "model/target.h"

/* Can a record of that kind make somebody a member who is known and is none? */
static bool may_join(const struct table *table, const struct record *record)
{
	if (!table->target || table->target->kind == TARGET_ALL || record->joins)
		return false;
	switch (record->kind) {
	case RECORD_FORK:
	case RECORD_SEEN:
		return true;
	case RECORD_EXEC:
	case RECORD_COMM:
	case RECORD_UID:
		return table->target->kind != TARGET_TREE;
	default:
		return record->covered;
	}
}

static const struct proc *forker_of(const struct table *table, const struct record *record)
{
	if (record->kind == RECORD_SEEN)
		return table_find_at(table, record->seen.parent, record->time_ns);
	if (record->kind != RECORD_FORK)
		return NULL;
	return table_find_at(table,
			     record->fork.forker.tgid ? record->fork.forker : record->fork.parent,
			     record->time_ns);
}

/* Whoever is told of as doing something had not ended before the run. */
static bool dispels_doubt(const struct table *table, const struct record *record)
{
	return table->doubtful && !record->inferred && !record->joins &&
	       record->kind != RECORD_SAMPLE;
}

struct proc *table_joiner(const struct table *table, const struct record *record)
{
	bool may = may_join(table, record), dispels = dispels_doubt(table, record);
	struct proc *proc, *ousted;

	if (!record->ident.tgid || !(may || dispels))
		return NULL;
	proc = table_subject(table, record, &ousted);
	if (!proc || proc->member)
		return NULL;
	if (dispels && proc->doubtful)
		return proc;
	return may && target_covers(table, proc->pid, record, forker_of(table, record)) ? proc
											: NULL;
}

static struct proc *first_outsider(struct proc *sibling)
{
	while (sibling && (sibling->member || sibling->state != PROC_LIVING))
		sibling = sibling->next_sibling;
	return sibling;
}

struct proc *table_next_joiner(const struct table *table, const struct proc *joiner,
			       const struct proc *proc)
{
	struct proc *next = table->target->alone ? NULL : first_outsider(proc->first_child);

	for (; !next && proc != joiner; proc = proc->birth_parent)
		next = first_outsider(proc->next_sibling);
	return next;
}

struct record table_tell(const struct proc *proc, int64_t time_ns)
{
	struct record record = record_make(RECORD_SEEN, time_ns, proc->ident, proc->pid);
	const struct proc_exec *image = proc_image(proc);

	record.inferred = record.joins = true;
	record.standing =
		(struct standing){proc->ppid, proc->pgid, proc->sid, proc->uid, proc->gid};
	if (proc->birth_parent)
		record.seen.parent = proc->birth_parent->ident;
	record.seen.comm = proc->comm;
	if (image) {
		record.seen.argv = image->argv;
		record.seen.filename = image->filename;
	}
	if (!proc->ident.grain_ns && proc->start_known && time_ns > proc->start_ns)
		record.seen.age_ns = (uint64_t)(time_ns - proc->start_ns);
	return record;
}
