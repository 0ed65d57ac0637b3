/* /proc/PID/smaps_rollup: all mappings added up. Documentation/filesystems/proc.rst. */
#ifndef PROCFS_SMAPS_ROLLUP_H
#define PROCFS_SMAPS_ROLLUP_H

#include "base/str.h"
#include "model/snapshot.h"

/* Lines that are missing are 0. Returns 0, or -EINVAL when it is no such file (no Pss). */
int procfs_smaps_rollup_parse(struct str text, struct snapshot_smaps *ret_smaps);

#endif
