/* One line of the event log: its cells, and how they are put into columns. */
#ifndef OUTPUT_EVENTS_EVENT_LINE_H
#define OUTPUT_EVENTS_EVENT_LINE_H

#include "output/events/events.h"

/* What kind of thing happened, for the eye. */
enum event_tone { TONE_PLAIN, TONE_EXEC, TONE_CHANGE, TONE_FAILED };

enum event_glyph {
	GLYPH_NONE,
	GLYPH_PARENT,
	GLYPH_CHILD,
	GLYPH_EXEC,
	GLYPH_EXIT,
	GLYPH_CORE,
	GLYPH_COMM,
	GLYPHS
};

enum event_duration { DURATION_NONE, DURATION_UNKNOWN, DURATION_KNOWN };

struct event_line {
	const char *label;
	enum event_tone tone;
	enum event_glyph glyph;
	int32_t pid;             /* 0: not known */
	const struct proc *proc; /* whose users and terminal are shown; NULL: not known */
	bool info_left;          /* text, which may reach into an empty Duration */
	bool in_full;            /* its command is news: it may take several rows of a terminal */
	enum event_duration duration;
	int64_t duration_ns;
	struct buf info, process,
		notes; /* safe text; notes: "(core dumped)", each with its brackets */
};

/* Empties the cells and keeps their memory. */
void event_line_clear(struct event_line *line);
void event_line_deinit(struct event_line *line);
/* Begins a note with its blank: note "(killed by 7)" behind another. */
struct buf *event_line_note(struct event_line *line);

struct event_columns {
	const struct event_options *options;
	const struct output_options *output;
	unsigned label_width, pid_width, time_width;
	struct buf scratch;
};

void event_columns_init(struct event_columns *columns, const struct event_options *options,
			const struct output_options *output, unsigned time_width);
void event_columns_deinit(struct event_columns *columns);
/*
 * Each appends what stands behind the Time column, its first blank and the LF included. The first
 * returns the rows of the terminal that the line takes.
 */
unsigned event_columns_add(struct event_columns *columns, struct buf *out,
			   const struct event_line *line);
void event_columns_add_heading(struct event_columns *columns, struct buf *out);
/* A line about no process: losses and notes. `text` is made safe. */
void event_columns_add_text(struct event_columns *columns, struct buf *out, const char *label,
			    enum event_tone tone, struct str text);
/* Text in the quiet style of times. */
void event_columns_add_dim(const struct event_columns *columns, struct buf *out, struct str text);

#endif
