/* Targets. Key decision: a predicate at birth; afterwards membership is a bit that forks inherit. */
#include "model/target.h"

bool target_covers(const struct target *target, int32_t pid, const struct proc *forker)
{
	if (target->kind == TARGET_ALL)
		return true;
	return pid == target->root_pid || (forker && forker->member);
}
