/* A report for programs: one object; times in ns since the start, sizes in bytes. */
#include "analysis/figure.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/status.h"
#include "output/report/report_view.h"

#define REPORT_VERSION 1

static void add_words(struct json *j, struct str words)
{
	struct str word;

	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

void report_json_run(struct json *j, const struct report_view *view)
{
	const struct run *run = view->run;
	struct ending ending = status_decode(report_status(view));
	char started[40];

	clock_rfc3339(run->started_real_ns, started);
	json_key(j, "command"), add_words(j, report_command(view));
	json_key_str(j, "target", run->target);
	json_key_str(j, "host", run->host);
	json_key(j, "started"), json_text(j, run->started_real_ns ? started : NULL);
	json_key(j, "source"), json_text(j, run->source);
	json_key(j, "ended"), json_bool(j, run->ended);
	json_key(j, "exit_code");
	if (ending.known && !ending.signal)
		json_i64(j, ending.exit_code);
	else
		json_null(j);
	json_key(j, "signal");
	json_text(j, ending.known && ending.signal ? signal_name(ending.signal) : NULL);
}

static void add_figures(struct json *j, const struct report *report)
{
	json_key(j, "figures"), json_open(j, '{');
	for (unsigned i = 0; i < figure_count; i++) {
		json_key(j, figures[i].json);
		json_u64(j, figure_value(&figures[i], report));
	}
	json_key(j, "inexact"), json_u64(j, report->inexact);
	json_key(j, "ran_before"), json_u64(j, report->ran_before);
	json_key(j, "cpus_busy");
	json_double(j, report->wall_ns > 0 ? (double)report->cpu_ns / (double)report->wall_ns : 0);
	json_key(j, "cpus");
	if (report->cpus)
		json_u64(j, report->cpus);
	else
		json_null(j);
	json_close(j, '}');
}

/* The course over time: what the chart shows. */
static void add_course(struct json *j, const struct busy *busy)
{
	int64_t ns =
		busy->bucket_count ? (busy->end_ns - busy->begin_ns) / busy->bucket_count + 1 : 0;

	json_key(j, "course"), json_open(j, '{');
	json_key(j, "interval_ns"), json_i64(j, ns);
	json_key(j, "at_work"), json_open(j, '[');
	for (unsigned i = 0; i < busy->bucket_count; i++)
		json_double(j, busy->buckets[i].at_work);
	json_close(j, ']');
	json_key(j, "cpus_busy"), json_open(j, '[');
	for (unsigned i = 0; i < busy->bucket_count; i++)
		json_double(j, busy->buckets[i].cpus);
	json_close(j, ']');
	json_close(j, '}');
}

void report_json_section(struct json *j, const struct report_view *view,
			 const struct report_section *section)
{
	size_t rows = report_rows(view, section);
	unsigned columns = report_columns(section);

	json_key(j, section->key), json_open(j, '[');
	for (size_t row = 0; row < rows; row++) {
		union report_cell cells[REPORT_COLUMNS];

		section->row(view, row, cells);
		buf_add_text(j->out, row ? ",\n  " : "\n  ");
		j->comma = false;
		json_open(j, '{');
		for (unsigned i = 0; i < columns; i++) {
			json_key(j, section->columns[i].key);
			report_json_cell(j, view, section->columns[i].type, cells[i]);
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

void report_write_json(struct buf *out, const struct report_view *view)
{
	const struct report *report = view->report;
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "version"), json_i64(&j, REPORT_VERSION);
	report_json_run(&j, view);
	add_figures(&j, report);
	add_course(&j, &report->busy);
	for (unsigned i = 0; i < report_section_count; i++)
		report_json_section(&j, view, &report_sections[i]);
	json_close(&j, '}');
	buf_add_char(out, '\n');
}
