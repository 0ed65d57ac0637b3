/*
 * Before 5.11 maps and programs count as locked memory, of which a process may have little. libbpf
 * raises that limit for the first of them in the life of the process, and leaves it so.
 */
#ifndef SOURCE_BPF_MEMLOCK_H
#define SOURCE_BPF_MEMLOCK_H

#include <sys/resource.h>

/* Raises it as far as is permitted. Returns what to put back: commands shall not inherit it. */
static inline struct rlimit memlock_raise(void)
{
	struct rlimit old, most = {RLIM_INFINITY, RLIM_INFINITY};

	getrlimit(RLIMIT_MEMLOCK, &old);
	if (setrlimit(RLIMIT_MEMLOCK, &most) < 0) {
		most = (struct rlimit){old.rlim_max, old.rlim_max};
		(void)setrlimit(RLIMIT_MEMLOCK, &most);
	}
	return old;
}

static inline void memlock_restore(struct rlimit old)
{
	(void)setrlimit(RLIMIT_MEMLOCK, &old);
}

#endif
