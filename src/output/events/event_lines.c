/*
 * The event log for people: one line an event. Key decision: a live line leaves with the event, an
 * end too, without waiting for its cost; in a rendering, whose input may hold the ends late, lines
 * are put into order of time first, and their times are written last.
 */
#include "output/common.h"
#include "output/events/event_choice.h"
#include "output/events/event_clock.h"
#include "output/events/event_describe.h"
#include "output/formats.h"
#include "output/ordered_lines.h"
#include "output/value.h"

/* What stands before the text of a line while it waits for its turn. */
struct line_head {
	int64_t time_ns;
	unsigned rows; /* of the terminal */
};

struct event_lines {
	struct output output;
	struct event_options options;
	struct event_clock clock;
	struct event_columns columns;
	struct event_line line;
	struct ordered_lines *ordered; /* NULL when live */
	struct buf text;               /* a struct line_head, then all behind the Time column */
	struct buf time;
	unsigned since_heading; /* rows */
};

static void add_heading(struct event_lines *lines)
{
	struct buf *out = &lines->output.file.pending, heading = BUF_INIT;
	bool colour = lines->output.options.colour;

	buf_printf(&heading, "%-*s", (int)event_clock_width(&lines->clock), "Time");
	event_columns_add_heading(&lines->columns, &heading);
	if (colour)
		buf_add_text(out, "\x1b[1m");
	buf_add(out, heading.p, heading.n - 1);
	buf_add_text(out, colour ? "\x1b[0m\n" : "\n");
	buf_deinit(&heading);
	lines->since_heading = 0;
}

static int write_line(void *context, struct str text, struct error *err)
{
	struct event_lines *lines = context;
	struct buf *out = &lines->output.file.pending;
	struct line_head head;

	memcpy(&head, text.p, sizeof head);
	/* one row is always a heading: the last one is never scrolled out of sight */
	if (lines->options.rows > 2 && lines->since_heading + head.rows > lines->options.rows - 2)
		add_heading(lines);
	lines->since_heading += head.rows;
	buf_clear(&lines->time);
	event_clock_add(&lines->clock, &lines->time, head.time_ns);
	event_columns_add_dim(&lines->columns, out, buf_str(&lines->time));
	buf_add_str(out, str_skip(text, sizeof head));
	if (lines->options.line_buffered)
		return outfile_flush(&lines->output.file, err);
	return output_flush_some(&lines->output, err);
}

/* The head's place, to be filled. */
static void begin(struct event_lines *lines)
{
	static const struct line_head empty;

	buf_clear(&lines->text);
	buf_add(&lines->text, &empty, sizeof empty);
}

static int emit(struct event_lines *lines, struct line_head head, struct error *err)
{
	struct str text = buf_str(&lines->text);

	memcpy(lines->text.p, &head, sizeof head);
	if (lines->ordered)
		return ordered_lines_add(lines->ordered, head.time_ns, text, 0, true, err);
	return write_line(lines, text, err);
}

static int emit_line(struct event_lines *lines, int64_t time_ns, struct error *err)
{
	struct line_head head = {time_ns, 1};

	begin(lines);
	head.rows = event_columns_add(&lines->columns, &lines->text, &lines->line);
	return emit(lines, head, err);
}

static int emit_text(struct event_lines *lines, const struct record *record, struct error *err)
{
	struct buf text = BUF_INIT;
	int r;

	if (record->kind == RECORD_GAP) {
		if (record->gap.lost)
			value_add_count(&text, record->gap.lost);
		buf_add_text(&text, record->gap.lost == 1  ? " event lost: "
				    : record->gap.lost > 0 ? " events lost: "
							   : "events lost, unknown how many: ");
		buf_add_str(&text, record->gap.reason.p ? record->gap.reason : STR("?"));
	} else {
		buf_add_str(&text, record->mark);
	}
	begin(lines);
	if (record->kind == RECORD_GAP) /* the name that forkstat gives to it */
		event_columns_add_text(&lines->columns, &lines->text, "recv", TONE_FAILED,
				       buf_str(&text));
	else
		event_columns_add_text(&lines->columns, &lines->text, "note", TONE_CHANGE,
				       buf_str(&text));
	r = emit(lines, (struct line_head){record->time_ns, 1}, err);
	buf_deinit(&text);
	return r;
}

static int on_open(struct sink *sink, const struct run *run, struct error *err)
{
	struct event_lines *lines = (struct event_lines *)sink;
	const struct output_options *output = &lines->output.options;
	int r = output_open(sink, run, err);

	if (r < 0)
		return r;
	if (!output->live)
		lines->ordered = ordered_lines_new(write_line, lines);
	event_clock_init(&lines->clock, lines->options.stamp, run);
	event_columns_init(&lines->columns, &lines->options, output,
			   event_clock_width(&lines->clock));
	add_heading(lines);
	return output->live ? outfile_flush(&lines->output.file, err) : 0;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct event_lines *lines = (struct event_lines *)sink;
	bool wanted = event_wants(&lines->options, record, change);
	int r = 0;

	if (record->kind == RECORD_GAP || record->kind == RECORD_MARK)
		return emit_text(lines, record, err);
	for (unsigned i = 0; wanted && i < event_describe_count(record) && r == 0; i++) {
		event_line_clear(&lines->line);
		event_describe(&lines->line, &lines->options, record, change, i);
		r = emit_line(lines, record->time_ns, err);
	}
	if (r < 0 || !event_ends(&lines->options, change) ||
	    !event_wants_end(&lines->options, change->proc))
		return r;
	event_line_clear(&lines->line);
	event_describe_end(&lines->line, &lines->options, change->proc);
	return emit_line(lines, change->proc->end_ns, err);
}

static int on_tick(struct sink *sink, const struct table *table, int64_t now_ns, struct error *err)
{
	return outfile_flush(&((struct event_lines *)sink)->output.file, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct event_lines *lines = (struct event_lines *)sink;
	int r = lines->ordered ? ordered_lines_finish(lines->ordered, err) : 0;

	return r < 0 ? r : output_commit(&lines->output, err);
}

static void on_free(struct sink *sink)
{
	struct event_lines *lines = (struct event_lines *)sink;

	ordered_lines_free(lines->ordered);
	event_columns_deinit(&lines->columns);
	event_line_deinit(&lines->line);
	buf_deinit(&lines->text);
	buf_deinit(&lines->time);
	output_free(sink);
}

static const struct sink_ops event_lines_ops = {
	.name = "events",
	.open = on_open,
	.record = on_record,
	.tick = on_tick,
	.close = on_close,
	.free = on_free,
};

struct sink *event_lines_new(const struct event_options *events,
			     const struct output_options *options)
{
	struct event_lines *lines = output_new(sizeof *lines, &event_lines_ops, options);

	lines->options = *events;
	return &lines->output.sink;
}

static struct sink *events_create(const struct output_options *options)
{
	return event_lines_new(&(struct event_options){.events = EVENTS_ALL}, options);
}

const struct output_format output_events = {
	.name = "events",
	.summary = "a line an event: who forked, ran, changed and ended when",
	.create = events_create,
};
