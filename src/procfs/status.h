/* /proc/PID/status: a line a fact, key and value. proc(5); fs/proc/array.c, proc_pid_status. */
#ifndef PROCFS_STATUS_H
#define PROCFS_STATUS_H

#include "base/str.h"
#include "model/snapshot.h"

/* What a list of all processes needs of it. */
struct procfs_status_brief {
	int32_t tgid; /* 0: no such line */
	struct snapshot_ids uid, gid;
	bool has_memory; /* the sizes are there; a kernel thread or zombie has none */
	uint64_t rss_bytes, locked_bytes;
};

/* Reads these few lines and stops behind them. Returns 0, or -EINVAL when it is no such file. */
int procfs_status_parse_brief(struct str text, struct procfs_status_brief *ret_brief);

/*
 * Reads all lines that struct snapshot_status has a member for, in any order; others are nothing,
 * and a line whose value is strange counts as missing. Lists and texts go into `arena`. Returns 0,
 * or -EINVAL when it is no such file.
 */
int procfs_status_parse(struct str text, struct arena *arena, struct snapshot_status *ret_status);

#endif
