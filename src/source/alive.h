/* Does a life that the table takes for living still go on? Asked where records were lost. */
#ifndef SOURCE_ALIVE_H
#define SOURCE_ALIVE_H

#include "base/root.h"
#include "flow/pipeline.h"

/*
 * False when the number is free, belongs to somebody else by now, or to a zombie: as EXIT means
 * it, a process has ended then. True when it lives, and when it cannot be told.
 */
bool alive_check(const struct root *root, const struct proc *proc);

/*
 * Where records were lost, an end may be among them: asks the kernel who of the table still lives,
 * and queues an inferred EXIT for who does not. `status` is the wait status of the life `known`, if
 * that is one of them. For a pipeline that is idle: what is under way then comes in time.
 */
void alive_reconcile(struct pipeline *pipeline, const struct root *root, struct ident known,
		     int32_t status);

#endif
