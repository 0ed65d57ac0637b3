/* /proc/loadavg and /proc/uptime: one line each. fs/proc/loadavg.c, fs/proc/uptime.c. */
#ifndef PROCFS_LOADAVG_H
#define PROCFS_LOADAVG_H

#include "base/str.h"
#include "model/host.h"

/* Sets load_known, load, load_running and load_entities. 0, or -EINVAL with `host` unchanged. */
int procfs_loadavg_parse(struct str text, struct host *host);
/* The first number of uptime, in ns. Returns 0 or -EINVAL. */
int procfs_uptime_parse(struct str text, int64_t *ret_ns);

#endif
