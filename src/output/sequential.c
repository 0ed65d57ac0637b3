/*
 * The third generation of proctrace's recordings: five kinds of events, numbered by seq, for
 * tools that read those. Key decision: seq is given when a line leaves the queue, so that it
 * counts in order of time; no line of ours that such a reader does not know.
 */
#include "output/common.h"
#include "output/formats.h"
#include "output/json_layout.h"
#include "output/ordered_lines.h"

struct sequential {
	struct output output;
	struct ordered_lines *ordered;
	struct buf text;
	uint64_t next_seq;
};

static int write_line(void *context, struct str text, struct error *err)
{
	struct sequential *sequential = context;
	struct buf *out = &sequential->output.file.pending;
	size_t at = json_proctrace_seq_at(text);

	buf_add(out, text.p, at);
	buf_add_text(out, "\"seq\":");
	buf_add_u64(out, sequential->next_seq++);
	buf_add_char(out, ',');
	buf_add_str(out, str_skip(text, at));
	return output_flush_some(&sequential->output, err);
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct sequential *sequential = (struct sequential *)sink;
	const struct json_line line = {sequential->output.run, record, change, change->proc};

	if (change->flags & CHANGE_DUPLICATE)
		return 0;
	buf_clear(&sequential->text);
	if (!json_add_proctrace(&sequential->text, &line))
		return 0;
	return ordered_lines_add(sequential->ordered, record->time_ns, buf_str(&sequential->text),
				 0, true, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct sequential *sequential = (struct sequential *)sink;
	int r = ordered_lines_finish(sequential->ordered, err);

	return r < 0 ? r : output_commit(&sequential->output, err);
}

static void on_free(struct sink *sink)
{
	struct sequential *sequential = (struct sequential *)sink;

	ordered_lines_free(sequential->ordered);
	buf_deinit(&sequential->text);
	output_free(sink);
}

static const struct sink_ops sequential_ops = {
	.name = "sequential",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *sequential_create(const struct output_options *options)
{
	struct sequential *sequential = output_new(sizeof *sequential, &sequential_ops, options);

	sequential->ordered = ordered_lines_new(write_line, sequential);
	return &sequential->output.sink;
}

const struct output_format output_sequential = {
	.name = "sequential",
	.summary = "JSON Lines as proctrace writes them (third generation)",
	.create = sequential_create,
};
