/*
 * Targets. Key decision: a predicate over one record, not over what is known of a process: who does
 * not fit when he comes to be can only come to fit by a record that says so. Once taken, membership
 * is a bit that forks inherit.
 */
#include "model/target.h"

#include "base/text.h"

uint64_t target_number_bit(const struct target *target, int32_t pid)
{
	if (target->kind != TARGET_TREE || pid <= 0)
		return 0;
	for (size_t i = 0; i < target->pid_count; i++)
		if (target->pids[i] == pid)
			return UINT64_C(1) << (i & 63);
	return 0;
}

static bool name_matches(const struct target *target, struct str name)
{
	return name.n > 0 && target->name_matches(target->name_context, name);
}

/* By its short name, by what it was called with, or by the file that it runs. */
static bool image_matches(const struct target *target, struct str comm, struct str argv,
			  struct str filename)
{
	struct str word;

	return name_matches(target, comm) || name_matches(target, str_basename(filename)) ||
	       (text_next_word(&argv, &word) && name_matches(target, str_basename(word)));
}

/* A child has the name of its forker until it execs: that says nothing about the child. */
static bool covers_name(const struct target *target, const struct record *record)
{
	bool of_thread = record->tid && record->tid != record->pid;

	switch (record->kind) {
	case RECORD_SEEN:
		return image_matches(target, record->seen.comm, record->seen.argv,
				     record->seen.filename);
	case RECORD_EXEC:
		return image_matches(target, record->exec.comm, record->exec.argv,
				     record->exec.filename);
	case RECORD_COMM:
		return !of_thread && name_matches(target, record->comm.comm);
	default:
		return false;
	}
}

static bool covers_user(const struct target *target, const struct record *record,
			const struct proc *forker)
{
	uint32_t uid =
		record->kind == RECORD_UID ? record->ids.effective : record->standing.uid.effective;

	if (uid == UID_UNKNOWN && record->kind == RECORD_FORK && forker)
		uid = forker->uid.effective;
	return uid != UID_UNKNOWN && uid == target->uid;
}

bool target_covers(const struct table *table, int32_t pid, const struct record *record,
		   const struct proc *forker)
{
	const struct target *target = table->target;

	if (!target || target->kind == TARGET_ALL || (record->kind == RECORD_SEEN && record->joins))
		return true;
	if (!target->alone && forker && (forker->member || forker->doubtful))
		return true;
	switch (target->kind) {
	case TARGET_TREE:
		return target_number_bit(target, pid) & ~table->numbers_taken;
	case TARGET_CGROUP:
		return record->covered;
	case TARGET_NAME:
		return covers_name(target, record);
	case TARGET_USER:
		return covers_user(target, record, forker);
	default:
		return false;
	}
}
