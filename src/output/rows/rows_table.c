/*
 * Rows as a table for people. Key decision: our own writer. All cells but those of the last column
 * are written into one buffer, which gives the widths, then the lines are put together; the last
 * column (commands, of up to 2 MB) goes straight to the file. For 5,000 processes this takes a few
 * ms where libsmartcols takes 30, a fifth of what all of ps takes.
 */
#include "output/rows/rows_internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

#define PAD_MOST     100 /* a longer value moves the rest of its own line only */
#define WIDE_LEAST   12  /* of a column that shrinks for the terminal */
#define LAST_GOOD    24  /* columns that the last one is to have */
#define LAST_LEAST   12
#define GUIDES_MAX   24 /* levels of the tree that are drawn */
#define GUIDES_LEAST 4
#define GUIDE_WIDTH  3

#define STYLE_HEADING "\x1b[1m"
#define STYLE_DIM     "\x1b[2m"
#define STYLE_BAD     "\x1b[31m"
#define STYLE_STOPPED "\x1b[33m"
#define STYLE_END     "\x1b[0m"

struct guides {
	const char *tee, *corner, *bar, *blank;
};

static const struct guides box_guides = {"├─ ", "└─ ", "│  ", "   "};
static const struct guides ascii_guides = {"|- ", "`- ", "|  ", "   "};

struct cell {
	size_t at; /* in table->text */
	uint32_t n, columns;
};

struct table_column {
	const struct field *field;
	const char *heading;
	size_t width;
	bool left, fixed, dropped;
	bool state; /* coloured by how the process is */
};

struct table {
	const struct rows_options *options;
	const struct rows_item *items;
	size_t count;
	struct rows_pen pen;
	struct table_column *columns;
	size_t last;        /* index of the last column */
	struct cell *cells; /* `last` a row */
	struct buf text, cut;
	const struct guides *guides;
	unsigned guides_max;
	bool *more; /* by depth: a sibling follows */
};

/* -- first pass: cells and widths -- */

static void init_columns(struct table *t)
{
	const struct columns *columns = t->options->columns;

	t->columns = mem_alloc(columns->count * sizeof *t->columns);
	t->last = columns->count - 1;
	for (size_t c = 0; c <= t->last; c++) {
		const struct column *column = &columns->items[c];
		struct table_column *to = &t->columns[c];

		to->field = column->field;
		to->heading = rows_heading(column);
		to->left = column->field->flags & FIELD_LEFT;
		to->fixed = column->width > 0;
		to->state = strcmp(column->field->name, "stat") == 0 ||
			    strcmp(column->field->name, "state") == 0;
		to->width = to->fixed ? column->width : column->field->width;
		if (!to->fixed && !t->options->no_headings &&
		    text_columns(str_of(to->heading)) > to->width)
			to->width = text_columns(str_of(to->heading));
	}
}

static void write_cells(struct table *t)
{
	struct cell *cell = t->cells = mem_alloc(t->count * t->last * sizeof *t->cells + 1);

	for (size_t i = 0; i < t->count; i++) {
		const struct snapshot *s = t->items[i].snapshot;

		for (size_t c = 0; c < t->last; c++, cell++) {
			struct table_column *column = &t->columns[c];
			struct value value = field_get(column->field, s, t->options->context);
			size_t most = column->fixed && column->left ? column->width : UINT32_MAX;

			cell->at = t->text.n;
			cell->columns = (uint32_t)rows_pen_add(&t->pen, &t->text, column->field,
							       &value, most);
			cell->n = (uint32_t)(t->text.n - cell->at);
			if (!column->fixed && cell->columns > column->width)
				column->width = cell->columns < PAD_MOST ? cell->columns : PAD_MOST;
		}
	}
}

static size_t width_before_last(const struct table *t)
{
	size_t total = 0;

	for (size_t c = 0; c < t->last; c++)
		total += t->columns[c].dropped ? 0 : t->columns[c].width + 1;
	return total;
}

/* The longest of the columns of text; they may be cut, numbers not. */
static struct table_column *longest(struct table *t)
{
	struct table_column *found = NULL;

	for (size_t c = 0; c < t->last; c++) {
		struct table_column *column = &t->columns[c];

		if (column->left && !column->fixed && column->width > WIDE_LEAST &&
		    (!found || column->width > found->width))
			found = column;
	}
	return found;
}

/*
 * A terminal's line: long texts give way, so that the last column keeps some room; then columns
 * are left out from the right, but for the last one, which says what all of it is about.
 */
static void fit_columns(struct table *t)
{
	const struct table_column *last = &t->columns[t->last];
	size_t room = t->options->width, least = last->left ? LAST_LEAST : last->width;
	struct table_column *column;

	if (room == 0)
		return;
	while (width_before_last(t) + LAST_GOOD > room && (column = longest(t)))
		column->width--;
	for (size_t c = t->last; c-- > 0 && width_before_last(t) + least > room;)
		t->columns[c].dropped = true;
	for (size_t c = 0; c < t->last; c++)
		t->columns[c].fixed |= t->columns[c].left;
}

/* -- second pass: lines -- */

struct line {
	struct buf *out;
	size_t left;   /* columns of the terminal */
	size_t blanks; /* that follow when more text does */
	const char *mark;
	bool colour;
};

/* Blanks are added with what stands behind them: a line does not end in them. */
static void add_blanks(struct line *line, size_t count)
{
	count = count < line->left ? count : line->left;
	line->blanks += count;
	line->left -= count;
}

static void put_blanks(struct line *line)
{
	buf_add_repeat(line->out, ' ', line->blanks);
	line->blanks = 0;
}

/* Text that is safe already and takes so many columns. */
static void add_text(struct line *line, struct str text, size_t columns, const char *style)
{
	bool styled = line->colour && style && text.n > 0;

	if (text.n > 0)
		put_blanks(line);
	if (styled)
		buf_add_text(line->out, style);
	if (columns > line->left) {
		text_add_fit(line->out, text, line->left, line->mark);
		columns = line->left;
	} else {
		buf_add_str(line->out, text);
	}
	line->left -= columns;
	if (styled)
		buf_add_text(line->out, STYLE_END);
}

static void add_cell(struct table *t, struct line *line, const struct table_column *column,
		     struct str text, size_t columns, const char *style)
{
	size_t pad;

	if (column->dropped)
		return;
	if (columns > column->width && column->fixed && column->left) {
		buf_clear(&t->cut);
		columns = text_add_fit(&t->cut, text, column->width, t->pen.mark);
		text = buf_str(&t->cut);
	}
	pad = column->width > columns ? column->width - columns : 0;
	if (!column->left)
		add_blanks(line, pad);
	add_text(line, text, columns, style);
	if (column->left)
		add_blanks(line, pad);
	add_blanks(line, 1);
}

/* The branches before the last column: as deep as can be read, then a number. */
static void add_guides(struct table *t, struct line *line, const struct rows_item *item)
{
	unsigned first = item->depth > t->guides_max ? item->depth - t->guides_max + 1 : 1;
	size_t from = t->text.n, columns = 0;

	if (item->depth == 0)
		return;
	if (first > 1) {
		buf_printf(&t->text, "+%u ", first - 1);
		columns = t->text.n - from;
	}
	for (unsigned level = first; level < item->depth; level++)
		buf_add_text(&t->text, t->more[level] ? t->guides->bar : t->guides->blank);
	buf_add_text(&t->text, item->last ? t->guides->corner : t->guides->tee);
	columns += (item->depth - first + 1) * (size_t)GUIDE_WIDTH;
	add_text(line, (struct str){t->text.p + from, t->text.n - from}, columns, STYLE_DIM);
	t->text.n = from;
}

static const char *style_of_state(const struct snapshot *s)
{
	switch (s->stat.state) {
	case 'Z':
	case 'X':
	case 'D':
		return STYLE_BAD;
	case 'T':
	case 't':
		return STYLE_STOPPED;
	default:
		return NULL;
	}
}

static void add_last(struct table *t, struct line *line, const struct rows_item *item)
{
	const struct table_column *column = &t->columns[t->last];
	struct value value = field_get(column->field, item->snapshot, t->options->context);
	size_t before = t->text.n, columns;
	struct str text;
	bool dim;

	if (t->options->tree)
		add_guides(t, line, item);
	dim = line->colour && column->left && snapshot_is_kernel_thread(item->snapshot);
	if (column->left && !dim && !column->state) {
		put_blanks(line);
		rows_pen_add(&t->pen, line->out, column->field, &value, line->left);
		return;
	}
	columns = rows_pen_add(&t->pen, &t->text, column->field, &value, line->left);
	text = (struct str){t->text.p + before, t->text.n - before};
	if (!column->left && !t->options->tree && columns < column->width)
		add_blanks(line, column->width - columns);
	add_text(line, text, columns,
		 column->state ? style_of_state(item->snapshot)
		 : dim         ? STYLE_DIM
			       : NULL);
	t->text.n = before;
}

static struct line begin_line(const struct table *t, struct buf *out)
{
	return (struct line){
		.out = out,
		.left = t->options->width ? t->options->width : SIZE_MAX,
		.mark = t->pen.mark,
		.colour = t->options->colour,
	};
}

static void add_row(struct table *t, struct buf *out, size_t row)
{
	const struct rows_item *item = &t->items[row];
	const struct cell *cells = t->cells + row * t->last;
	struct line line = begin_line(t, out);

	for (size_t c = 0; c < t->last && line.left > 0; c++)
		add_cell(t, &line, &t->columns[c],
			 (struct str){t->text.p + cells[c].at, cells[c].n}, cells[c].columns,
			 t->columns[c].state ? style_of_state(item->snapshot) : NULL);
	if (line.left > 0)
		add_last(t, &line, item);
	buf_add_char(out, '\n');
	if (t->options->tree)
		t->more[item->depth] = !item->last;
}

/* No heading at all when every one is empty: ps's -o pid=. */
static void add_headings(struct table *t, struct buf *out)
{
	struct line line = begin_line(t, out);
	bool any = false;

	for (size_t c = 0; c <= t->last; c++)
		any |= *t->columns[c].heading != 0;
	if (!any || t->options->no_headings)
		return;
	for (size_t c = 0; c <= t->last && line.left > 0; c++) {
		struct table_column *column = &t->columns[c];
		struct str text = str_of(column->heading);
		size_t columns = text_columns(text);

		if (c < t->last) {
			add_cell(t, &line, column, text, columns, STYLE_HEADING);
			continue;
		}
		if (!column->left && !t->options->tree && column->width > columns)
			add_blanks(&line, column->width - columns);
		add_text(&line, text, columns, STYLE_HEADING);
	}
	buf_add_char(out, '\n');
}

/* A right aligned last column needs its width beforehand; they are numbers, so it is cheap. */
static void measure_last(struct table *t)
{
	struct table_column *column = &t->columns[t->last];
	size_t before = t->text.n;

	if (column->left || t->options->tree)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct value value =
			field_get(column->field, t->items[i].snapshot, t->options->context);
		size_t columns = rows_pen_add(&t->pen, &t->text, column->field, &value, PAD_MOST);

		if (!column->fixed && columns > column->width)
			column->width = columns;
		t->text.n = before;
	}
}

static void init_guides(struct table *t)
{
	unsigned depth = 0, third = t->options->width / (3 * GUIDE_WIDTH);

	for (size_t i = 0; i < t->count; i++)
		depth = t->items[i].depth > depth ? t->items[i].depth : depth;
	t->more = mem_alloc(depth + 1);
	t->guides = t->options->ascii ? &ascii_guides : &box_guides;
	t->guides_max = t->options->width == 0 || third > GUIDES_MAX ? GUIDES_MAX
			: third > GUIDES_LEAST                       ? third
								     : GUIDES_LEAST;
}

int rows_write_table(const struct rows_options *options, const struct rows_item *items,
		     size_t count, struct outfile *file, struct error *err)
{
	struct table t = {.options = options, .items = items, .count = count};
	int r = 0;

	if (options->columns->count == 0)
		return 0;
	rows_pen_init(&t.pen, options->context, options->units, options->ascii);
	init_columns(&t);
	init_guides(&t);
	write_cells(&t);
	measure_last(&t);
	fit_columns(&t);
	add_headings(&t, &file->pending);
	for (size_t i = 0; i < count && r == 0; i++) {
		add_row(&t, &file->pending, i);
		r = outfile_flush_above(file, ROWS_FLUSH_BYTES, err);
	}
	rows_pen_deinit(&t.pen);
	buf_deinit(&t.text);
	buf_deinit(&t.cut);
	free(t.columns);
	free(t.cells);
	free(t.more);
	return r;
}

/* -- the one form that is the same everywhere -- */

void rows_add_aux(struct buf *out, const struct snapshot *s, const struct field_context *context)
{
	struct columns columns = {0};
	struct rows_pen pen;
	struct buf cell = BUF_INIT;

	if (columns_parse(&columns, STR("aux"), NULL) < 0)
		return;
	rows_pen_init(&pen, context, ROWS_UNITS_PS, false);
	for (size_t c = 0; c < columns.count; c++) {
		const struct field *field = columns.items[c].field;
		struct value value = field_get(field, s, context);
		size_t used, pad;

		buf_clear(&cell);
		used = rows_pen_add(&pen, &cell, field, &value, SIZE_MAX);
		pad = field->width > used && c + 1 < columns.count ? field->width - used : 0;
		buf_add_repeat(out, ' ', field->flags & FIELD_LEFT ? 0 : pad);
		buf_add_str(out, buf_str(&cell));
		buf_add_repeat(out, ' ', field->flags & FIELD_LEFT ? pad : 0);
		if (c + 1 < columns.count)
			buf_add_char(out, ' ');
	}
	buf_deinit(&cell);
	rows_pen_deinit(&pen);
	columns_deinit(&columns);
}
