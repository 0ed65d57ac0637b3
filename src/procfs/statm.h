/* /proc/PID/statm: memory in pages. fs/proc/array.c, proc_pid_statm. */
#ifndef PROCFS_STATM_H
#define PROCFS_STATM_H

#include "base/str.h"

#include <stdint.h>

/* The resident set in bytes, pages being `page_bytes` large. Returns 0 or -EINVAL. */
int procfs_statm_parse_rss(struct str text, uint64_t page_bytes, uint64_t *ret_bytes);

#endif
