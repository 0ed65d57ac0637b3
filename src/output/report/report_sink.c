/*
 * The sink behind every form of a report. Key decision: it keeps the history and nothing else, so
 * the table may forget the dead and a million processes fit into memory.
 */
#include "output/report/report_view.h"

#include <errno.h>

#define TEXT_WIDTH     100 /* where the width is not known */
#define MARKDOWN_WIDTH 80
#define JSON_BUCKETS   100

struct report_sink {
	struct output output;
	struct report_options options;
	struct history history;
};

static unsigned text_buckets(const struct report_options *options)
{
	return report_chart_buckets(options->output.width ? options->output.width : TEXT_WIDTH);
}

static unsigned markdown_buckets(const struct report_options *options)
{
	(void)options;
	return report_chart_buckets(MARKDOWN_WIDTH);
}

static unsigned json_buckets(const struct report_options *options)
{
	(void)options;
	return JSON_BUCKETS;
}

static unsigned no_buckets(const struct report_options *options)
{
	(void)options;
	return 0;
}

static const struct {
	unsigned (*buckets)(const struct report_options *options);
	void (*write)(struct buf *out, const struct report_view *view);
} forms[] = {
	[REPORT_TEXT] = {text_buckets,     report_write_text    },
	[REPORT_JSON] = {json_buckets,     report_write_json    },
	[REPORT_MARKDOWN] = {markdown_buckets, report_write_markdown},
	[REPORT_VERDICT] = {no_buckets,       report_write_verdict },
};

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	history_record(&((struct report_sink *)sink)->history, record, change);
	return 0;
}

/* The verdicts of the budget to where they were asked for. */
static int tell_verdicts(const struct report_view *view, struct error *err)
{
	const struct report_options *options = view->options;
	struct outfile file;
	int r;

	if (!options->budget)
		return 0;
	if (options->ret_broken)
		*options->ret_broken = budget_broken(options->budget, view->report);
	if (!options->junit)
		return 0;
	r = outfile_open(&file, options->junit, OUTFILE_RENAME, options->output.out_fd,
			 options->output.owner_uid, options->output.owner_gid, err);
	if (r < 0)
		return r;
	report_write_junit(&file.pending, view);
	return outfile_commit(&file, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct report_sink *self = (struct report_sink *)sink;
	int32_t root_pid = self->options.root_pid;
	int r;
	struct report report;
	const struct report_view view = {&self->history, &report, run, &self->options};

	if (root_pid && self->history.count == 0)
		return error_set(err, ESRCH,
				 "no process of the recording has the number %d; 'pscope render -f "
				 "tree' shows those there are",
				 root_pid);
	history_finish(&self->history, table, run);
	report_make(&report, &self->history, run,
		    forms[self->options.form].buckets(&self->options));
	forms[self->options.form].write(&self->output.file.pending, &view);
	r = tell_verdicts(&view, err);
	report_deinit(&report);
	return r < 0 ? r : output_commit(&self->output, err);
}

static void on_free(struct sink *sink)
{
	history_deinit(&((struct report_sink *)sink)->history);
	output_free(sink);
}

static const struct sink_ops report_ops = {
	.name = "report",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

struct sink *report_new(const struct report_options *options)
{
	struct report_sink *self = output_new(sizeof *self, &report_ops, &options->output);

	self->options = *options;
	self->history = HISTORY_INIT;
	return &self->output.sink;
}
