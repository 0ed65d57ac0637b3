/*
 * Asking proc who still lives. Key decision: by number and start time, since under the very storm
 * that lost an exit record its number is likely to have come back.
 */
#include "source/alive.h"

#include "base/cleanup.h"
#include "procfs/stat.h"

#include <errno.h>

#define STAT_BYTES 4096

bool alive_check(const struct root *root, const struct proc *proc)
{
	cleanup_close int dirfd = root_open_pid(root, proc->pid);
	struct buf text = BUF_INIT;
	struct procfs_stat stat;
	bool alive = true;
	int r;

	if (dirfd < 0)
		return dirfd != -ENOENT;
	r = root_read(dirfd, "stat", &text, STAT_BYTES);
	if (r < 0)
		alive = r != -ENOENT && r != -ESRCH;
	else if (procfs_stat_parse(buf_str(&text), &stat) == 0)
		alive = stat.state != 'Z' && stat.state != 'X' &&
			ident_match(proc->ident, (struct ident){proc->ident.tgid, IDENT_GRAIN_TICKS,
								stat.start_ns});
	buf_deinit(&text);
	return alive;
}
