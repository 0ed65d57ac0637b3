/*
 * The columns of the event log, as forkstat's users know them. Key decision: fixed widths, because
 * the lines come for hours and none can wait for the next; what is longer than its column moves the
 * rest of its own line only.
 */
#include "output/events/event_line.h"

#include "base/clock.h"
#include "base/text.h"

#define LABEL_WIDTH    5
#define PID_WIDTH      7 /* of the largest kernel.pid_max */
#define PID_LEAST      5
#define PID_MOST       10
#define UID_WIDTH      7
#define TTY_WIDTH      6
#define INFO_WIDTH     7 /* SIGKILL */
#define DURATION_WIDTH 8
#define PROCESS_LEAST  24 /* columns of a command, however narrow the terminal */
#define ROWS_MOST      8  /* of a command that is shown in full */

#define STYLE_END "\x1b[0m"
#define STYLE_DIM "\x1b[2m"

static const char *const tone_styles[] = {
	[TONE_EXEC] = "\x1b[32m",
	[TONE_CHANGE] = "\x1b[33m",
	[TONE_FAILED] = "\x1b[1;31m",
};

static const struct {
	const char *drawn, *ascii;
} glyphs[GLYPHS] = {
	[GLYPH_NONE] = {" ",   " "},
          [GLYPH_PARENT] = {"┬", "+"},
          [GLYPH_CHILD] = {"└", "`"},
	[GLYPH_EXEC] = {"→", ">"},
          [GLYPH_EXIT] = {"⇥", "|"},
          [GLYPH_CORE] = {"☠", "#"},
	[GLYPH_COMM] = {"↻", "~"},
};

void event_line_clear(struct event_line *line)
{
	buf_clear(&line->info);
	buf_clear(&line->process);
	buf_clear(&line->notes);
	*line = (struct event_line){
		.info = line->info, .process = line->process, .notes = line->notes};
}

void event_line_deinit(struct event_line *line)
{
	buf_deinit(&line->info);
	buf_deinit(&line->process);
	buf_deinit(&line->notes);
}

struct buf *event_line_note(struct event_line *line)
{
	buf_add_char(&line->notes, ' ');
	return &line->notes;
}

void event_columns_init(struct event_columns *columns, const struct event_options *options,
			const struct output_options *output, unsigned time_width)
{
	*columns = (struct event_columns){
		.options = options,
		.output = output,
		.label_width = LABEL_WIDTH,
		.pid_width = options->pid_width ? options->pid_width : PID_WIDTH,
		.time_width = time_width,
	};
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		unsigned width = (unsigned)strlen(event_label(kind));

		if (options->events & EVENT_BIT(kind) && width > columns->label_width)
			columns->label_width = width;
	}
	if (columns->pid_width < PID_LEAST)
		columns->pid_width = PID_LEAST;
	if (columns->pid_width > PID_MOST)
		columns->pid_width = PID_MOST;
}

void event_columns_deinit(struct event_columns *columns)
{
	buf_deinit(&columns->scratch);
}

/* -- cells -- */

static void add_styled(const struct event_columns *columns, struct buf *out, const char *style,
		       struct str text)
{
	bool styled = columns->output->colour && style && text.n > 0;

	if (styled)
		buf_add_text(out, style);
	buf_add_str(out, text);
	if (styled)
		buf_add_text(out, STYLE_END);
}

void event_columns_add_dim(const struct event_columns *columns, struct buf *out, struct str text)
{
	add_styled(columns, out, STYLE_DIM, text);
}

static void pad(struct buf *out, size_t used, size_t width)
{
	if (used < width)
		buf_add_repeat(out, ' ', width - used);
}

static void add_left(const struct event_columns *columns, struct buf *out, const char *style,
		     struct str text, size_t width)
{
	add_styled(columns, out, style, text);
	pad(out, text_columns(text), width);
}

static void add_right(const struct event_columns *columns, struct buf *out, const char *style,
		      struct str text, size_t width)
{
	pad(out, text_columns(text), width);
	add_styled(columns, out, style, text);
}

static void add_user(struct event_columns *columns, struct buf *out, uint32_t uid)
{
	const struct event_options *options = columns->options;
	struct str name = STR_NONE;

	if (uid != UID_UNKNOWN && options->user_name)
		name = options->user_name(options->name_context, uid);
	buf_clear(&columns->scratch);
	if (name.n > 0)
		text_add_fit(&columns->scratch, name, UID_WIDTH, "+"); /* as ps cuts them */
	else if (uid != UID_UNKNOWN)
		buf_add_u64(&columns->scratch, uid);
	else
		buf_add_char(&columns->scratch, '?');
	buf_add_char(out, ' ');
	add_right(columns, out, NULL, buf_str(&columns->scratch), UID_WIDTH);
}

static void add_tty(struct event_columns *columns, struct buf *out, const struct proc *proc)
{
	const struct event_options *options = columns->options;
	struct str name = STR_NONE;

	if (proc && options->tty_name)
		name = options->tty_name(options->name_context, proc);
	buf_clear(&columns->scratch);
	text_add_safe(&columns->scratch, name.n > 0 ? name : STR("?"));
	buf_add_char(out, ' ');
	add_right(columns, out, NULL, buf_str(&columns->scratch), TTY_WIDTH);
}

static void add_glyph(const struct event_columns *columns, struct buf *out, enum event_glyph glyph)
{
	buf_add_text(out, columns->output->ascii ? glyphs[glyph].ascii : glyphs[glyph].drawn);
	buf_add_char(out, ' ');
}

/* `value` of which the last `decimals` digits stand behind the point. */
static void add_decimal(struct buf *out, uint64_t value, unsigned decimals)
{
	uint64_t scale = 1;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	buf_add_u64(out, value / scale);
	buf_add_char(out, '.');
	while ((scale /= 10) > 0)
		buf_add_char(out, (char)('0' + value / scale % 10));
}

/* Seconds with three decimals and from a minute on larger units; five below a millisecond. */
static void add_duration(struct buf *out, int64_t ns)
{
	static const struct {
		int64_t ns;
		char unit;
	} units[] = {
		{31557600 * NS_PER_SEC, 'y'},
                {604800 * NS_PER_SEC,   'w'},
                {86400 * NS_PER_SEC,    'd'},
		{3600 * NS_PER_SEC,     'h'},
                {60 * NS_PER_SEC,       'm'},
                {NS_PER_SEC,            's'}
        };
	int64_t part_ns = 10000;
	size_t i = 0;

	if (ns < NS_PER_MS) {
		add_decimal(out, (uint64_t)((ns + part_ns / 2) / part_ns), 5);
		buf_add_char(out, 's');
		return;
	}
	while (units[i].unit != 's' && ns < units[i].ns)
		i++;
	part_ns = units[i].ns / 1000;
	add_decimal(out, ((uint64_t)ns + (uint64_t)part_ns / 2) / (uint64_t)part_ns, 3);
	buf_add_char(out, units[i].unit);
}

/* Info and Duration: a long one takes the room of the other, where that is empty. */
static void add_info(struct event_columns *columns, struct buf *out, const struct event_line *line)
{
	const char *style = line->tone == TONE_FAILED ? tone_styles[TONE_FAILED] : NULL;
	struct str info = buf_str(&line->info);
	size_t used = text_columns(info), width = INFO_WIDTH + 1 + DURATION_WIDTH;

	if (line->info_left) {
		add_left(columns, out, style, info, INFO_WIDTH);
	} else {
		add_right(columns, out, style, info, INFO_WIDTH);
	}
	used = used > INFO_WIDTH ? used : INFO_WIDTH;
	if (line->duration == DURATION_NONE) {
		pad(out, used, width);
		return;
	}
	buf_clear(&columns->scratch);
	if (line->duration == DURATION_KNOWN)
		add_duration(&columns->scratch, line->duration_ns);
	else
		buf_add_text(&columns->scratch, "unknown");
	buf_add_char(out, ' ');
	add_right(columns, out, NULL, buf_str(&columns->scratch),
		  used + 1 < width ? width - used - 1 : 0);
}

/* Columns between Time and Process when nothing is longer than its place. */
static unsigned columns_before(const struct event_columns *columns)
{
	unsigned width = 1 + columns->label_width + 1 + columns->pid_width + 1 + INFO_WIDTH + 1 +
			 DURATION_WIDTH + 1;

	if (columns->options->user_columns)
		width += 2 * (UID_WIDTH + 1) + TTY_WIDTH + 1;
	if (columns->options->glyphs)
		width += 2;
	return width;
}

/*
 * How many columns the command may take. A terminal shows it in full where it is run, and as much
 * as the row holds wherever it comes again; nothing is cut that goes elsewhere.
 */
static size_t room(const struct event_columns *columns, const struct event_line *line, size_t used)
{
	size_t width = columns->output->width;

	if (width == 0)
		return SIZE_MAX;
	if (line->in_full)
		width *= ROWS_MOST;
	return used + PROCESS_LEAST < width ? width - used : PROCESS_LEAST;
}

static void add_label(const struct event_columns *columns, struct buf *out, const char *label,
		      enum event_tone tone)
{
	buf_add_char(out, ' ');
	add_left(columns, out, tone_styles[tone], str_of(label), columns->label_width);
	buf_add_char(out, ' ');
}

unsigned event_columns_add(struct event_columns *columns, struct buf *out,
			   const struct event_line *line)
{
	size_t used =
		columns->time_width + columns_before(columns) + text_columns(buf_str(&line->notes));

	add_label(columns, out, line->label, line->tone);
	buf_clear(&columns->scratch);
	if (line->pid > 0)
		buf_add_i64(&columns->scratch, line->pid);
	else
		buf_add_char(&columns->scratch, '?');
	add_right(columns, out, NULL, buf_str(&columns->scratch), columns->pid_width);
	if (columns->options->user_columns) {
		add_user(columns, out, line->proc ? line->proc->uid.real : UID_UNKNOWN);
		add_user(columns, out, line->proc ? line->proc->uid.effective : UID_UNKNOWN);
		add_tty(columns, out, line->proc);
	}
	buf_add_char(out, ' ');
	if (columns->options->glyphs)
		add_glyph(columns, out, line->glyph);
	add_info(columns, out, line);
	buf_add_char(out, ' ');
	used += text_add_fit(out, buf_str(&line->process), room(columns, line, used),
			     columns->output->ascii ? "+" : "…");
	add_styled(columns, out, STYLE_DIM, buf_str(&line->notes));
	buf_add_char(out, '\n');
	return columns->output->width ? (unsigned)((used - 1) / columns->output->width) + 1 : 1;
}

void event_columns_add_heading(struct event_columns *columns, struct buf *out)
{
	buf_add_char(out, ' ');
	add_left(columns, out, NULL, STR("Event"), columns->label_width);
	buf_add_char(out, ' ');
	add_right(columns, out, NULL, STR("PID"), columns->pid_width);
	if (columns->options->user_columns)
		buf_printf(out, " %*s %*s %*s", UID_WIDTH, "UID", UID_WIDTH, "EUID", TTY_WIDTH,
			   "TTY");
	buf_add_text(out, columns->options->glyphs ? "   " : " ");
	add_left(columns, out, NULL, STR("Info"), INFO_WIDTH);
	buf_printf(out, " %*s Process\n", DURATION_WIDTH, "Duration");
}

void event_columns_add_text(struct event_columns *columns, struct buf *out, const char *label,
			    enum event_tone tone, struct str text)
{
	add_label(columns, out, label, tone);
	buf_add_repeat(out, '-', columns->pid_width);
	buf_add_char(out, ' ');
	buf_clear(&columns->scratch);
	text_add_safe(&columns->scratch, text);
	add_styled(columns, out, tone_styles[tone], buf_str(&columns->scratch));
	buf_add_char(out, '\n');
}
