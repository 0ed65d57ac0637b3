/* /proc/PID/statm: memory in pages. fs/proc/array.c, proc_pid_statm. */
#ifndef PROCFS_STATM_H
#define PROCFS_STATM_H

#include "base/str.h"
#include "model/snapshot.h"

/* Pages are `page_bytes` large. Both return 0 or -EINVAL. */
int procfs_statm_parse(struct str text, uint64_t page_bytes, struct snapshot_statm *ret_statm);
/* The resident set alone. */
int procfs_statm_parse_rss(struct str text, uint64_t page_bytes, uint64_t *ret_bytes);

#endif
