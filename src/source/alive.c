/*
 * Asking proc who still lives. Key decision: by number and start time, since under the very storm
 * that lost an exit record its number is likely to have come back. What is found is queued: of most
 * of it a record is under way, and that one knows more.
 */
#include "source/alive.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "procfs/stat.h"
#include "source/scan.h"
#include "source/seen_tell.h"

#include <errno.h>
#include <stdlib.h>

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

/* ---- after a loss ---- */

struct look {
	struct pipeline *pipeline;
	const struct alive_options *options;
	struct seen_teller teller;
	struct snapshot_list list;
	const struct snapshot **strangers; /* living, and not in the table; the oldest first */
	size_t stranger_count;
	int64_t time_ns;
};

static void queue(struct look *look, struct record *record)
{
	record->inferred = true;
	pipeline_queue(look->pipeline, record);
}

static void infer_end(struct look *look, const struct proc *proc)
{
	const struct alive_options *options = look->options;
	struct record record = record_make(RECORD_EXIT, look->time_ns, proc->ident, proc->pid);

	record.exit.status = options->known.tgid && ident_match(proc->ident, options->known)
				     ? options->status
				     : STATUS_UNKNOWN;
	queue(look, &record);
}

/* The life in the table that was scanned; numbers are those that people see on both sides. */
static const struct proc *known_life(const struct look *look, const struct snapshot *s)
{
	const struct proc *proc = table_find_pid(look->pipeline->table, s->pid);

	if (!proc ||
	    !ident_match(proc->ident, (struct ident){proc->ident.tgid, s->stat.start_grain_ns,
						     s->stat.start_ns}))
		return NULL;
	return proc;
}

/* It goes by another name: it has run another file, or has only called itself so. */
static void infer_name(struct look *look, const struct proc *proc, const struct snapshot *s)
{
	const struct proc_exec *image = proc_image(proc);
	struct record seen, record;

	if (str_eq(proc->comm, s->stat.comm) ||
	    seen_tell(&look->teller, s, look->time_ns, &seen) != SCAN_DONE)
		return;
	if (image && seen.seen.filename.p && str_eq(image->filename, seen.seen.filename)) {
		record = record_make(RECORD_COMM, look->time_ns, proc->ident, proc->pid);
		record.comm.old = proc->comm;
		record.comm.comm = seen.seen.comm;
	} else {
		record = record_make(RECORD_EXEC, look->time_ns, proc->ident, proc->pid);
		record.exec.comm = seen.seen.comm;
		record.exec.argv = seen.seen.argv;
		record.exec.args_bytes = seen.seen.argv.n;
		record.exec.filename = seen.seen.filename;
	}
	record.standing = seen.standing;
	queue(look, &record);
}

static int older_first(const void *a, const void *b)
{
	const struct snapshot *one = *(const struct snapshot *const *)a;
	const struct snapshot *other = *(const struct snapshot *const *)b;

	if (one->stat.start_ns != other->stat.start_ns)
		return one->stat.start_ns < other->stat.start_ns ? -1 : 1;
	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

/* Whose child a stranger is: a life, or another stranger who is the run's. */
static struct ident parent_of(const struct look *look, const struct snapshot *s, bool *ret_ours)
{
	const struct proc *parent = table_find_pid(look->pipeline->table, s->stat.ppid);

	*ret_ours = look->options->everything;
	if (parent && parent->state == PROC_LIVING) {
		*ret_ours |= parent->member;
		return parent->ident;
	}
	for (size_t i = 0; i < look->stranger_count; i++) {
		if (!look->strangers[i] || look->strangers[i]->pid != s->stat.ppid)
			continue;
		*ret_ours = true;
		return snapshot_ident(look->strangers[i]);
	}
	return (struct ident){0};
}

/* Parents come before their children; who is none of the run's is struck out on the way. */
static void introduce_strangers(struct look *look)
{
	qsort(look->strangers, look->stranger_count, sizeof *look->strangers, older_first);
	for (size_t i = 0; i < look->stranger_count; i++) {
		const struct snapshot *s = look->strangers[i];
		struct record record;
		struct ident parent;
		bool ours;

		look->strangers[i] = NULL; /* nobody is his own parent */
		parent = parent_of(look, s, &ours);
		if (!ours || seen_tell(&look->teller, s, look->time_ns, &record) != SCAN_DONE)
			continue;
		look->strangers[i] = s;
		record.seen.parent = parent;
		queue(look, &record);
	}
}

static void look_around(struct look *look)
{
	const struct scan_options options = {.root = look->options->root,
					     .parts = PART_BIT(PART_STAT) | PART_BIT(PART_OWNER),
					     .way = SCAN_PROC};
	struct scan *scan;

	if (scan_new(&scan, &options, NULL) < 0)
		return;
	if (scan_pass(scan, &look->list, NULL) < 0)
		look->list.count = 0;
	look->strangers = mem_alloc((look->list.count + 1) * sizeof *look->strangers);
	for (size_t i = 0; i < look->list.count; i++) {
		const struct snapshot *s = &look->list.items[i];
		const struct proc *proc = known_life(look, s);

		if (!seen_is_living(s))
			continue;
		if (!proc)
			look->strangers[look->stranger_count++] = s;
		else if (proc->member && proc->state == PROC_LIVING)
			infer_name(look, proc, s);
	}
	scan_free(scan);
}

void alive_reconcile(struct pipeline *pipeline, const struct alive_options *options)
{
	struct look look = {.pipeline = pipeline, .options = options, .time_ns = clock_boot_ns()};

	table_each(pipeline->table, proc)
	{
		if (proc->state == PROC_LIVING && proc->member && !alive_check(options->root, proc))
			infer_end(&look, proc);
	}
	seen_teller_init(&look.teller, options->root, options->cgroups, options->cgroup_count);
	snapshot_list_init(&look.list);
	look_around(&look);
	introduce_strangers(&look);
	free(look.strangers);
	snapshot_list_deinit(&look.list);
	seen_teller_deinit(&look.teller);
}
