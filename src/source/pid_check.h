/* Is that number a process that can be watched? */
#ifndef SOURCE_PID_CHECK_H
#define SOURCE_PID_CHECK_H

#include "base/root.h"

#include <stdint.h>

/*
 * Returns 0; or with a sentence -ESRCH: there is no such process, or it has ended and only waits to
 * be reaped; -EINVAL: it is a thread of another.
 */
int pid_check(const struct root *root, int32_t pid, struct error *err);

#endif
