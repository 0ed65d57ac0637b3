/*
 * Inference. Key decision: what is deduced becomes a record like any other, marked inferred, so
 * that a recording and its replay hold it too and no sink has a special case.
 */
#include "model/infer.h"

struct inference {
	struct record *records;
	unsigned count;
	const struct proc *proc;
	int64_t time_ns;
};

static struct record *deduce(struct inference *to, enum record_kind kind)
{
	struct record *record = &to->records[to->count++];

	*record = record_make(kind, to->time_ns, to->proc->ident, to->proc->pid);
	record->inferred = true;
	return record;
}

static void compare_id(struct inference *to, enum record_kind kind, int32_t known, int32_t now)
{
	if (known && now && known != now)
		deduce(to, kind)->new_id = now;
}

static bool id_changed(uint32_t known, uint32_t now)
{
	return known != UID_UNKNOWN && now != UID_UNKNOWN && known != now;
}

static void compare_ids(struct inference *to, enum record_kind kind, struct ids known,
			struct ids now)
{
	if (id_changed(known.real, now.real) || id_changed(known.effective, now.effective) ||
	    id_changed(known.saved, now.saved))
		deduce(to, kind)->ids = now;
}

static void compare_standing(struct inference *to, const struct standing *now)
{
	const struct proc *known = to->proc;

	compare_id(to, RECORD_SID, known->sid, now->sid);
	/* a new session leader's group follows from its session */
	if (!(to->count && now->sid == known->pid && now->pgid == known->pid))
		compare_id(to, RECORD_PGID, known->pgid, now->pgid);
	compare_ids(to, RECORD_UID, known->uid, now->uid);
	compare_ids(to, RECORD_GID, known->gid, now->gid);
}

/* The number of a living process came back: that one has ended, and nobody saw it. */
static void infer_end(struct inference *to, const struct table *table, const struct record *record)
{
	struct proc *ousted;

	table_subject(table, record, &ousted);
	if (!ousted || !ousted->member)
		return;
	to->proc = ousted;
	deduce(to, RECORD_EXIT);
	deduce(to, RECORD_SETTLED);
}

unsigned infer_changes(const struct table *table, const struct record *record,
		       struct record ret_records[INFER_MAX])
{
	struct inference to = {.records = ret_records, .time_ns = record->time_ns};
	struct ident whose = record->ident;

	if (record->kind == RECORD_FORK || record->kind == RECORD_SEEN)
		infer_end(&to, table, record);
	if (record->kind == RECORD_FORK)
		whose = record->fork.forker.tgid ? record->fork.forker : record->fork.parent;
	to.proc = whose.tgid ? table_find_at(table, whose, record->time_ns) : NULL;
	if (to.proc && to.proc->state == PROC_LIVING && record->kind != RECORD_SEEN)
		compare_standing(&to, &record->standing);
	return to.count;
}
