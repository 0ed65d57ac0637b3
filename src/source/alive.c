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

static int say_end(struct pipeline *pipeline, const struct proc *proc, int32_t status,
		   struct error *err)
{
	struct record record = record_make(RECORD_EXIT, pipeline->now_ns, proc->ident, proc->pid);

	record.inferred = true;
	record.exit.status = status;
	return pipeline_inject(pipeline, &record, err);
}

int alive_reconcile(struct pipeline *pipeline, const struct root *root, struct ident known,
		    int32_t status, struct error *err)
{
	const struct table *table = pipeline->table;
	struct proc *proc = table->first;
	uint64_t last_id = 0;
	int r = 0;

	while (r >= 0 && proc) {
		bool gone = proc->state == PROC_LIVING && proc->member && !alive_check(root, proc);
		bool is_known = known.tgid && ident_match(proc->ident, known);

		last_id = proc->id;
		if (gone)
			r = say_end(pipeline, proc, is_known ? status : STATUS_UNKNOWN, err);
		/* the end may have reaped anybody */
		for (proc = gone ? table->first : proc; proc && proc->id <= last_id;)
			proc = proc->next;
	}
	return r;
}
