/*
 * Whom a record is about. Key decision: exact starts decide where both sides know them; a number
 * alone means who held it at the record's time, so that an event of somebody who has gone since is
 * never put down to who a later scan saw under his number.
 */
#include "model/table_internal.h"

/*
 * Between the moment that the kernel takes for a start and the one at which it tells of the fork the
 * forker may lose its CPU; and a source may have had to turn one clock's time into another's.
 * Numbers do not come back as soon.
 */
#define BIRTH_NS INT64_C(100000000)
#define CLOCK_NS INT64_C(5000000)

static struct proc *latest(const struct table *table, int32_t tgid)
{
	return number_index_get(&table->by_tgid, tgid);
}

int64_t table_begun_ns(const struct proc *proc)
{
	return proc->ident.grain_ns ? (int64_t)proc->ident.start_ns : proc->start_ns;
}

/* Was a life that the kernel says began at `start` told of by a fork at that time? */
static bool is_birth_of(struct ident start, int64_t fork_ns)
{
	int64_t start_ns = (int64_t)start.start_ns;

	return fork_ns >= start_ns - CLOCK_NS &&
	       fork_ns - start_ns <= (int64_t)start.grain_ns + BIRTH_NS;
}

bool table_fits(const struct proc *proc, struct ident start)
{
	start.tgid = proc->ident.tgid;
	if (proc->ident.grain_ns || !start.grain_ns)
		return ident_match(proc->ident, start);
	if (proc->forked)
		return is_birth_of(start, proc->start_ns);
	/* known by number, from some moment of its life on */
	return (int64_t)start.start_ns <= proc->start_ns;
}

static struct proc *find_match(struct proc *life, struct ident ident)
{
	while (life && !table_fits(life, ident))
		life = life->older_life;
	return life;
}

struct proc *table_find(const struct table *table, struct ident ident)
{
	struct proc *life = latest(table, ident.tgid);

	return ident.grain_ns ? find_match(life, ident) : life;
}

/* Who held the number at that moment; also who had ended by then, if nobody has come after him. */
static struct proc *find_holder(struct proc *life, int64_t time_ns)
{
	while (life && life->ident.grain_ns && (int64_t)life->ident.start_ns > time_ns)
		life = life->older_life;
	return life;
}

struct proc *table_find_at(const struct table *table, struct ident ident, int64_t time_ns)
{
	struct proc *life = latest(table, ident.tgid);

	if (ident.grain_ns)
		return find_match(life, ident);
	life = find_holder(life, time_ns);
	return life && life->state != PROC_LIVING && life->end_ns < time_ns ? NULL : life;
}

struct proc *table_find_pid(const struct table *table, int32_t pid)
{
	struct proc *same = latest(table, pid), *other = number_index_get(&table->by_pid, pid);

	while (same && same->pid != pid)
		same = same->older_life;
	if (!same || !other)
		return same ? same : other;
	if ((same->state == PROC_LIVING) != (other->state == PROC_LIVING))
		return same->state == PROC_LIVING ? same : other;
	return table_begun_ns(same) > table_begun_ns(other) ? same : other;
}

/* ---- births ---- */

/* A fork of which only number and time are known. */
static struct proc *find_newborn(struct proc *life, int64_t time_ns, struct proc **ret_ousted)
{
	bool same;

	while (life && !life->forked && life->ident.grain_ns &&
	       (int64_t)life->ident.start_ns > time_ns + CLOCK_NS)
		life = life->older_life;
	if (!life)
		return NULL;
	if (life->forked)
		same = life->start_ns == time_ns;
	else if (life->ident.grain_ns)
		same = is_birth_of(life->ident, time_ns);
	else /* something that it did was told before its fork */
		same = life->start_ns + BIRTH_NS >= time_ns;
	if (!same && life->state == PROC_LIVING)
		*ret_ousted = life;
	if (life->state != PROC_LIVING && life->end_ns < time_ns)
		same = false;
	return same ? life : NULL;
}

/* Does nobody who has ended do such a thing? What else comes late is still about the dead. */
static bool needs_life(enum record_kind kind)
{
	static const bool needs[RECORD_KINDS] = {
		[RECORD_EXEC] = true, [RECORD_EXIT] = true,  [RECORD_COMM] = true,
		[RECORD_UID] = true,  [RECORD_GID] = true,   [RECORD_SID] = true,
		[RECORD_PGID] = true, [RECORD_CLONE] = true,
	};

	return needs[kind];
}

/* A cost is that of the first who has ended and is not settled: later holders end later. */
static struct proc *find_unsettled(struct proc *head)
{
	struct proc *found = head;

	for (struct proc *life = head; life; life = life->older_life)
		if (life->state == PROC_ENDED)
			found = life;
	return found;
}

struct proc *table_subject(const struct table *table, const struct record *record,
			   struct proc **ret_ousted)
{
	bool is_birth = record->kind == RECORD_FORK || record->kind == RECORD_SEEN;
	struct proc *head = latest(table, record->ident.tgid), *life;

	*ret_ousted = NULL;
	if (!head)
		return NULL;
	if (record->ident.grain_ns) {
		life = find_match(head, record->ident);
		if (!life && is_birth && head->state == PROC_LIVING &&
		    table_begun_ns(head) < (int64_t)record->ident.start_ns)
			*ret_ousted = head;
		return life;
	}
	if (record->kind == RECORD_FORK)
		return find_newborn(head, record->time_ns, ret_ousted);
	life = find_holder(head, record->time_ns);
	/* an end that was deduced may be told after all, and a little later than it was */
	if (record->kind == RECORD_EXIT && life && life->inferred_end)
		return life;
	if (needs_life(record->kind))
		return table_find_at(table, record->ident, record->time_ns);
	return record->kind == RECORD_SETTLED ? find_unsettled(head) : life;
}
