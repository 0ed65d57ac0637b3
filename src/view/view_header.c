/*
 * The header: the machine, or the target, as a whole, with its CPU as a graph. Key decision: each line
 * is cells in the order of their weight, and what has no room is left out as a whole.
 */
#include "base/clock.h"
#include "base/units.h"
#include "view/view_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LABEL_COLUMNS 8
#define TEXT_COLUMNS  56 /* of 80; the rest is the graph's */
#define GRAPH_LEAST   12
#define GRAPH_MOST    120

/* A line that is being written. */
struct pen {
	struct canvas *canvas;
	int x, y, end;
};

static struct pen begin_line(struct canvas *canvas, int y, int end, const char *label)
{
	struct pen pen = {canvas, LABEL_COLUMNS, y, end};

	canvas_put(canvas, 0, y, LABEL_COLUMNS, str_of(label), STYLE_LABEL);
	return pen;
}

/* A cell: a figure and what it is. `format` makes the figure. */
__attribute__((format(printf, 3, 4))) static void add(struct pen *pen, const char *what,
						      const char *format, ...)
{
	char figure[160];
	va_list ap;
	int gap = pen->x > LABEL_COLUMNS ? 2 : 0, columns;
	int blank = *what && *what != '/'; /* "12M/s" is one word */

	va_start(ap, format);
	vsnprintf(figure, sizeof figure, format, ap);
	va_end(ap);
	columns = gap + (int)strlen(figure) + blank + (int)strlen(what);
	if (pen->x + columns > pen->end) {
		pen->end = 0;
		return;
	}
	pen->x += gap;
	pen->x += canvas_put(pen->canvas, pen->x, pen->y, pen->end - pen->x, str_of(figure),
			     STYLE_STRONG);
	pen->x += blank;
	pen->x += canvas_put(pen->canvas, pen->x, pen->y, pen->end - pen->x, str_of(what),
			     STYLE_PLAIN);
}

static void add_size(struct pen *pen, const char *what, double bytes)
{
	struct buf text = BUF_INIT;

	view_add_bytes(&text, bytes);
	add(pen, what, "%s", buf_cstr(&text));
	buf_deinit(&text);
}

static void add_count(struct pen *pen, const char *what, uint64_t count)
{
	add(pen, what, "%llu", (unsigned long long)count);
}

static void add_time(struct pen *pen, const char *what, int64_t ns)
{
	struct buf text = BUF_INIT;

	view_add_duration(&text, (double)ns);
	add(pen, what, "%s", buf_cstr(&text));
	buf_deinit(&text);
}

/* ---- the first line ---- */

static void add_clock(const struct view *view, struct buf *out)
{
	time_t seconds = (time_t)(view->host.real_ns / NS_PER_SEC);
	char text[16];
	struct tm tm;

	buf_printf(out, "%s", view->host.name);
	if (view->host.real_ns && localtime_r(&seconds, &tm) &&
	    strftime(text, sizeof text, "%T", &tm))
		buf_printf(out, "  %s", text);
	if (view->host.uptime_ns) {
		buf_add_text(out, "  up ");
		units_add_duration(out, view->host.uptime_ns);
	}
	if (view->host.load_known)
		buf_printf(out, "  load %.2f %.2f %.2f", view->host.load[0], view->host.load[1],
			   view->host.load[2]);
}

static void draw_title(const struct view *view, struct canvas *canvas)
{
	int width = (int)canvas->width, x;
	struct buf text = BUF_INIT, right = BUF_INIT;

	if (view->host_known)
		add_clock(view, &text);
	else
		buf_add_text(&text, view->options.target);
	buf_add_text(&right, view->paused ? "PAUSED  every " : "every ");
	view_add_interval(&right, view->interval_ns);
	buf_printf(&right, "  %s", view->options.source);
	x = canvas_put(canvas, 0, 0, width, STR("pscope "), STYLE_LABEL);
	x += canvas_put(canvas, x, 0, width - x, str_of(view->options.command), STYLE_LABEL);
	x += 2;
	x += canvas_put(canvas, x, 0, width - x, buf_str(&text), STYLE_STRONG);
	if (x + 2 + (int)right.n <= width)
		canvas_put_right(canvas, x, 0, width - x, buf_str(&right),
				 view->paused ? STYLE_WARN : STYLE_PLAIN);
	else if (view->paused)
		canvas_put_right(canvas, 0, 0, width, STR(" PAUSED"), STYLE_WARN);
	buf_deinit(&text);
	buf_deinit(&right);
}

/* ---- the machine ---- */

static void draw_tasks(const struct view *view, struct pen pen)
{
	const struct host_tasks *tasks = &view->host.tasks;

	if (!tasks->known) {
		add_count(&pen, "living", view->totals.living);
		return;
	}
	add_count(&pen, "in all", tasks->total);
	add_count(&pen, "running", tasks->running);
	add_count(&pen, "sleeping", tasks->sleeping);
	if (tasks->stopped)
		add_count(&pen, "stopped", tasks->stopped);
	if (tasks->zombie)
		add_count(&pen, "zombie", tasks->zombie);
	if (tasks->threads)
		add_count(&pen, "threads", tasks->threads);
}

static void draw_shares(const struct view *view, struct pen pen)
{
	const struct host_cpu_share *share = &view->share;
	const struct {
		const char *name;
		double percent;
	} shares[] = {
		{"us", share->user   },
                {"sy", share->system },
                {"ni", share->nice   },
		{"id", share->idle   },
                {"wa", share->iowait },
                {"st", share->steal  },
		{"hi", share->irq    },
                {"si", share->softirq},
	};

	for (size_t i = 0; share->known && i < sizeof shares / sizeof *shares; i++)
		add(&pen, shares[i].name, "%.1f", shares[i].percent);
}

static void draw_memory(const struct view *view, struct pen pen)
{
	struct host_memory_sums sums = host_memory_sums(&view->host);
	const struct {
		const char *name;
		uint64_t bytes;
	} sizes[] = {
		{"used",      sums.used_bytes     },
		{"available", sums.available_bytes},
		{"total",     sums.total_bytes    },
	};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (sizes[i].bytes != HOST_UNKNOWN)
			add_size(&pen, sizes[i].name, (double)sizes[i].bytes);
	if (sums.swap_total_bytes != HOST_UNKNOWN && sums.swap_total_bytes > 0)
		add_size(&pen, "swap used", (double)sums.swap_used_bytes);
	if (sums.cache_bytes != HOST_UNKNOWN)
		add_size(&pen, "cache", (double)sums.cache_bytes);
}

static void draw_ended(const struct view *view, struct pen pen)
{
	const struct track_totals *totals = &view->totals;

	add_count(&pen, "since it began", totals->processes - totals->living);
	if (totals->short_lived)
		add_count(&pen, "short-lived", totals->short_lived);
	if (totals->failed)
		add_count(&pen, "failed", totals->failed);
}

/* ---- the target ---- */

static void draw_tracked(const struct view *view, struct pen pen)
{
	const struct track_totals *totals = &view->totals;

	add_count(&pen, "now", totals->living);
	add_count(&pen, "in all", totals->processes);
	if (totals->short_lived)
		add_count(&pen, "short-lived", totals->short_lived);
	if (totals->failed)
		add_count(&pen, "failed", totals->failed);
}

static void draw_cpu(const struct view *view, struct pen pen)
{
	const struct track_series *cpu = &view->totals.series[TRACK_CPU];

	if (cpu->known) {
		add(&pen, "", "%.1f%%", cpu->now);
		add(&pen, "avg", "%.1f", track_average(cpu));
		add(&pen, "max", "%.1f", cpu->max);
	}
	add_time(&pen, "used", (int64_t)usage_cpu_ns(&view->totals.used));
}

static void draw_use(const struct view *view, struct pen pen)
{
	const struct track_series *memory = &view->totals.series[TRACK_RSS];

	if (memory->known) {
		add_size(&pen, "", memory->now);
		add_size(&pen, "max", memory->max);
	}
}

static void draw_io(const struct view *view, struct pen pen)
{
	const struct track_series *series = view->totals.series;

	if (series[TRACK_DISK].known)
		add_size(&pen, "/s disk", series[TRACK_DISK].now);
	if (series[TRACK_TRANSFER].known)
		add_size(&pen, "/s transfer", series[TRACK_TRANSFER].now);
	if (usage_knows(&view->totals.used, USAGE_READ_BYTES)) {
		add_size(&pen, "read", (double)view->totals.used.value[USAGE_READ_BYTES]);
		add_size(&pen, "written", (double)view->totals.used.value[USAGE_WRITE_BYTES]);
	}
}

/* ---- all of it ---- */

static const struct {
	const char *label;
	void (*draw)(const struct view *view, struct pen pen);
} lines[2][4] = {
	{{"Tracked", draw_tracked}, {"CPU", draw_cpu}, {"Memory", draw_use}, {"I/O", draw_io}},
	{{"Tasks", draw_tasks},
	 {"CPU %", draw_shares},
	 {"Memory", draw_memory},
	 {"Ended", draw_ended}                                                               },
};
#define LINES ((int)(sizeof lines[0] / sizeof *lines[0]))

_Static_assert(1 + LINES == VIEW_HEADER_LINES, "the title and the lines are the header");

/* Of a machine against all that it has; of a target against the most that there was. */
static void draw_graph(const struct view *view, struct canvas *canvas, int x, int columns)
{
	const struct view_history *history = &view->history;
	int first = history->count > (unsigned)columns ? (int)history->count - columns : 0;
	double most = view->host_known ? 100 : 1;

	for (unsigned i = (unsigned)first; i < history->count; i++)
		if (!view->host_known && isfinite(history->values[i]) &&
		    (double)history->values[i] > most)
			most = (double)history->values[i];
	canvas_graph(canvas, x, 1, columns, LINES, history->values, (int)history->count, most);
}

int view_header(const struct view *view, struct canvas *canvas)
{
	int width = (int)canvas->width, height = (int)canvas->height;
	int graph = width - TEXT_COLUMNS;

	if (height < 4)
		return 0;
	draw_title(view, canvas);
	if (height < 2 * (LINES + 2) && !view->plain)
		return 1;
	graph = graph < GRAPH_LEAST ? 0 : graph > GRAPH_MOST ? GRAPH_MOST : graph;
	for (int i = 0; i < LINES; i++)
		lines[view->host_known][i].draw(view, begin_line(canvas, 1 + i,
								 width - (graph ? graph + 2 : 0),
								 lines[view->host_known][i].label));
	if (graph)
		draw_graph(view, canvas, width - graph, graph);
	return 1 + LINES;
}
