/*
 * The table at the end. Key decision: its columns are rows here, each with its scale in the three
 * units; the totals are a row of the same shape, and sentences below it say what no column can.
 */
#include "output/track/track_report.h"

#include "base/text.h"
#include "base/units.h"
#include "output/grid.h"
#include "output/value.h"

#include <stdlib.h>

#define MIB (1024.0 * 1024)

struct column {
	enum track_measure measure;
	double scale; /* what one unit of the documented form is */
	bool bytes;
	const char *headings[3]; /* by enum track_units */
};

#define HEADING(name) name "(min/max/avg)"

static const struct column columns[] = {
	{TRACK_CPU,      1,   false, {HEADING("CPU%"), HEADING("CPU%"), HEADING("CPU%")}        },
	{TRACK_RSS,      MIB, true,  {HEADING("MEM_MB"), HEADING("MEM"), HEADING("MEM_BYTES")}  },
	{TRACK_PSS,      MIB, true,  {HEADING("PSS_MB"), HEADING("PSS"), HEADING("PSS_BYTES")}  },
	{TRACK_DISK,     1,   true,  {HEADING("DISK_Bps"), HEADING("DISK"), HEADING("DISK_Bps")}},
	{TRACK_TRANSFER, 1,   true,  {HEADING("XFER_Bps"), HEADING("XFER"), HEADING("XFER_Bps")}},
};
#define COLUMNS (sizeof columns / sizeof *columns)
#define NAMED   4 /* PID, NAME, PPID; or the group and what is counted of it */

static bool is_shown(const struct track_report *report, const struct column *column)
{
	return column->measure != TRACK_PSS || report->pss;
}

static void add_value(struct buf *out, const struct column *column, double value,
		      enum track_units units)
{
	if (column->bytes && units == TRACK_HUMAN)
		units_add_bytes(out, (uint64_t)(value + 0.5));
	else if (column->bytes && units == TRACK_BYTES)
		buf_printf(out, "%.0f", value);
	else
		buf_printf(out, "%.2f", value / column->scale);
}

static void add_series(struct grid *grid, const struct track_report *report,
		       const struct track_series *series)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const struct track_series *one = &series[columns[i].measure];
		struct buf *cell;

		if (!is_shown(report, &columns[i]))
			continue;
		cell = grid_cell(grid);
		if (!one->known) {
			buf_add_char(cell, '-');
			continue;
		}
		add_value(cell, &columns[i], one->min, report->units);
		buf_add_char(cell, '/');
		add_value(cell, &columns[i], one->max, report->units);
		buf_add_char(cell, '/');
		add_value(cell, &columns[i], track_average(one), report->units);
	}
}

static void add_process(struct grid *grid, const struct track_row *row)
{
	buf_add_i64(grid_cell(grid), row->pid);
	text_add_safe(grid_cell(grid), row->name.n > 0 ? row->name : STR("?"));
	buf_add_i64(grid_cell(grid), row->ppid);
}

static void add_group(struct grid *grid, const struct track_line *line)
{
	text_add_safe(grid_cell(grid), line->name.n > 0 ? line->name : STR("?"));
	value_add_count(grid_cell(grid), line->processes);
	value_add_count(grid_cell(grid), line->short_lived);
	units_add_duration(grid_cell(grid), (int64_t)usage_cpu_ns(line->used));
}

static void add_line(struct grid *grid, const struct track_report *report,
		     const struct track_line *line)
{
	if (line->row)
		add_process(grid, line->row);
	else
		add_group(grid, line);
	add_series(grid, report, line->series);
}

static void add_total(struct grid *grid, const struct track_report *report)
{
	const struct track_totals *totals = track_totals(report->track);
	struct buf *name;

	if (report->group) {
		add_group(grid, &(struct track_line){.name = STR("TOTAL"),
						     .used = &totals->used,
						     .processes = totals->processes,
						     .short_lived = totals->short_lived});
	} else {
		grid_text(grid, "TOTAL");
		name = grid_cell(grid);
		value_add_count(name, totals->processes);
		buf_add_text(name, totals->processes == 1 ? " process" : " processes");
		grid_text(grid, "-");
	}
	add_series(grid, report, totals->series);
}

/* ---- the sentences ---- */

static void add_cpu(struct buf *out, const struct track_totals *totals)
{
	uint64_t all = usage_cpu_ns(&totals->used), sampled = totals->sampled_cpu_ns;

	buf_add_text(out, "CPU time ");
	units_add_duration(out, (int64_t)all);
	buf_add_text(out, " (user ");
	units_add_duration(out, (int64_t)totals->used.value[USAGE_CPU_USER_NS]);
	buf_add_text(out, ", system ");
	units_add_duration(out, (int64_t)totals->used.value[USAGE_CPU_SYS_NS]);
	buf_add_char(out, ')');
	if (all > 0)
		buf_printf(out, "; sampling alone would have missed %.1f %%",
			   sampled < all ? 100.0 * (double)(all - sampled) / (double)all : 0.0);
	buf_add_char(out, '\n');
}

static void add_counts(struct buf *out, const struct track_totals *totals)
{
	value_add_count(out, totals->processes);
	buf_add_text(out, totals->processes == 1 ? " process seen, " : " processes seen, ");
	value_add_count(out, totals->short_lived);
	buf_add_text(out, " short-lived");
	if (totals->series[TRACK_RSS].known) {
		buf_add_text(out, "; memory peak of the sum ");
		units_add_bytes(out, (uint64_t)totals->series[TRACK_RSS].max);
	}
	if (totals->dropped > 0) {
		buf_add_text(out, "; rows of ");
		value_add_count(out, totals->dropped);
		buf_add_text(out, " that used least are left out");
	}
	buf_add_char(out, '\n');
}

/* The next part of a sentence. */
static void begin_part(struct buf *out, const char *text)
{
	buf_add_text(out, out->n > 0 && out->p[out->n - 1] == ':' ? " " : ", ");
	buf_add_text(out, text);
}

static void add_size(struct buf *out, const char *text, const struct usage *usage,
		     enum usage_field field)
{
	if (!usage_knows(usage, field))
		return;
	begin_part(out, text);
	units_add_bytes(out, usage->value[field]);
}

/* What the kernel counted for the cgroup: also of who was never seen in it. */
static void add_cgroup(struct buf *out, const struct track_totals *totals)
{
	const struct usage *used = &totals->cgroup_used, *now = &totals->cgroup_now;

	if (!used->known && !now->known)
		return;
	buf_add_text(out, "cgroup:");
	if (usage_knows(used, USAGE_CPU_USER_NS)) {
		begin_part(out, "CPU time ");
		units_add_duration(out, (int64_t)usage_cpu_ns(used));
	}
	add_size(out, "memory ", now, USAGE_RSS_BYTES);
	add_size(out, "at most ever ", now, USAGE_RSS_PEAK_BYTES);
	add_size(out, "read ", used, USAGE_READ_BYTES);
	add_size(out, "written ", used, USAGE_WRITE_BYTES);
	if (usage_knows(now, USAGE_THREADS)) {
		begin_part(out, "tasks ");
		buf_add_u64(out, now->value[USAGE_THREADS]);
	}
	buf_add_char(out, '\n');
}

/* ---- the sink ---- */

static unsigned fill_columns(const struct track_report *report, struct grid_column *ret)
{
	const struct grid_column of_process[] = {
		{"PID",  true },
                {"NAME", false},
                {"PPID", true }
        };
	const struct grid_column of_group[] = {
		{report->group, false},
		{"PROCESSES",   true },
		{"SHORT-LIVED", true },
		{"CPU-TIME",    true }
        };
	unsigned count = report->group ? 4 : 3;

	memcpy(ret, report->group ? of_group : of_process, count * sizeof *ret);
	for (size_t i = 0; i < COLUMNS; i++)
		if (is_shown(report, &columns[i]))
			ret[count++] =
				(struct grid_column){columns[i].headings[report->units], true};
	return count;
}

static void add_grid(const struct track_report *report, bool colour, struct buf *out)
{
	struct grid_column headings[NAMED + COLUMNS];
	struct grid grid;
	size_t count;
	struct track_line *lines = track_lines_sorted(report, &count);

	grid_init(&grid, headings, fill_columns(report, headings));
	for (size_t i = 0; i < count; i++)
		add_line(&grid, report, &lines[i]);
	add_total(&grid, report);
	grid_print(&grid, out, 0, 0, colour);
	grid_deinit(&grid);
	free(lines);
}

/* Does a line have more than that many columns? Without colours. */
static bool is_wider(struct str text, size_t width)
{
	while (text.n > 0)
		if (value_columns(str_cut(&text, '\n')) > width)
			return true;
	return false;
}

/* The documented figures are wide: on a terminal where lines would be folded they are scaled. */
static enum track_units fitting_units(const struct track_sheet *sheet)
{
	struct buf text = BUF_INIT;
	bool wide = false;

	if (sheet->report.units == TRACK_DOCUMENTED && sheet->output.options.terminal) {
		add_grid(&sheet->report, false, &text);
		wide = is_wider(buf_str(&text), sheet->output.options.width);
	}
	buf_deinit(&text);
	return wide ? TRACK_HUMAN : sheet->report.units;
}

static void write_table(const struct track_sheet *sheet, struct buf *out)
{
	const struct track_totals *totals = track_totals(sheet->report.track);
	struct track_report report = sheet->report;

	report.units = fitting_units(sheet);
	buf_add_char(out, '\n');
	add_grid(&report, sheet->output.options.colour, out);
	buf_add_char(out, '\n');
	add_cpu(out, totals);
	add_counts(out, totals);
	add_cgroup(out, totals);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct track_sheet *sheet = (struct track_sheet *)sink;

	if (track_totals(sheet->report.track)->processes > 0)
		write_table(sheet, &sheet->output.file.pending);
	return output_commit(&sheet->output, err);
}

static const struct sink_ops table_ops = {
	.name = "track table",
	.open = output_open,
	.close = on_close,
	.free = output_free,
};

struct sink *track_table_new(const struct track_report *report,
			     const struct output_options *options)
{
	return track_sheet_new(&table_ops, report, options);
}
