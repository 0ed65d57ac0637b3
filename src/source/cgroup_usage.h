/* What the kernel has counted for whole cgroups: CPU, memory, storage, tasks. */
#ifndef SOURCE_CGROUP_USAGE_H
#define SOURCE_CGROUP_USAGE_H

#include "base/root.h"
#include "model/usage.h"
#include "source/pick.h"

struct cgroup_usage;

/* `refs` must outlive it. */
struct cgroup_usage *cgroup_usage_new(const struct root *root, const struct cgroup_ref *refs,
				      unsigned count);
void cgroup_usage_free(struct cgroup_usage *usage);
/*
 * The sum over the groups: CPU times, RSS (memory in use), RSS_PEAK (the most, ever), READ and
 * WRITE bytes, THREADS (tasks). What no group tells is not known. Of version 1 each comes from the
 * hierarchy that counts it, if the group has the same path there.
 */
void cgroup_usage_read(const struct cgroup_usage *usage, struct usage *ret);

#endif
