/* /proc/stat: CPU times and counts since boot. proc(5); fs/proc/stat.c, show_stat. */
#ifndef PROCFS_HOST_STAT_H
#define PROCFS_HOST_STAT_H

#include "base/str.h"
#include "model/host.h"

/*
 * Sets cpu, cpus and cpu_count, context_switches, forks, interrupts of `host` (whose cpus must not
 * be set) and *ret_boot_seconds (wall clock; 0 when there is no such line). Unknown lines are
 * nothing. Returns 0, or -EINVAL with `host` unchanged when a line that is known makes no sense.
 */
int procfs_host_stat_parse(struct str text, struct host *host, int64_t *ret_boot_seconds);

#endif
