/*
 * The view's life and what it takes over. Key decision: each round the rows of the track are copied,
 * so that the view draws, orders and pauses without asking anybody, and no row that the track drops
 * can be pointed to.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "view/view_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* So long after its end the cost of a process is known, or never will be. */
#define SETTLED_NS (5 * NS_PER_SEC)

/* So long a message stands where the keys stand else, unless one is pressed. */
#define SAID_NS (3 * NS_PER_SEC)

struct view *view_new(const struct view_options *options)
{
	struct view *view = mem_alloc(sizeof *view);

	view->options = *options;
	view->interval_ns = options->interval_ns;
	view->hide_ended = options->hide_ended;
	view->order = view_column_named(STR("cpu"));
	view->history.capacity = VIEW_HISTORY;
	view->page_rows = 1;
	return view;
}

static void row_free(struct view *view, struct view_row *row)
{
	HASH_DEL(view->rows, row);
	mem_str_free(&row->of.name);
	mem_str_free(&row->of.argv);
	free(row->cpu.values);
	free(row);
}

struct view *view_free(struct view *view)
{
	struct view_row *row, *next;

	if (!view)
		return NULL;
	HASH_ITER(hh, view->rows, row, next)
	row_free(view, row);
	filter_free(view->filter);
	free(view->shown);
	free(view->history.values);
	arena_deinit(&view->arena);
	buf_deinit(&view->filter_text);
	buf_deinit(&view->details);
	buf_deinit(&view->typed);
	buf_deinit(&view->search);
	buf_deinit(&view->message);
	free(view);
	return NULL;
}

/* ---- taking over ---- */

static void history_add(struct view_history *history, double value)
{
	if (!history->values)
		history->values = mem_alloc(history->capacity * sizeof *history->values);
	if (history->count == history->capacity) {
		history->count--;
		memmove(history->values, history->values + 1,
			history->count * sizeof *history->values);
	}
	history->values[history->count++] = (float)value;
}

static void take_text(struct str *text, struct str now)
{
	if (str_eq(*text, now) && !text->p == !now.p)
		return;
	mem_str_free(text);
	*text = mem_str(now);
}

static struct view_row *row_add(struct view *view, const struct track_row *from)
{
	struct view_row *row = mem_alloc(sizeof *row);

	row->of.id = from->id;
	row->cpu.capacity = VIEW_HISTORY_EACH;
	HASH_ADD(hh, view->rows, of.id, sizeof row->of.id, row);
	return row;
}

/* Who its parent is, as far as the table still knows it. */
static uint64_t parent_of(const struct proc *proc)
{
	return proc->parent ? proc->parent->id : proc->birth_parent_id;
}

static void take_row(struct view *view, const struct track_row *from,
		     const struct view_moment *moment)
{
	struct view_row *row = view_row_of(view, from->id);
	const struct proc *proc = table_find(view->options.table, from->ident);
	const struct snapshot *s = NULL;
	struct str name, argv;

	if (row && row->of.end_ns && moment->now_ns - row->of.end_ns > SETTLED_NS) {
		row->taken = view->round; /* nothing of it changes any more */
		return;
	}
	if (!row)
		row = row_add(view, from);
	name = row->of.name;
	argv = row->of.argv;
	take_text(&name, from->name);
	take_text(&argv, from->argv);
	row->of = *from;
	row->of.name = name;
	row->of.argv = argv;
	row->of.cgroup = STR_NONE; /* the track's */
	row->taken = view->round;
	if (proc && proc->id == from->id) {
		row->parent_id = parent_of(proc);
		row->of.uid = proc->uid.effective;
	}
	if (moment->snapshots && !from->end_ns)
		s = snapshot_list_find(moment->snapshots, from->pid);
	if (s)
		row->state = s->stat.state;
	if (from->samples > 1 && !from->end_ns)
		history_add(&row->cpu, from->series[TRACK_CPU].now);
	row->chosen = view_filter_takes(view, row);
}

static void take_host(struct view *view, const struct view_moment *moment)
{
	view->host_known = moment->host;
	if (!moment->host)
		return;
	view->host = *moment->host;
	view->host.cpus = NULL;
	view->share = moment->share;
}

/* What the graph in the header is of: the machine's CPUs where it is about them. */
static double cpu_now(const struct view *view)
{
	const struct track_series *series = &view->totals.series[TRACK_CPU];

	if (view->host_known)
		return view->share.known ? 100 - view->share.idle - view->share.iowait : NAN;
	return series->known ? series->now : NAN;
}

void view_take(struct view *view, const struct view_moment *moment)
{
	const struct track *track = view->options.track;
	struct view_row *row, *next;

	if (view->paused)
		return;
	view->round++;
	view->now_ns = moment->now_ns;
	if (view->prompt == PROMPT_NONE && view->now_ns - view->said_ns > SAID_NS)
		buf_clear(&view->message);
	view->totals = *track_totals(track);
	take_host(view, moment);
	history_add(&view->history, cpu_now(view));
	for (const struct track_row *from = track_first(track); from; from = from->next)
		take_row(view, from, moment);
	HASH_ITER(hh, view->rows, row, next)
	if (row->taken != view->round)
		row_free(view, row);
	view_arrange(view);
	view_describe(view);
}

/* ---- what can be set from outside ---- */

int view_sort_by(struct view *view, struct str name, struct error *err)
{
	const struct view_column *column = view_column_named(name);

	if (!column)
		return error_set(err, EINVAL,
				 "there is no column '%.*s' to sort by; there are pid, ppid, user, "
				 "state, cpu, avg, max, mem, peak, disk, xfer, threads, fds, time, "
				 "age and command",
				 (int)name.n, name.p);
	view->order = column;
	view->ascending = column->flags & COLUMN_ASCENDING;
	view_arrange(view);
	return 0;
}

int view_filter(struct view *view, struct str text, struct error *err)
{
	struct filter *filter = NULL;
	int r = text.n > 0 ? filter_new(&filter, text, err) : 0;

	if (r < 0)
		return r;
	filter_free(view->filter);
	view->filter = filter;
	buf_clear(&view->filter_text);
	buf_add_str(&view->filter_text, text);
	for (struct view_row *row = view->rows; row; row = row->hh.next)
		row->chosen = view_filter_takes(view, row);
	view_arrange(view);
	return 0;
}

int64_t view_interval_ns(const struct view *view)
{
	return view->interval_ns;
}
