/*
 * The list: which columns fit, the rows in sight, the footer. Key decision: columns have an order of
 * their own in which they give way, so that a narrow terminal shows less and never something cut.
 */
#include "base/text.h"
#include "model/status.h"
#include "view/view_internal.h"

#include <string.h>

#define COLUMNS_MOST  16
#define COMMAND_LEAST 24 /* before another column is let in */
#define MARGIN        1  /* for the mark of the tagged */
#define DEPTH_MOST    24 /* of branches that are drawn */

struct layout {
	struct {
		const struct view_column *column;
		int x, width;
	} cells[COLUMNS_MOST];
	int count;
};

/* ---- columns ---- */

/* The columns that fit, as a mask: the important first, the command with at least so much room. */
static unsigned choose_columns(const struct view *view, int width)
{
	int left = width - MARGIN - COMMAND_LEAST;
	unsigned chosen = 0;

	for (unsigned priority = 0; priority < COLUMNS_MOST; priority++) {
		for (unsigned i = 0; i < view_column_count; i++) {
			const struct view_column *column = &view_columns[i];

			if (column->priority != priority || !view_column_offered(column, view))
				continue;
			if (priority > 1 && left < column->width + 1)
				return chosen;
			left -= column->width + 1;
			chosen |= 1u << i;
		}
	}
	return chosen;
}

static void lay_out(const struct view *view, int width, struct layout *ret)
{
	unsigned chosen = choose_columns(view, width);
	int x = MARGIN;

	ret->count = 0;
	for (unsigned i = 0; i < view_column_count; i++) {
		const struct view_column *column = &view_columns[i];
		int columns = column->width ? column->width : width - x;

		if (!(chosen & 1u << i))
			continue;
		ret->cells[ret->count].column = column;
		ret->cells[ret->count].x = x;
		ret->cells[ret->count++].width = columns;
		x += columns + 1;
	}
}

static void put_cell(struct canvas *canvas, int x, int y, int width, bool left, struct str text,
		     enum style style)
{
	if (left)
		canvas_put(canvas, x, y, width, text, style);
	else
		canvas_put_right(canvas, x, y, width, text, style);
}

static void draw_headings(const struct view *view, struct canvas *canvas,
			  const struct layout *layout, int y)
{
	const char *arrow =
		view->ascending ? (canvas->ascii ? "^" : "▲") : (canvas->ascii ? "v" : "▼");
	struct buf text = BUF_INIT;

	canvas_blank(canvas, 0, y, (int)canvas->width, STYLE_HEADING);
	for (int i = 0; i < layout->count; i++) {
		const struct view_column *column = layout->cells[i].column;
		bool sorted = column == view->order;
		int x = layout->cells[i].x, width = layout->cells[i].width;

		buf_clear(&text);
		buf_add_text(&text, column->heading);
		if (sorted && (int)text.n < width)
			buf_add_text(&text, arrow);
		put_cell(canvas, x, y, width, column->flags & COLUMN_LEFT, buf_str(&text),
			 sorted ? STYLE_SORTED : STYLE_HEADING);
	}
	buf_deinit(&text);
}

/* ---- rows ---- */

/* The branches in front of a command; returns the columns that they take. */
static int draw_branches(struct canvas *canvas, int x, int y, int width, const struct view_row *row)
{
	static const char *const parts[2][4] = {
		{"├─ ", "└─ ", "│  ", "   "},
		{"|- ",     "`- ",     "|  ",   "   "},
	};
	const struct view_row *chain[DEPTH_MOST];
	int depth = 0, taken = 0;

	for (const struct view_row *at = row; at->up && depth < DEPTH_MOST; at = at->up)
		chain[depth++] = at;
	while (depth-- > 0) {
		int part = (depth > 0 ? 2 : 0) + !chain[depth]->sibling;

		taken += canvas_put(canvas, x + taken, y, width - taken,
				    str_of(parts[canvas->ascii][part]), STYLE_DIM);
	}
	return taken;
}

/* Columns that it takes once it is safe. */
static int safe_columns(struct str text)
{
	struct buf safe = BUF_INIT;
	int columns;

	text_add_safe(&safe, text);
	columns = (int)text_columns(buf_str(&safe));
	buf_deinit(&safe);
	return columns;
}

/* The program's own name stands out of its path and arguments. */
static void mark_program(struct canvas *canvas, int x, int y, int width, struct str command)
{
	struct str rest = command, program = str_cut(&rest, ' '), name = str_basename(program);
	int from = safe_columns((struct str){program.p, program.n - name.n});
	int columns = safe_columns(name);

	canvas_restyle(canvas, x + from, y, columns < width - from ? columns : width - from,
		       STYLE_STRONG);
}

static void draw_command(const struct view *view, const struct view_row *row, struct canvas *canvas,
			 int x, int y, int width)
{
	int taken = view->tree ? draw_branches(canvas, x, y, width, row) : 0;
	struct buf text = BUF_INIT;

	view_add_command(row, &text);
	canvas_put(canvas, x + taken, y, width - taken, buf_str(&text),
		   row->of.end_ns ? STYLE_DIM : STYLE_PLAIN);
	if (!row->of.end_ns && row->of.argv.n > 0)
		mark_program(canvas, x + taken, y, width - taken, buf_str(&text));
	buf_deinit(&text);
}

static enum style style_of(const struct view *view, const struct view_row *row,
			   const struct view_column *column, struct str text)
{
	bool state = strcmp(column->name, "state") == 0;

	if (state && row->of.end_ns && status_failed(row->of.status))
		return STYLE_BAD;
	if (row->of.end_ns || str_is(text, "0") || str_is(text, "0.0") || str_is(text, "-"))
		return STYLE_DIM;
	if (state && row->state == 'R')
		return STYLE_GOOD;
	if (state && row->state == 'D')
		return STYLE_WARN;
	return STYLE_PLAIN;
}

static void draw_row(const struct view *view, struct canvas *canvas, const struct layout *layout,
		     int y, const struct view_row *row)
{
	struct buf text = BUF_INIT;

	for (int i = 0; i < layout->count; i++) {
		const struct view_column *column = layout->cells[i].column;
		int x = layout->cells[i].x, width = layout->cells[i].width;

		if (!column->width) {
			draw_command(view, row, canvas, x, y, width);
			continue;
		}
		buf_clear(&text);
		view_column_add(column, view, row, &text);
		put_cell(canvas, x, y, width, column->flags & COLUMN_LEFT, buf_str(&text),
			 style_of(view, row, column, buf_str(&text)));
	}
	if (row->tagged) {
		canvas_restyle(canvas, 0, y, (int)canvas->width, STYLE_TAGGED);
		canvas_put(canvas, 0, y, 1, STR("*"), STYLE_TAGGED);
	}
	buf_deinit(&text);
}

/* Moves what is in sight no further than it takes to see who is selected. */
static void keep_in_sight(struct view *view, size_t rows)
{
	if (view->selected < view->top)
		view->top = view->selected;
	if (rows > 0 && view->selected >= view->top + rows)
		view->top = view->selected - rows + 1;
	if (view->shown_count <= rows)
		view->top = 0;
	else if (view->top > view->shown_count - rows)
		view->top = view->shown_count - rows;
}

static void draw_rows(struct view *view, struct canvas *canvas, const struct layout *layout,
		      int from, int rows)
{
	view->page_rows = rows > 0 ? (unsigned)rows : 1;
	keep_in_sight(view, rows > 0 ? (size_t)rows : 0);
	for (int i = 0; i < rows && view->top + (size_t)i < view->shown_count; i++) {
		size_t index = view->top + (size_t)i;

		draw_row(view, canvas, layout, from + i, view->shown[index]);
		if (index == view->selected && !view->plain)
			canvas_restyle(canvas, 0, from + i, (int)canvas->width, STYLE_SELECTED);
	}
	if (view->shown_count == 0 && rows > 0)
		canvas_put(canvas, MARGIN, from, (int)canvas->width - MARGIN,
			   view->filter ? STR("the filter chooses nobody") : STR("nobody here"),
			   STYLE_DIM);
}

/* ---- footer ---- */

static int draw_keys(const struct view *view, struct canvas *canvas, int y, int end)
{
	int x = 0;

	for (const struct view_key_row *row = view_key_rows(view->mode); row->keys[0]; row++) {
		struct str shown = str_of(row->shown), name = str_of(row->footer);
		int columns;

		if (!name.p)
			continue;
		if (strncmp(row->shown, "P M", 3) != 0)
			shown = str_cut(&shown, ' ');
		if (shown.n > 1 && shown.p[shown.n - 1] == ',')
			shown.n--;
		columns = (int)(shown.n + 1 + name.n);
		if (x + columns > end)
			break;
		x += canvas_put(canvas, x, y, end - x, shown, STYLE_KEY);
		x += 1 + canvas_put(canvas, x + 1, y, end - x - 1, name, STYLE_FOOTER);
		x += 2;
	}
	return x;
}

static void draw_status(const struct view *view, struct canvas *canvas, int y)
{
	int width = (int)canvas->width;
	struct buf text = BUF_INIT;
	int columns;

	if (view->mode == VIEW_LIST)
		buf_printf(&text, "%zu/%zu", view->shown_count ? view->selected + 1 : 0,
			   view->shown_count);
	if (view->paused)
		buf_add_text(&text, "  paused");
	if (view->filter_text.n > 0 && view->mode == VIEW_LIST) {
		buf_add_text(&text, "  filter ");
		buf_add_str(&text, buf_str(&view->filter_text));
	}
	columns = (int)text_columns(buf_str(&text));
	columns = columns > width / 2 ? width / 2 : columns;
	draw_keys(view, canvas, y, width - columns - 1);
	canvas_put(canvas, width - columns, y, columns, buf_str(&text), STYLE_FOOTER);
	buf_deinit(&text);
}

static void draw_prompt(const struct view *view, struct canvas *canvas, int y)
{
	int width = (int)canvas->width, x, columns;
	struct str text = buf_str(&view->typed);

	x = canvas_put(canvas, 0, y, width,
		       view->prompt == PROMPT_SEARCH ? STR("Search: ") : STR("Filter: "),
		       STYLE_KEY);
	columns = (int)text_columns(text);
	while (text.n > 0 && columns > width - x - 1) { /* its end is what is being written */
		size_t bytes = utf8_width(text);

		text = str_skip(text, bytes ? bytes : 1);
		columns = (int)text_columns(text);
	}
	x += canvas_put(canvas, x, y, width - x, text, STYLE_FOOTER);
	canvas_put(canvas, x, y, 1, STR("_"), STYLE_KEY);
	if (view->message.n > 0 && y > 0) {
		canvas_blank(canvas, 0, y - 1, width, STYLE_WARN);
		canvas_put(canvas, 0, y - 1, width, buf_str(&view->message), STYLE_WARN);
	}
}

static void draw_footer(const struct view *view, struct canvas *canvas, int y)
{
	canvas_blank(canvas, 0, y, (int)canvas->width, STYLE_FOOTER);
	if (view->prompt != PROMPT_NONE)
		draw_prompt(view, canvas, y);
	else if (view->message.n > 0)
		canvas_put(canvas, 0, y, (int)canvas->width, buf_str(&view->message), STYLE_FOOTER);
	else
		draw_status(view, canvas, y);
}

/* ---- all of it ---- */

void view_draw(struct view *view, struct canvas *canvas)
{
	int height = (int)canvas->height, footer = height > 2 && !view->plain, from;
	struct layout layout;

	canvas_resize(canvas, canvas->width, canvas->height);
	if (canvas->width == 0 || height == 0)
		return;
	if (view->mode != VIEW_LIST) {
		view_draw_page(view, canvas, height - footer);
	} else {
		lay_out(view, (int)canvas->width, &layout);
		from = view_header(view, canvas);
		if (height > 1)
			draw_headings(view, canvas, &layout, from++);
		draw_rows(view, canvas, &layout, from, height - footer - from);
	}
	if (footer)
		draw_footer(view, canvas, height - 1);
}

void view_draw_plain(struct view *view, struct canvas *canvas)
{
	view->plain = true;
	view_draw(view, canvas);
	view->plain = false;
}

unsigned view_height(const struct view *view)
{
	unsigned rows = view->shown_count ? (unsigned)view->shown_count : 1;

	return rows + 1 + (unsigned)VIEW_HEADER_LINES;
}
