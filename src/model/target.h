/* Which processes a recording is about. Descent is inherited at fork, so re-parenting loses nobody. */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/table.h"

enum target_kind {
	TARGET_ALL,  /* everything that the source delivers */
	TARGET_TREE, /* one process and its descendants */
};

struct target {
	enum target_kind kind;
	int32_t root_pid; /* TARGET_TREE: as people see it */
};

/* Decides for a process that is new: its visible number, and who forked it (NULL: not known). */
bool target_covers(const struct target *target, int32_t pid, const struct proc *forker);

#endif
