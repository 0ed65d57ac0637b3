/* Targets. Key decision: a predicate; once taken, membership is a bit that forks inherit. */
#include "model/target.h"

static bool names_pid(const struct target *target, int32_t pid)
{
	for (size_t i = 0; i < target->pid_count; i++)
		if (target->pids[i] == pid)
			return true;
	return false;
}

bool target_covers(const struct target *target, const struct proc *proc,
		   const struct record *record, const struct proc *forker)
{
	if (target->kind == TARGET_ALL)
		return true;
	if (!target->alone && forker && forker->member)
		return true;
	return target->kind == TARGET_TREE && names_pid(target, proc->pid);
}
