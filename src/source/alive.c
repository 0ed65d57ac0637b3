/*
 * Asking proc who still lives. Key decision: by number and start time, since under the very storm
 * that lost an exit record its number is likely to have come back. What is found is queued: most of
 * those who are gone by now have an end under way, and that one knows how they ended.
 */
#include "source/alive.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "procfs/stat.h"

#include <errno.h>

#define STAT_BYTES 4096

bool alive_check(const struct root *root, const struct proc *proc)
{
	cleanup_close int dirfd = root_open_pid(root, proc->pid);
	struct buf text = BUF_INIT;
	struct snapshot_stat stat;
	bool alive = true;
	int r;

	if (dirfd < 0)
		return dirfd != -ENOENT;
	r = root_read(dirfd, "stat", &text, STAT_BYTES);
	if (r < 0)
		alive = r != -ENOENT && r != -ESRCH;
	else if (procfs_stat_parse(buf_str(&text), &stat) >= 0)
		alive = stat.state != 'Z' && stat.state != 'X' &&
			ident_match(proc->ident, (struct ident){proc->ident.tgid, IDENT_GRAIN_TICKS,
								stat.start_ns});
	buf_deinit(&text);
	return alive;
}

void alive_reconcile(struct pipeline *pipeline, const struct root *root, struct ident known,
		     int32_t status)
{
	int64_t now_ns = clock_boot_ns();

	table_each(pipeline->table, proc)
	{
		struct record record;

		if (proc->state != PROC_LIVING || !proc->member || alive_check(root, proc))
			continue;
		record = record_make(RECORD_EXIT, now_ns, proc->ident, proc->pid);
		record.inferred = true;
		record.exit.status =
			known.tgid && ident_match(proc->ident, known) ? status : STATUS_UNKNOWN;
		pipeline_queue(pipeline, &record);
	}
}
