/*
 * Checking a number that a person gave. Key decision: asked of the directory of the process and not
 * by a signal, which would be refused for the processes of others.
 */
#include "source/pid_check.h"

#include "base/cleanup.h"
#include "procfs/stat.h"
#include "procfs/status.h"

#include <errno.h>

#define STAT_MOST   4096
#define STATUS_MOST 16384

/* A process whose first thread has ended is a Z too; it lives while others of its threads do. */
static bool has_ended(int dirfd)
{
	struct buf text = BUF_INIT;
	struct snapshot_stat stat;
	bool ended = false;
	int r = root_read(dirfd, "stat", &text, STAT_MOST);

	if (r == -ENOENT || r == -ESRCH)
		ended = true;
	else if (r == 0 && procfs_stat_parse(buf_str(&text), &stat) >= 0)
		ended = stat.state == 'X' || (stat.state == 'Z' && stat.threads <= 1);
	buf_deinit(&text);
	return ended;
}

/* 0: not known, which is no thread. */
static int32_t process_of(int dirfd)
{
	struct procfs_status_brief brief = {0};
	struct buf text = BUF_INIT;

	if (root_read(dirfd, "status", &text, STATUS_MOST) < 0 ||
	    procfs_status_parse_brief(buf_str(&text), &brief) < 0)
		brief.tgid = 0;
	buf_deinit(&text);
	return brief.tgid;
}

int pid_check(const struct root *root, int32_t pid, struct error *err)
{
	cleanup_close int dirfd = root_open_pid(root, pid);
	int32_t process;

	if (dirfd == -ENOENT)
		return error_set(err, ESRCH, "there is no process %d", pid);
	if (dirfd < 0)
		return 0; /* it is there, and hidden from us */
	process = process_of(dirfd);
	if (process > 0 && process != pid)
		return error_set(err, EINVAL, "%d is a thread of the process %d: give that", pid,
				 process);
	if (has_ended(dirfd))
		return error_set(
			err, ESRCH,
			"the process %d has ended and only waits for its parent to ask how "
			"(a zombie)",
			pid);
	return 0;
}
