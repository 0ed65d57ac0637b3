/*
 * JSON Lines grouped by process, each group under a title and ended by an empty line. Key
 * decision: lines are kept as text until the end, because a group's last line may come last.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/json_layout.h"
#include "output/value.h"

#include <stdlib.h>

#define TITLE_COLUMNS 200

struct group {
	uint64_t id; /* of the process; 0: what belongs to none */
	int64_t first_ns;
	struct buf title, lines, exit; /* exit: may still be replaced by its settled form */
	UT_hash_handle hh;
};

struct by_process {
	struct output output;
	struct group *groups;
};

static struct group *group_of(struct by_process *by, const struct change *change, int64_t time_ns)
{
	uint64_t id = change->proc ? change->proc->id : 0;
	struct group *group;

	HASH_FIND(hh, by->groups, &id, sizeof id, group);
	if (!group) {
		group = mem_alloc(sizeof *group);
		group->id = id;
		group->first_ns = time_ns;
		HASH_ADD(hh, by->groups, id, sizeof group->id, group);
	}
	if (time_ns < group->first_ns)
		group->first_ns = time_ns;
	return group;
}

/* The first image names the group; a process without one is named by its parent. */
static void set_title(struct group *group, const struct record *record, const struct proc *proc)
{
	if (record->kind == RECORD_EXEC && proc->exec_count <= 1)
		buf_clear(&group->title);
	if (group->title.n > 0)
		return;
	buf_printf(&group->title, "PID %d", record->pid);
	if (proc->first_exec) {
		buf_add_text(&group->title, ": ");
		value_add_command(&group->title, proc->first_exec, COMMAND_SHORT, TITLE_COLUMNS);
	} else if (proc->birth_ppid > 0) {
		buf_printf(&group->title, ", forked from %d", proc->birth_ppid);
	}
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct by_process *by = (struct by_process *)sink;
	const struct json_line line = {by->output.run, record, change, change->proc};
	struct group *group;

	if (change->flags & CHANGE_DUPLICATE)
		return 0;
	group = group_of(by, change, record->time_ns);
	if (change->proc)
		set_title(group, record, change->proc);
	json_add_record(&group->lines, &line);
	if (change->proc && change->flags & (CHANGE_ENDED | CHANGE_FINISHED | CHANGE_CORRECTED)) {
		buf_clear(&group->exit);
		json_add_exit(&group->exit, &line);
	}
	return 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct by_process *by = (struct by_process *)sink;
	size_t count = HASH_COUNT(by->groups), n = 0;
	struct group **sorted = mem_alloc((count + 1) * sizeof(struct group *));
	int r = 0;

	for (struct group *group = by->groups; group; group = group->hh.next)
		sorted[n++] = group;
	qsort(sorted, n, sizeof *sorted, compare_groups);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct buf *out = &by->output.file.pending;

		if (sorted[i]->lines.n + sorted[i]->exit.n == 0)
			continue;
		buf_add_str(out, sorted[i]->id ? buf_str(&sorted[i]->title) : STR("The recording"));
		buf_add_char(out, '\n');
		buf_add_str(out, buf_str(&sorted[i]->lines));
		buf_add_str(out, buf_str(&sorted[i]->exit));
		buf_add_char(out, '\n');
		r = output_flush_some(&by->output, err);
	}
	free(sorted);
	return r < 0 ? r : output_commit(&by->output, err);
}

static void on_free(struct sink *sink)
{
	struct by_process *by = (struct by_process *)sink;
	struct group *group, *next;

	HASH_ITER(hh, by->groups, group, next)
	{
		HASH_DEL(by->groups, group);
		buf_deinit(&group->title);
		buf_deinit(&group->lines);
		buf_deinit(&group->exit);
		free(group);
	}
	output_free(sink);
}

static const struct sink_ops by_process_ops = {
	.name = "by-process",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *by_process_create(const struct output_options *options)
{
	return output_new(sizeof(struct by_process), &by_process_ops, options);
}

const struct output_format output_by_process = {
	.name = "by-process",
	.summary = "JSON Lines grouped by process, an empty line between two",
	.create = by_process_create,
};
