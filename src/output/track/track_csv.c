/* The table for programs: a line per process, every measure exact, what is not known empty. RFC 4180. */
#include "output/track/track_report.h"

#include "base/text.h"

#include <stdlib.h>

#define END "\r\n"

static const enum usage_field sums[] = {
	USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS, USAGE_READ_BYTES,
	USAGE_WRITE_BYTES, USAGE_READ_CHARS, USAGE_WRITE_CHARS,
};
#define SUMS (sizeof sums / sizeof *sums)

static void add_headings(struct buf *out, const struct track_report *report)
{
	buf_add_text(out, report->group ? "group,processes,short_lived"
					: "pid,name,ppid,uid,start_ns,end_ns,status,samples,"
					  "short_lived,exact");
	for (int i = 0; i < TRACK_MEASURES; i++) {
		const char *name = track_measures[i].name;

		buf_printf(out, ",%s_min,%s_max,%s_avg", name, name, name);
	}
	for (size_t i = 0; i < SUMS; i++)
		buf_printf(out, ",%s", usage_names[sums[i]]);
	buf_add_text(out, END);
}

static void add_name(struct buf *out, struct str name)
{
	struct buf safe = BUF_INIT;

	text_add_safe(&safe, name);
	buf_add_char(out, '"');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, safe.p[i]);
	}
	buf_add_char(out, '"');
	buf_deinit(&safe);
}

static void add_process(struct buf *out, const struct track_row *row, const struct run *run)
{
	buf_printf(out, "%d,", row->pid);
	add_name(out, row->name);
	buf_printf(out, ",%d,", row->ppid);
	if (row->uid != UID_UNKNOWN)
		buf_add_u64(out, row->uid);
	buf_printf(out, ",%lld,", (long long)(row->start_ns - run->start_ns));
	if (row->end_ns)
		buf_printf(out, "%lld", (long long)(row->end_ns - run->start_ns));
	buf_add_char(out, ',');
	if (row->status != STATUS_UNKNOWN)
		buf_printf(out, "%d", row->status);
	buf_printf(out, ",%u,%d,%d", row->samples, row->short_lived, row->exact);
}

static void add_line(struct buf *out, const struct track_line *line, const struct run *run)
{
	if (line->row) {
		add_process(out, line->row, run);
	} else {
		add_name(out, line->name);
		buf_printf(out, ",%llu,%llu", (unsigned long long)line->processes,
			   (unsigned long long)line->short_lived);
	}
	for (int i = 0; i < TRACK_MEASURES; i++) {
		const struct track_series *series = &line->series[i];

		if (series->known)
			buf_printf(out, ",%.3f,%.3f,%.3f", series->min, series->max,
				   track_average(series));
		else
			buf_add_text(out, ",,,");
	}
	for (size_t i = 0; i < SUMS; i++) {
		buf_add_char(out, ',');
		if (usage_knows(line->used, sums[i]))
			buf_add_u64(out, line->used->value[sums[i]]);
	}
	buf_add_text(out, END);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct track_sheet *sheet = (struct track_sheet *)sink;
	struct buf *out = &sheet->output.file.pending;
	size_t count;
	struct track_line *lines = track_lines_sorted(&sheet->report, &count);

	if (count > 0)
		add_headings(out, &sheet->report);
	for (size_t i = 0; i < count; i++)
		add_line(out, &lines[i], run);
	free(lines);
	return output_commit(&sheet->output, err);
}

static const struct sink_ops csv_ops = {
	.name = "track csv",
	.open = output_open,
	.close = on_close,
	.free = output_free,
};

struct sink *track_csv_new(const struct track_report *report, const struct output_options *options)
{
	return track_sheet_new(&csv_ops, report, options);
}
