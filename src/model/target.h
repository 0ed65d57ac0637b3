/*
 * Which processes a run is about. A predicate over what is known of a process; whom it once took
 * stays a member. Descent is inherited at fork, so re-parenting loses nobody.
 */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/table.h"

enum target_kind {
	TARGET_ALL,    /* everything that the source delivers */
	TARGET_TREE,   /* the processes of certain numbers */
	TARGET_CGROUP, /* whom the sources see in one of the target's cgroups: record.covered */
	TARGET_NAME,   /* whose name (see target.name_matches) matches when it is seen or execs */
	TARGET_USER,   /* whose effective user is `uid` */
};

struct target {
	enum target_kind kind;
	bool alone;          /* without their descendants */
	const int32_t *pids; /* TARGET_TREE: as people see them */
	size_t pid_count;
	uint32_t uid; /* TARGET_USER */
	/* TARGET_NAME: asked for comm and for the basename of what it runs. */
	bool (*name_matches)(const void *context, struct str name);
	const void *name_context;
};

/*
 * Is `proc`, which is no member yet and to which `record` has just been applied, one? `forker`:
 * who forked it when the record is its birth (NULL: not known, or the record is no birth).
 */
bool target_covers(const struct target *target, const struct proc *proc,
		   const struct record *record, const struct proc *forker);

#endif
