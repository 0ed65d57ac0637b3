/*
 * The columns. Key decision: one row says all about a column, so what is drawn, what is ordered by,
 * what fits and what the help tells cannot drift apart.
 */
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "model/status.h"
#include "view/view_internal.h"

#include <math.h>

/* ---- how values are written ---- */

void view_add_percent(struct buf *out, double value)
{
	buf_printf(out, value < 999.95 ? "%.1f" : "%.0f", value);
}

void view_add_bytes(struct buf *out, double value)
{
	if (value < 0.5)
		buf_add_char(out, '0');
	else
		units_add_bytes(out, value < 0x1p63 ? (uint64_t)(value + 0.5) : UINT64_MAX);
}

void view_add_count(struct buf *out, double value)
{
	buf_printf(out, "%.0f", value);
}

void view_add_interval(struct buf *out, int64_t ns)
{
	if (ns % NS_PER_SEC == 0)
		buf_printf(out, "%llds", (long long)(ns / NS_PER_SEC));
	else
		units_add_duration(out, ns);
}

void view_add_duration(struct buf *out, double ns)
{
	if (ns < 0.5)
		buf_add_char(out, '0');
	else
		units_add_duration(out, ns < 0x1p63 ? (int64_t)ns : INT64_MAX);
}

void view_add_command(const struct view_row *row, struct buf *out)
{
	struct str argv = row->of.argv;

	if (argv.n > 0 && argv.p[0]) {
		text_add_cmdline(out, argv, false);
		return;
	}
	buf_add_char(out, '[');
	buf_add_str(out, row->of.name);
	buf_add_char(out, ']');
}

void view_add_user(const struct view *view, uint32_t uid, struct buf *out)
{
	const struct names *names = view->options.names;
	struct str name = names && names->user ? names->user(names->context, uid) : STR_NONE;

	if (name.p)
		buf_add_str(out, name);
	else if (uid == UID_UNKNOWN)
		buf_add_char(out, '-');
	else
		buf_add_u64(out, uid);
}

void view_add_ending(const struct view_row *row, struct buf *out)
{
	struct ending ending = status_decode(row->of.status);
	const char *name = ending.known ? signal_name(ending.signal) : NULL;

	if (!row->of.end_ns)
		buf_add_text(out, "running");
	else if (!ending.known)
		buf_add_text(out, "ended");
	else if (!ending.signal)
		buf_printf(out, "exit %d", ending.exit_code);
	else
		buf_printf(out, "%s%s", name ? name : "signal", ending.core_dumped ? ", core" : "");
}

/* ---- texts ---- */

static void add_user(const struct view *view, const struct view_row *row, struct buf *out)
{
	view_add_user(view, row->of.uid, out);
}

static void add_command(const struct view *view, const struct view_row *row, struct buf *out)
{
	view_add_command(row, out);
}

/* One letter while it lives; then the exit code, or the signal without its SIG. */
static void add_state(const struct view *view, const struct view_row *row, struct buf *out)
{
	struct ending ending = status_decode(row->of.status);
	const char *name = ending.known ? signal_name(ending.signal) : NULL;

	if (!row->of.end_ns)
		buf_add_char(out, row->state ? row->state : '-');
	else if (!ending.known)
		buf_add_char(out, 'X');
	else if (ending.signal)
		buf_add_text(out, name ? name + strlen("SIG") : "?");
	else
		buf_add_i64(out, ending.exit_code);
}

/* ---- values ---- */

static bool value_pid(const struct view_column *column, const struct view *view,
		      const struct view_row *row, double *ret)
{
	*ret = row->of.pid;
	return true;
}

static bool value_ppid(const struct view_column *column, const struct view *view,
		       const struct view_row *row, double *ret)
{
	*ret = row->of.ppid;
	return row->of.ppid > 0;
}

static bool value_measure(const struct view_column *column, const struct view *view,
			  const struct view_row *row, double *ret)
{
	const struct track_series *series = &row->of.series[column->measure];
	double values[] = {
		[SERIES_NOW] = series->now,
		[SERIES_AVERAGE] = series->known ? track_average(series) : 0,
		[SERIES_MAX] = series->max,
	};

	*ret = values[column->figure];
	return series->known;
}

static bool value_time(const struct view_column *column, const struct view *view,
		       const struct view_row *row, double *ret)
{
	*ret = (double)usage_cpu_ns(&row->of.seen);
	return usage_knows(&row->of.seen, USAGE_CPU_USER_NS);
}

static bool value_age(const struct view_column *column, const struct view *view,
		      const struct view_row *row, double *ret)
{
	int64_t until_ns = row->of.end_ns ? row->of.end_ns : view->now_ns;

	*ret = (double)(until_ns - row->of.start_ns);
	return *ret >= 0;
}

/* ---- the table ---- */

#define LEFT      COLUMN_LEFT
#define ASCENDING COLUMN_ASCENDING
#define LIVING    COLUMN_LIVING
#define OPTIONAL  COLUMN_OPTIONAL

/* In the order in which they stand; the last one takes what is left of the line. */
/* clang-format off */
const struct view_column view_columns[] = {
	{"pid", "PID", 7, 1, ASCENDING, value_pid, view_add_count, NULL, 0, 0,
	 "number of the process"},
	{"ppid", "PPID", 7, 15, ASCENDING, value_ppid, view_add_count, NULL, 0, 0,
	 "number of its parent"},
	{"user", "USER", 8, 6, LEFT | ASCENDING, NULL, NULL, add_user, 0, 0,
	 "effective user"},
	{"state", "STAT", 4, 5, LEFT | ASCENDING, NULL, NULL, add_state, 0, 0,
	 "R, S, D, ... as in ps; of who has ended exit code or signal"},
	{"cpu", "CPU%", 5, 2, LIVING, value_measure, view_add_percent, NULL, TRACK_CPU, SERIES_NOW,
	 "CPU since the round before, percent of one core"},
	{"avg", "AVG%", 5, 8, 0, value_measure, view_add_percent, NULL, TRACK_CPU, SERIES_AVERAGE,
	 "CPU, average by time since it was first seen"},
	{"max", "MAX%", 5, 9, 0, value_measure, view_add_percent, NULL, TRACK_CPU, SERIES_MAX,
	 "CPU, most in one round"},
	{"mem", "MEM", 5, 3, LIVING, value_measure, view_add_bytes, NULL, TRACK_RSS, SERIES_NOW,
	 "resident memory"},
	{"peak", "PEAK", 5, 11, 0, value_measure, view_add_bytes, NULL, TRACK_RSS, SERIES_MAX,
	 "resident memory, most"},
	{"disk", "DISK/s", 6, 10, LIVING, value_measure, view_add_bytes, NULL, TRACK_DISK, SERIES_NOW,
	 "from and to storage, bytes/s; - where that is not permitted"},
	{"xfer", "XFER/s", 6, 12, LIVING, value_measure, view_add_bytes, NULL, TRACK_TRANSFER, SERIES_NOW,
	 "read and written by system calls, bytes/s"},
	{"threads", "THR", 4, 13, LIVING, value_measure, view_add_count, NULL, TRACK_THREADS, SERIES_NOW,
	 "threads"},
	{"fds", "FDS", 4, 14, LIVING | OPTIONAL, value_measure, view_add_count, NULL, TRACK_FDS, SERIES_NOW,
	 "open files, where they are counted"},
	{"time", "TIME", 6, 4, 0, value_time, view_add_duration, NULL, 0, 0,
	 "CPU time of its life, exact once it has ended"},
	{"age", "AGE", 6, 7, 0, value_age, view_add_duration, NULL, 0, 0,
	 "how long it has lived, or did"},
	{"command", "COMMAND", 0, 0, LEFT | ASCENDING, NULL, NULL, add_command, 0, 0,
	 "what it runs; [name] where the arguments are not known"},
};
/* clang-format on */
const unsigned view_column_count = sizeof view_columns / sizeof *view_columns;

const struct view_column *view_column_named(struct str name)
{
	for (unsigned i = 0; i < view_column_count; i++)
		if (str_is(name, view_columns[i].name))
			return &view_columns[i];
	return NULL;
}

bool view_column_value(const struct view_column *column, const struct view *view,
		       const struct view_row *row, double *ret)
{
	if (!column->value || (column->flags & COLUMN_LIVING && row->of.end_ns))
		return false;
	return column->value(column, view, row, ret);
}

void view_column_add(const struct view_column *column, const struct view *view,
		     const struct view_row *row, struct buf *out)
{
	double value;

	if (column->text)
		column->text(view, row, out);
	else if (view_column_value(column, view, row, &value))
		column->format(out, value);
	else if (!(column->flags & COLUMN_LIVING && row->of.end_ns))
		buf_add_char(out, '-');
}

bool view_column_offered(const struct view_column *column, const struct view *view)
{
	return !(column->flags & COLUMN_OPTIONAL) || view->totals.series[column->measure].known;
}

void view_list_columns(struct buf *out)
{
	for (unsigned i = 0; i < view_column_count; i++)
		buf_printf(out, "  %-8s %-8s %s\n", view_columns[i].name, view_columns[i].heading,
			   view_columns[i].help);
}
