/*
 * `pscope render -f track`: the table of what was used over time, from any input with samples. Key
 * decision: a track of its own, fed as in a live run, so that both show the same of the same records.
 */
#include "output/formats.h"
#include "output/track/track_report.h"

#include "base/mem.h"

#include <stdlib.h>

struct rendering {
	struct sink sink;
	struct output_options options;
	struct track *track;
	struct sink *table;
};

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct rendering *rendering = (struct rendering *)sink;
	struct track_report report = {0};

	rendering->track = track_new(&(struct track_options){.start_ns = run->start_ns});
	report.track = rendering->track;
	rendering->table = track_table_new(&report, &rendering->options);
	return rendering->table->ops->open(rendering->table, run, err);
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	track_apply(((struct rendering *)sink)->track, record, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct rendering *rendering = (struct rendering *)sink;

	track_finish(rendering->track, run->end_ns);
	return rendering->table->ops->close(rendering->table, table, run, err);
}

static void on_free(struct sink *sink)
{
	struct rendering *rendering = (struct rendering *)sink;

	if (rendering->table)
		rendering->table->ops->free(rendering->table);
	track_free(rendering->track);
	free(rendering);
}

static const struct sink_ops track_ops = {
	.name = "track",
	.open = on_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *create(const struct output_options *options)
{
	struct rendering *rendering = mem_alloc(sizeof *rendering);

	rendering->sink.ops = &track_ops;
	rendering->options = *options;
	return &rendering->sink;
}

const struct output_format output_track = {
	.name = "track",
	.summary = "what each process used over time: the table of 'pscope track'",
	.create = create,
};
