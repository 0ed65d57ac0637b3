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
#include "source/looks.h"
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
		alive = stat.state != 'X' && (stat.state != 'Z' || stat.threads > 1) &&
			table_fits(proc, (struct ident){proc->ident.tgid, IDENT_GRAIN_TICKS,
							stat.start_ns});
	buf_deinit(&text);
	return alive;
}

/* ---- after a loss ---- */

struct look {
	struct pipeline *pipeline;
	const struct alive_options *options;
	struct seen_teller teller;
	struct snapshot_list list; /* who lives */
	size_t *strangers;         /* in the list: who is not in the table; the oldest first */
	size_t stranger_count;
	bool *ours;        /* by index in the list: a stranger who is the run's */
	int64_t before_ns; /* when the list was begun: whoever is in it lived then, or was born since */
};

static void queue(struct look *look, struct record *record)
{
	record->inferred = true;
	pipeline_queue(look->pipeline, record);
}

/* The row of a life; numbers are those that people see on both sides. NULL: it has gone. */
static const struct snapshot *row_of(const struct look *look, const struct proc *proc)
{
	const struct snapshot *s = snapshot_list_find(&look->list, proc->pid);

	return s && table_fits(proc, snapshot_ident(s)) ? s : NULL;
}

static bool is_listed(void *context, const struct proc *proc)
{
	return row_of(context, proc);
}

/* ---- those who are known ---- */

/* Of who has gone, at a time at which he had: what the source tells of it comes before. */
static void infer_end(struct look *look, const struct proc *proc)
{
	const struct alive_options *options = look->options;
	struct record record = record_make(RECORD_EXIT, clock_boot_ns(), proc->ident, proc->pid);

	record.exit.status = options->known.tgid && ident_match(proc->ident, options->known)
				     ? options->status
				     : STATUS_UNKNOWN;
	queue(look, &record);
}

/* It goes by another name: it has run another file, or has only called itself so. */
static void infer_name(struct look *look, const struct proc *proc, const struct snapshot *s)
{
	const struct proc_exec *image = proc_image(proc);
	struct record seen, record;

	if (str_eq(proc->comm, s->stat.comm) ||
	    seen_tell(&look->teller, s, look->before_ns, &seen) != SCAN_DONE)
		return;
	if (image && seen.seen.filename.p && str_eq(image->filename, seen.seen.filename))
		record = seen_as_comm(&seen);
	else
		record = seen_as_exec(&seen);
	record.time_ns = clock_boot_ns();
	record.ident = proc->ident;
	record.pid = proc->pid;
	queue(look, &record);
}

static void look_after_members(struct look *look)
{
	table_each(look->pipeline->table, proc)
	{
		const struct snapshot *s;

		if (proc->state != PROC_LIVING)
			continue;
		s = row_of(look, proc);
		if (s)
			infer_name(look, proc, s);
		else if (!alive_check(look->options->root, proc))
			infer_end(look, proc);
	}
}

/* ---- strangers ---- */

static int older_first(const void *a, const void *b, void *context)
{
	const struct look *look = context;
	const struct snapshot *one = &look->list.items[*(const size_t *)a];
	const struct snapshot *other = &look->list.items[*(const size_t *)b];

	if (one->stat.start_ns != other->stat.start_ns)
		return one->stat.start_ns < other->stat.start_ns ? -1 : 1;
	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

/* Whose child a stranger is: a life, or another stranger who is the run's. */
static struct ident parent_of(const struct look *look, const struct snapshot *s, bool *ret_ours)
{
	const struct proc *parent = table_find_pid(look->pipeline->table, s->stat.ppid);
	const struct snapshot *row = snapshot_list_find(&look->list, s->stat.ppid);

	*ret_ours = look->options->everything;
	if (parent && parent->state == PROC_LIVING &&
	    (!row || table_fits(parent, snapshot_ident(row)))) {
		*ret_ours |= parent->member;
		return parent->ident;
	}
	if (!row || !look->ours[row - look->list.items])
		return (struct ident){0};
	*ret_ours = true;
	return snapshot_life(row);
}

/* Parents come before their children. */
static void introduce_strangers(struct look *look)
{
	qsort_r(look->strangers, look->stranger_count, sizeof *look->strangers, older_first, look);
	for (size_t i = 0; i < look->stranger_count; i++) {
		const struct snapshot *s = &look->list.items[look->strangers[i]];
		struct record record;
		struct ident parent;
		bool ours;

		parent = parent_of(look, s, &ours);
		if (!ours || seen_tell(&look->teller, s, look->before_ns, &record) != SCAN_DONE)
			continue;
		look->ours[look->strangers[i]] = true;
		record.seen.parent = parent;
		queue(look, &record);
	}
}

static void find_strangers(struct look *look)
{
	look->strangers = mem_alloc((look->list.count + 1) * sizeof *look->strangers);
	look->ours = mem_alloc(look->list.count + 1);
	for (size_t i = 0; i < look->list.count; i++) {
		const struct proc *proc =
			table_find_pid(look->pipeline->table, look->list.items[i].pid);

		if (!proc || !table_fits(proc, snapshot_ident(&look->list.items[i])))
			look->strangers[look->stranger_count++] = i;
	}
}

/* ---- a look ---- */

/* Below the initial pid namespace only BPF knows by which numbers records name the processes. */
static bool list_living(struct look *look)
{
	const struct scan_options options = {.root = look->options->root,
					     .parts = PART_BIT(PART_STAT) | PART_BIT(PART_OWNER),
					     .repeated = look->pipeline->table->by_pid.count > 0};
	struct snapshot_list *list = &look->list;
	size_t kept = 0;
	struct scan *scan;
	int r = scan_new(&scan, &options, NULL);

	if (r < 0)
		return false;
	r = scan_pass(scan, list, NULL);
	scan_free(scan);
	if (r < 0)
		list->count = 0;
	for (size_t i = 0; i < list->count; i++)
		if (looks_is_living(&list->items[i]))
			list->items[kept++] = list->items[i];
	list->count = kept;
	return r == 0;
}

void alive_reconcile(struct pipeline *pipeline, const struct alive_options *options)
{
	struct look look = {.pipeline = pipeline, .options = options, .before_ns = clock_boot_ns()};
	bool listed;

	seen_teller_init(&look.teller, options->root, options->cgroups, options->cgroup_count);
	snapshot_list_init(&look.list);
	listed = list_living(&look);
	look_after_members(&look);
	if (listed) {
		find_strangers(&look);
		introduce_strangers(&look);
		table_sweep(pipeline->table, is_listed, &look);
	}
	free(look.strangers);
	free(look.ours);
	snapshot_list_deinit(&look.list);
	seen_teller_deinit(&look.teller);
}
