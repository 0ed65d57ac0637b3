/* Key decision: the kernel's struct is written out here, because glibc before 2.41 has none. */
#include "source/slice.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORTEST_NS 100000 /* kernel/sched/syscalls.c: __setparam_fair() takes no less */

/* linux/sched/types.h, its first version. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};
_Static_assert(sizeof(struct attributes) == 48, "SCHED_ATTR_SIZE_VER0");

int slice_shorten(void)
{
	struct attributes attributes = {.size = sizeof attributes};

	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0)
		return -errno;
	if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH)
		return 0;
	attributes.runtime_ns = SHORTEST_NS;
	return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}
