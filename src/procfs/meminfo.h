/* /proc/meminfo: the machine's memory. proc(5); fs/proc/meminfo.c. */
#ifndef PROCFS_MEMINFO_H
#define PROCFS_MEMINFO_H

#include "base/str.h"
#include "model/host.h"

/*
 * Sets memory_known and memory_bytes of `host`; lines come in any order and may miss. Returns 0, or
 * -EINVAL with `host` unchanged when a known line's number is none.
 */
int procfs_meminfo_parse(struct str text, struct host *host);

#endif
