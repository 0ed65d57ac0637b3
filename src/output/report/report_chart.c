/*
 * Who was at work over time: bars of block characters over an axis with round times. Key decision: a
 * column is one bucket of the analysis, so that bars, ticks and the strip of CPUs stand in line.
 */
#include "base/clock.h"
#include "base/units.h"
#include "output/report/report_view.h"

#include <math.h>
#include <stdio.h>

#define HEIGHT       4 /* lines of the bars */
#define SCALE        7 /* columns of the scale before the bars, with a blank */
#define LEAST        20
#define MOST         120
#define TICK_COLUMNS 12 /* between two labels, at least */

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const plain[] = {" ", " ", ".", ".", ":", ":", "|", "|", "#"};

struct chart {
	struct buf *out;
	const struct busy *busy;
	const char *const *bars; /* by eighths */
	bool ascii;
	unsigned indent;
};

unsigned report_chart_buckets(unsigned width)
{
	unsigned used = 4 + SCALE;

	if (width < used + LEAST)
		return LEAST;
	return width - used < MOST ? width - used : MOST;
}

static void begin_line(const struct chart *chart, const char *scale)
{
	buf_add_repeat(chart->out, ' ', chart->indent);
	buf_printf(chart->out, "%*s ", SCALE - 1, scale);
}

static void end_line(const struct chart *chart)
{
	while (chart->out->n > 0 && chart->out->p[chart->out->n - 1] == ' ')
		chart->out->n--;
	buf_add_char(chart->out, '\n');
}

/* Eighths of a line that are filled; what is there at all is seen. */
static unsigned eighths(double value, double top, unsigned lines, unsigned line)
{
	double filled = top > 0 ? value / top * 8 * lines : 0;
	unsigned all = filled > 0 && filled < 1 ? 1 : (unsigned)lround(filled);
	unsigned below = 8 * line;

	return all <= below ? 0 : all - below < 8 ? all - below : 8;
}

static void add_bars(const struct chart *chart, double top)
{
	for (unsigned line = HEIGHT; line-- > 0;) {
		char scale[24] = "";

		if (line == HEIGHT - 1)
			snprintf(scale, sizeof scale, "%.3g", top);
		begin_line(chart, scale);
		for (unsigned i = 0; i < chart->busy->bucket_count; i++)
			buf_add_text(chart->out,
				     chart->bars[eighths(chart->busy->buckets[i].at_work, top,
							 HEIGHT, line)]);
		end_line(chart);
	}
}

/* One line: full is all CPUs. */
static void add_cpus(const struct chart *chart, unsigned cpus)
{
	if (cpus == 0 || chart->busy->cpu_ns == 0)
		return;
	begin_line(chart, "CPU");
	for (unsigned i = 0; i < chart->busy->bucket_count; i++)
		buf_add_text(chart->out,
			     chart->bars[eighths(chart->busy->buckets[i].cpus, cpus, 1, 0)]);
	end_line(chart);
}

/* ---- the axis ---- */

/* The smallest round time of which labels do not touch. */
static int64_t tick_ns(int64_t least_ns)
{
	static const int64_t rounds[] = {15, 30, 60, 120, 300, 600, 900, 1800, 3600};
	int64_t unit = 1;

	for (; unit < 10 * NS_PER_SEC; unit *= 10)
		for (int64_t k = 1; k <= 5; k += k == 1 ? 1 : 3)
			if (k * unit >= least_ns)
				return k * unit;
	for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++)
		if (rounds[i] * NS_PER_SEC >= least_ns)
			return rounds[i] * NS_PER_SEC;
	return (least_ns / (3600 * NS_PER_SEC) + 1) * 3600 * NS_PER_SEC;
}

/* "500ms", "10s", "2m": the time is round, so what units_add_duration has behind it is not needed. */
static void add_tick(struct buf *out, int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = {
		{3600 * NS_PER_SEC, "h" },
                {60 * NS_PER_SEC,   "m" },
                {NS_PER_SEC,        "s" },
		{NS_PER_MS,         "ms"},
                {NS_PER_US,         "us"},
                {1,                 "ns"},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (ns % units[i].ns != 0 || (ns == 0 && units[i].ns != NS_PER_SEC))
			continue;
		buf_add_i64(out, ns / units[i].ns);
		buf_add_text(out, units[i].unit);
		return;
	}
}

static void add_axis(const struct chart *chart)
{
	const struct busy *busy = chart->busy;
	int64_t width_ns = (busy->end_ns - busy->begin_ns) / busy->bucket_count + 1;
	int64_t step_ns = tick_ns(TICK_COLUMNS * width_ns), next_ns = 0;
	struct buf labels = BUF_INIT;

	begin_line(chart, "");
	for (unsigned i = 0; i < busy->bucket_count; i++) {
		bool tick = next_ns < (int64_t)(i + 1) * width_ns;

		buf_add_text(chart->out, tick           ? (chart->ascii ? "+" : "┴")
					 : chart->ascii ? "-"
							: "─");
		if (!tick)
			continue;
		buf_add_repeat(&labels, ' ', labels.n < i ? i - labels.n : 0);
		add_tick(&labels, next_ns);
		next_ns += step_ns;
	}
	buf_add_char(chart->out, '\n');
	begin_line(chart, "");
	buf_add_str(chart->out, buf_str(&labels));
	buf_add_char(chart->out, '\n');
	buf_deinit(&labels);
}

void report_add_chart(struct buf *out, const struct report_view *view, unsigned indent)
{
	const struct busy *busy = &view->report->busy;
	bool ascii = view->options->output.ascii;
	const struct chart chart = {out, busy, ascii ? plain : blocks, ascii, indent};
	double top = 0;

	for (unsigned i = 0; i < busy->bucket_count; i++)
		top = busy->buckets[i].at_work > top ? busy->buckets[i].at_work : top;
	if (top <= 0)
		return;
	add_bars(&chart, ceil(top));
	add_axis(&chart);
	add_cpus(&chart, view->report->cpus);
}
