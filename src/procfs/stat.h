/* /proc/PID/stat: one line of 52 numbers around a name. proc(5); fs/proc/array.c, do_task_stat. */
#ifndef PROCFS_STAT_H
#define PROCFS_STAT_H

#include "base/str.h"
#include "model/snapshot.h"

/* An outcome: there are fewer fields than 52, so members of PART_STAT_REST may be missing (0). */
enum { PROCFS_STAT_SHORT = 1 };

/*
 * Parses what the kernel wrote; `comm` points into `text`. Returns 0, PROCFS_STAT_SHORT, or
 * -EINVAL when it is no such line.
 */
int procfs_stat_parse(struct str text, struct snapshot_stat *ret_stat);

#endif
