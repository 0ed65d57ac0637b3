/* What cgroups may use at most, and how often they were held back for it. */
#ifndef SOURCE_CGROUP_LIMITS_H
#define SOURCE_CGROUP_LIMITS_H

#include "base/root.h"
#include "source/pick.h"

enum cgroup_limit {
	CGROUP_QUOTA_MILLICORES, /* of CPU time; not known: no quota, or it cannot be seen */
	CGROUP_CPUS,             /* on which they may run */
	CGROUP_MEMORY_BYTES,     /* not known: no limit, or it cannot be seen */
	CGROUP_THROTTLED,        /* periods in which the quota was used up */
	CGROUP_THROTTLED_NS,     /* waited then, all CPUs */
	CGROUP_TASKS_PEAK,       /* the most processes and threads there were at a time */
	CGROUP_LIMITS
};

struct cgroup_limits {
	uint64_t value[CGROUP_LIMITS];
	uint32_t known; /* 1 << enum cgroup_limit */
};

/*
 * Of one cgroup: limits are the strictest of its own and of those above it that can be seen, the
 * counters are its own. Of version 1 each comes from the hierarchy that has it, if the cgroup has
 * the same path there. What cannot be read is not known.
 */
void cgroup_limits_read(const struct root *root, const struct cgroup_ref *ref,
			struct cgroup_limits *ret);
/*
 * How many cores it can keep busy, in thousandths: quota and CPUs, and not more than `online` CPUs.
 */
uint64_t cgroup_millicores(const struct cgroup_limits *limits, unsigned online);

#endif
