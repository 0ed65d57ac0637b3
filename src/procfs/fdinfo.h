/* /proc/PID/fdinfo/N: where a descriptor stands, and how it was opened. fs/proc/fd.c, seq_show. */
#ifndef PROCFS_FDINFO_H
#define PROCFS_FDINFO_H

#include "base/str.h"

#include <stdint.h>

struct procfs_fdinfo {
	uint64_t position;
	uint32_t flags; /* of open(2), O_CLOEXEC with them */
	int32_t mount_id;
	struct str rest; /* the lines that only some kinds of files have; a part of the text */
};

/* Returns 0, or -EINVAL when position or flags miss or are none; `ret` is then unchanged. */
int procfs_fdinfo_parse(struct str text, struct procfs_fdinfo *ret);

#endif
