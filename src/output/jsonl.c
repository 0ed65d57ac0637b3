/*
 * JSON Lines, one object an event. Key decision: an Exit is written once, when its cost is known;
 * live that means a moment late (the lines then stand out of order), in a rendering the lines
 * behind it wait for it.
 */
#include "output/jsonl.h"

#include "base/clock.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/json_layout.h"
#include "output/ordered_lines.h"

#include <stdlib.h>

/* Lines reach a reader within 100 ms: ticks come every 20 ms. */
#define FLUSH_NS (50 * NS_PER_MS)

struct jsonl {
	struct output output;
	struct jsonl_choice choice;
	struct ordered_lines *ordered; /* NULL when live */
	struct buf text;               /* of the record at hand */
	struct json_name name;         /* of its process */
	int64_t flushed_ns;
};

static int write_line(void *context, struct str text, struct error *err)
{
	struct jsonl *jsonl = context;

	buf_add_str(&jsonl->output.file.pending, text);
	if (jsonl->choice.line_buffered)
		return outfile_flush(&jsonl->output.file, err);
	return output_flush_some(&jsonl->output, err);
}

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct jsonl *jsonl = (struct jsonl *)sink;
	int r = output_open(sink, run, err);

	if (r < 0)
		return r;
	if (!jsonl->output.options.live)
		jsonl->ordered = ordered_lines_new(write_line, jsonl);
	json_add_header(&jsonl->output.file.pending, run);
	/* a live reader sees at once that something begins */
	return jsonl->output.options.live ? outfile_flush(&jsonl->output.file, err) : 0;
}

static int emit(struct jsonl *jsonl, int64_t time_ns, uint64_t id, bool settled, struct error *err)
{
	struct str text = buf_str(&jsonl->text);

	if (text.n == 0)
		return 0;
	if (jsonl->ordered)
		return ordered_lines_add(jsonl->ordered, time_ns, text, id, settled, err);
	return write_line(jsonl, text, err);
}

static struct json_line make_line(struct jsonl *jsonl, const struct record *record,
				  const struct change *change, const struct proc *proc)
{
	const struct jsonl_choice *choice = &jsonl->choice;
	bool named = choice->name && proc;

	if (named)
		jsonl->name = choice->name(choice->context, proc);
	return (struct json_line){jsonl->output.run, record, change, proc,
				  named ? &jsonl->name : NULL};
}

static void add_exit(struct jsonl *jsonl, const struct proc *proc)
{
	struct json_line line;

	buf_clear(&jsonl->text);
	if (jsonl->choice.exit && !jsonl->choice.exit(jsonl->choice.context, proc))
		return;
	line = make_line(jsonl, NULL, NULL, proc);
	json_add_exit(&jsonl->text, &line);
}

/* The end of a process: now if its cost is known, else as soon as it is. */
static int emit_exit(struct jsonl *jsonl, const struct change *change, struct error *err)
{
	const unsigned interesting = jsonl->ordered
					     ? CHANGE_ENDED | CHANGE_FINISHED | CHANGE_CORRECTED
					     : CHANGE_FINISHED;
	const struct proc *proc = change->proc;

	if (!proc || !(change->flags & interesting))
		return 0;
	add_exit(jsonl, proc);
	if (jsonl->ordered && !(change->flags & CHANGE_ENDED) && jsonl->text.n > 0)
		return ordered_lines_settle(jsonl->ordered, proc->id, buf_str(&jsonl->text), err);
	return emit(jsonl, proc->end_ns, proc->id, change->flags & CHANGE_FINISHED, err);
}

static bool is_chosen(const struct jsonl *jsonl, const struct record *record,
		      const struct change *change)
{
	return !jsonl->choice.record || record->kind == RECORD_GAP || record->kind == RECORD_MARK ||
	       jsonl->choice.record(jsonl->choice.context, record, change);
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct jsonl *jsonl = (struct jsonl *)sink;
	struct json_line line;
	int r;

	if (change->flags & CHANGE_DUPLICATE)
		return 0;
	buf_clear(&jsonl->text);
	if (is_chosen(jsonl, record, change)) {
		line = make_line(jsonl, record, change, change->proc);
		json_add_record(&jsonl->text, &line);
	}
	r = emit(jsonl, record->time_ns, 0, true, err);
	return r < 0 ? r : emit_exit(jsonl, change, err);
}

static int on_tick(struct sink *sink, const struct table *table, int64_t now_ns, struct error *err)
{
	struct jsonl *jsonl = (struct jsonl *)sink;

	if (!jsonl->output.options.live || now_ns - jsonl->flushed_ns < FLUSH_NS)
		return 0;
	jsonl->flushed_ns = now_ns;
	return outfile_flush(&jsonl->output.file, err);
}

/* Ended, but nobody told the cost: said with exact false rather than not at all. */
static int emit_unsettled(struct jsonl *jsonl, const struct table *table, struct error *err)
{
	int r = 0;

	for (const struct proc *proc = table->first; proc && r == 0; proc = proc->next) {
		if (!proc->member || proc->state != PROC_ENDED)
			continue;
		add_exit(jsonl, proc);
		r = emit(jsonl, proc->end_ns, 0, true, err);
	}
	return r;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct jsonl *jsonl = (struct jsonl *)sink;
	int r = jsonl->ordered ? ordered_lines_finish(jsonl->ordered, err)
			       : emit_unsettled(jsonl, table, err);

	if (r < 0)
		return r;
	json_add_footer(&jsonl->output.file.pending, run);
	return output_commit(&jsonl->output, err);
}

static void on_free(struct sink *sink)
{
	struct jsonl *jsonl = (struct jsonl *)sink;

	free(jsonl->choice.context);
	ordered_lines_free(jsonl->ordered);
	buf_deinit(&jsonl->text);
	output_free(sink);
}

static const struct sink_ops jsonl_ops = {
	.name = "multiplexed",
	.open = on_open,
	.record = on_record,
	.tick = on_tick,
	.close = on_close,
	.free = on_free,
};

struct sink *jsonl_new(const struct output_options *options, const struct jsonl_choice *choice)
{
	struct jsonl *jsonl = output_new(sizeof *jsonl, &jsonl_ops, options);

	if (choice)
		jsonl->choice = *choice;
	return &jsonl->output.sink;
}

static struct sink *jsonl_create(const struct output_options *options)
{
	return jsonl_new(options, NULL);
}

const struct output_format output_multiplexed = {
	.name = "multiplexed",
	.alias = "jsonl",
	.summary = "JSON Lines, all processes in one stream, in order of time",
	.streams = true,
	.create = jsonl_create,
};
