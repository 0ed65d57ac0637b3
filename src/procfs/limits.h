/* /proc/PID/limits: a line for each resource limit. fs/proc/base.c, proc_pid_limits. */
#ifndef PROCFS_LIMITS_H
#define PROCFS_LIMITS_H

#include "base/str.h"
#include "model/limit.h"

/* Takes the lines that it knows, in any order; what misses stays unknown. */
void procfs_limits_parse(struct str text, struct limits *ret);

#endif
