/*
 * The comparison of two recordings. Key decision: a side keeps its history and no more, so a
 * million processes on each fit into memory, and the sides may come from any input.
 */
#include "base/mem.h"
#include "output/diff/diff_view.h"

#include <stdlib.h>

struct side {
	struct sink sink;
	struct history history;
	struct run run;
	struct report report;
};

struct diff {
	struct diff_options options;
	struct side sides[ALIGN_SIDES];
};

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	history_record(&((struct side *)sink)->history, record, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct side *side = (struct side *)sink;

	history_finish(&side->history, table, run);
	side->run = *run;
	report_make(&side->report, &side->history, run, 0);
	return 0;
}

static const struct sink_ops side_ops = {
	.name = "comparison",
	.record = on_record,
	.close = on_close,
};

struct diff *diff_new(const struct diff_options *options)
{
	struct diff *diff = mem_alloc(sizeof *diff);

	diff->options = *options;
	for (int i = 0; i < ALIGN_SIDES; i++) {
		diff->sides[i].sink.ops = &side_ops;
		diff->sides[i].history = HISTORY_INIT;
	}
	return diff;
}

void diff_free(struct diff *diff)
{
	if (!diff)
		return;
	for (int i = 0; i < ALIGN_SIDES; i++) {
		report_deinit(&diff->sides[i].report);
		history_deinit(&diff->sides[i].history);
	}
	free(diff);
}

struct sink *diff_sink(struct diff *diff, int side)
{
	return &diff->sides[side].sink;
}

static int write_page(const struct report_options *options, const struct diff_view *view,
		      struct error *err)
{
	static void (*const forms[])(struct buf * out, const struct diff_view *view) = {
		[REPORT_TEXT] = diff_write_text,
		[REPORT_JSON] = diff_write_json,
		[REPORT_MARKDOWN] = diff_write_markdown,
	};
	const struct output_options *output = &options->output;
	struct outfile file;
	int r = outfile_open(&file, output->path, OUTFILE_RENAME, output->out_fd, output->owner_uid,
			     output->owner_gid, err);

	if (r < 0)
		return r;
	forms[options->form](&file.pending, view);
	return outfile_commit(&file, err);
}

int diff_write(struct diff *diff, unsigned *ret_failed, struct error *err)
{
	struct report_view views[ALIGN_SIDES];
	const struct history *histories[ALIGN_SIDES];
	struct difference difference;
	struct diff_view view = {
		.difference = &difference,
		.noise = &diff->options.noise,
		.conditions = diff->options.conditions,
		.names = diff->options.names,
	};
	int r;

	for (int i = 0; i < ALIGN_SIDES; i++) {
		struct side *side = &diff->sides[i];

		histories[i] = &side->history;
		view.reports[i] = &side->report;
		view.sides[i] = &views[i];
		views[i] = (struct report_view){&side->history, &side->report, &side->run,
						&diff->options.report, &view};
	}
	difference_make(&difference, histories, view.reports, &diff->options.noise);
	r = write_page(&diff->options.report, &view, err);
	if (r >= 0)
		*ret_failed = diff_failed(&view);
	difference_deinit(&difference);
	return r;
}
