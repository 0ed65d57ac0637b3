/* How things stand where records were lost: asked of proc. */
#ifndef SOURCE_ALIVE_H
#define SOURCE_ALIVE_H

#include "base/root.h"
#include "flow/pipeline.h"
#include "source/pick.h"

/*
 * False when the number is free, belongs to somebody else by now, or to a zombie: as EXIT means
 * it, a process has ended then. True when it lives, and when it cannot be told.
 */
bool alive_check(const struct root *root, const struct proc *proc);

struct alive_options {
	const struct root *root;
	/* Does the source tell of the whole machine? Else only descendants of members are the run's. */
	bool everything;
	const struct cgroup_ref *cgroups; /* of the target */
	unsigned cgroup_count;
	struct ident known; /* a life whose wait status is known by other ways, or tgid 0 */
	int32_t status;
};

/*
 * Where records were lost, anything may be among them: asks the kernel who lives, and queues, marked
 * inferred, an EXIT of who does not any more, a SEEN of who is not known, and an EXEC or COMM of who
 * goes by another name than the table has. For a pipeline that is idle: what is under way comes in
 * time, and what it tells is not told twice.
 */
void alive_reconcile(struct pipeline *pipeline, const struct alive_options *options);

#endif
