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
	TARGET_NAME, /* whose name (see target.name_matches) matches when it is seen, execs or renames
			* itself */
	TARGET_USER, /* whose effective user is `uid` */
};

struct target {
	enum target_kind kind;
	bool alone;          /* without their descendants */
	const int32_t *pids; /* TARGET_TREE: as people see them; at most 64 */
	size_t pid_count;
	uint32_t uid; /* TARGET_USER */
	/* TARGET_NAME: asked for comm and for the basename of what it runs. */
	bool (*name_matches)(const void *context, struct str name);
	const void *name_context;
};

/*
 * Is who is no member yet one, by `record`, which is about to be applied and is about the number
 * `pid`? `forker`: who forked it, where the record tells; or NULL. A number of TARGET_TREE means the
 * first life that has it.
 */
bool target_covers(const struct table *table, int32_t pid, const struct record *record,
		   const struct proc *forker);
/* TARGET_TREE: the bit of that number in table->numbers_taken; 0: it is none of the target's. */
uint64_t target_number_bit(const struct target *target, int32_t pid);

#endif
