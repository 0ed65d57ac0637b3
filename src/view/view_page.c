/*
 * The pages: of a process, and of help. Key decision: a page is drawn whole, from a line above the
 * canvas on; what is not in sight is cut off, so scrolling is nothing but where it begins.
 */
#include "base/text.h"
#include "base/units.h"
#include "view/view_internal.h"

#include <stdio.h>

#define LABEL_COLUMNS 22
#define GRAPH_ROWS    5
#define FIGURE        10 /* columns of one */

void view_describe(struct view *view)
{
	const struct view_row *row = view->opened_id ? view_row_of(view, view->opened_id) : NULL;

	if (!row || !view->options.describe || view->details_width == 0)
		return;
	if (row->of.end_ns && view->details.n > 0)
		return; /* what was read while it lived is all that there will ever be */
	buf_clear(&view->details);
	view->options.describe(view->options.context, &row->of, view->details_width,
			       &view->details);
}

/* ---- lines ---- */

/* As much of `*text` as one line takes, broken behind a blank where there is one. */
static struct str cut_line(struct str *text, int columns)
{
	size_t taken = 0, blank = 0;
	struct str line;

	for (int used = 0; taken < text->n;) {
		size_t bytes = utf8_width(str_skip(*text, taken));

		used += bytes ? (int)utf8_columns(utf8_decode(str_skip(*text, taken))) : 1;
		if (used > columns)
			break;
		taken += bytes ? bytes : 1;
		if (text->p[taken - 1] == ' ')
			blank = taken;
	}
	if (taken < text->n && blank > 0)
		taken = blank;
	if (taken == 0)
		taken = text->n;
	line = (struct str){text->p, taken};
	*text = str_skip(*text, taken);
	return line;
}

/* A label, and a text beside it in as many lines as it takes; returns the line behind it. */
static int put_entry(struct canvas *canvas, int y, int label_columns, const char *label,
		     struct str text)
{
	int columns = (int)canvas->width - label_columns;
	struct buf safe = BUF_INIT;
	struct str rest;

	canvas_put(canvas, 0, y, label_columns, str_of(label), STYLE_LABEL);
	text_add_safe(&safe, text);
	rest = buf_str(&safe);
	do
		canvas_put(canvas, label_columns, y++, columns,
			   cut_line(&rest, columns > 0 ? columns : 1), STYLE_PLAIN);
	while (rest.n > 0);
	buf_deinit(&safe);
	return y;
}

static int put_title(struct canvas *canvas, int y, const char *text)
{
	canvas_put(canvas, 0, y, (int)canvas->width, str_of(text), STYLE_STRONG);
	return y + 1;
}

/* ---- a process ---- */

static void add_facts(const struct view *view, const struct view_row *row, struct buf *out)
{
	const struct usage *used = &row->of.used;
	int64_t until_ns = row->of.end_ns ? row->of.end_ns : view->now_ns;

	view_add_ending(row, out);
	buf_add_text(out, row->of.end_ns ? " after " : " for ");
	units_add_duration(out, until_ns - row->of.start_ns);
	buf_add_text(out, ", user ");
	view_add_user(view, row->of.uid, out);
	if (row->of.ppid > 0)
		buf_printf(out, ", parent %d", row->of.ppid);
	if (usage_knows(used, USAGE_CPU_USER_NS)) {
		buf_add_text(out, "; CPU ");
		view_add_duration(out, (double)usage_cpu_ns(used));
		buf_add_text(out, row->of.born ? "" : " since pscope looks");
	}
	if (usage_knows(used, USAGE_READ_BYTES)) {
		buf_add_text(out, ", storage ");
		units_add_bytes(out, used->value[USAGE_READ_BYTES]);
		buf_add_text(out, " read, ");
		units_add_bytes(out, used->value[USAGE_WRITE_BYTES]);
		buf_add_text(out, " written");
	}
	if (row->of.end_ns)
		buf_add_text(out, row->of.exact ? " (exact)" : " (by its last sample)");
}

static int draw_measures(const struct view_row *row, struct canvas *canvas, int y)
{
	static const char *const headings[] = {"now", "least", "average", "most"};
	static const struct {
		const char *name;
		enum track_measure measure;
		void (*format)(struct buf *out, double value);
	} measures[] = {
		{"CPU %",       TRACK_CPU,      view_add_percent},
		{"memory",      TRACK_RSS,      view_add_bytes  },
		{"PSS",         TRACK_PSS,      view_add_bytes  },
		{"storage /s",  TRACK_DISK,     view_add_bytes  },
		{"transfer /s", TRACK_TRANSFER, view_add_bytes  },
		{"threads",     TRACK_THREADS,  view_add_count  },
		{"open files",  TRACK_FDS,      view_add_count  },
	};
	struct buf text = BUF_INIT;

	for (int k = 0; k < 4; k++)
		canvas_put_right(canvas, 12 + k * FIGURE, y, FIGURE, str_of(headings[k]),
				 STYLE_LABEL);
	y++;
	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
		const struct track_series *series = &row->of.series[measures[i].measure];
		const double figures[] = {series->now, series->min, track_average(series),
					  series->max};

		if (!series->known)
			continue;
		canvas_put(canvas, 0, y, 12, str_of(measures[i].name), STYLE_LABEL);
		for (int k = row->of.end_ns ? 1 : 0; k < 4; k++) {
			buf_clear(&text);
			measures[i].format(&text, figures[k]);
			canvas_put_right(canvas, 12 + k * FIGURE, y, FIGURE, buf_str(&text),
					 STYLE_PLAIN);
		}
		y++;
	}
	buf_deinit(&text);
	return y;
}

static int draw_history(const struct view_row *row, struct canvas *canvas, int y)
{
	int columns =
		(int)canvas->width < VIEW_HISTORY_EACH ? (int)canvas->width : VIEW_HISTORY_EACH;
	double most = 1;
	struct buf text = BUF_INIT;

	if (row->cpu.count < 2)
		return y;
	for (unsigned i = 0; i < row->cpu.count; i++)
		if ((double)row->cpu.values[i] > most)
			most = (double)row->cpu.values[i];
	buf_add_text(&text, "CPU, the last ");
	buf_add_u64(&text, row->cpu.count);
	buf_add_text(&text, " rounds, up to ");
	view_add_percent(&text, most);
	buf_add_text(&text, "%");
	canvas_put(canvas, 0, y, (int)canvas->width, buf_str(&text), STYLE_LABEL);
	buf_deinit(&text);
	canvas_graph(canvas, 0, y + 1, columns, GRAPH_ROWS, row->cpu.values, (int)row->cpu.count,
		     most);
	return y + 1 + GRAPH_ROWS;
}

static int draw_details(const struct view *view, struct canvas *canvas, int y)
{
	struct str rest = buf_str(&view->details);

	while (rest.p && rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		bool title = line.n > 0 && line.p[0] != ' ';

		canvas_put(canvas, 0, y++, (int)canvas->width, line,
			   title ? STYLE_STRONG : STYLE_PLAIN);
	}
	return y;
}

static int draw_process(struct view *view, struct canvas *canvas, int y)
{
	const struct view_row *row = view_row_of(view, view->opened_id);
	struct buf text = BUF_INIT;
	char label[32];

	if (!row)
		return put_title(canvas, y, "nothing is kept of this process any more");
	snprintf(label, sizeof label, "%d ", row->of.pid);
	view_add_command(row, &text);
	y = put_entry(canvas, y, (int)strlen(label), label, buf_str(&text));
	buf_clear(&text);
	add_facts(view, row, &text);
	y = put_entry(canvas, y, 0, "", buf_str(&text)) + 1;
	buf_deinit(&text);
	y = draw_measures(row, canvas, y) + 1;
	y = draw_history(row, canvas, y) + 1;
	return draw_details(view, canvas, y);
}

/* ---- help ---- */

static int draw_key_rows(struct canvas *canvas, int y, enum view_mode mode)
{
	for (const struct view_key_row *row = view_key_rows(mode); row->keys[0]; row++)
		if (row->help)
			y = put_entry(canvas, y, LABEL_COLUMNS, row->shown, str_of(row->help));
	return y;
}

static int draw_help(struct view *view, struct canvas *canvas, int y)
{
	char label[64];

	y = put_title(canvas, y, "Keys of the list");
	y = draw_key_rows(canvas, y, VIEW_LIST) + 1;
	y = put_title(canvas, y, "Keys of a page");
	y = draw_key_rows(canvas, y, VIEW_PROCESS) + 1;
	y = put_title(canvas, y, "Columns, and what a filter or --sort call them");
	for (unsigned i = 0; i < view_column_count; i++) {
		snprintf(label, sizeof label, "%-10s %s", view_columns[i].heading,
			 view_columns[i].name);
		y = put_entry(canvas, y, LABEL_COLUMNS, label, str_of(view_columns[i].help));
	}
	return put_entry(canvas, y + 1, 0, "",
			 STR("pscope never changes what it watches: there is no key that kills, "
			     "renices or stops a process."));
}

/* Draws it as far down as it is scrolled; returns its lines. */
static int draw_scrolled(struct view *view, struct canvas *canvas)
{
	canvas_resize(canvas, canvas->width, canvas->height);
	return view->scroll +
	       (view->mode == VIEW_HELP ? draw_help : draw_process)(view, canvas, -view->scroll);
}

void view_draw_page(struct view *view, struct canvas *canvas, int height)
{
	int lines;

	if (view->details_width != canvas->width) {
		view->details_width = canvas->width;
		view_describe(view);
	}
	view->page_rows = height > 0 ? (unsigned)height : 1;
	lines = draw_scrolled(view, canvas);
	view->scroll_most = lines > height ? lines - height : 0;
	if (view->scroll > view->scroll_most) { /* it has become shorter, or the terminal higher */
		view->scroll = view->scroll_most;
		draw_scrolled(view, canvas);
	}
}
