/* /proc/PID/schedstat: run time, wait time and time slices of one thread. fs/proc/base.c. */
#ifndef PROCFS_SCHEDSTAT_H
#define PROCFS_SCHEDSTAT_H

#include "base/str.h"

#include <stdint.h>

/* Returns 0 or -EINVAL. */
int procfs_schedstat_parse(struct str text, uint64_t *ret_run_ns, uint64_t *ret_wait_ns);

#endif
