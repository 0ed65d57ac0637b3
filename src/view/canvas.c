/*
 * Drawing into cells. Key decision: all text passes the one sanitizer of base/text.h here, where it is
 * drawn, so no screen can forget it; and no cell ever holds half of a wide character.
 */
#include "view/canvas.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

void canvas_init(struct canvas *canvas, bool ascii)
{
	*canvas = (struct canvas){.ascii = ascii};
}

void canvas_deinit(struct canvas *canvas)
{
	free(canvas->cells);
	buf_deinit(&canvas->scratch);
	*canvas = (struct canvas){0};
}

static void cell_clear(struct canvas_cell *cell, enum style style)
{
	*cell = (struct canvas_cell){.text = " ", .bytes = 1, .style = (uint8_t)style};
}

void canvas_resize(struct canvas *canvas, unsigned width, unsigned height)
{
	size_t count = (size_t)width * height;

	if (width != canvas->width || height != canvas->height)
		canvas->cells =
			mem_realloc(canvas->cells, count ? count : 1, sizeof *canvas->cells);
	canvas->width = width;
	canvas->height = height;
	for (size_t i = 0; i < count; i++)
		cell_clear(&canvas->cells[i], STYLE_PLAIN);
}

const struct canvas_cell *canvas_at(const struct canvas *canvas, unsigned x, unsigned y)
{
	return &canvas->cells[(size_t)y * canvas->width + x];
}

/* Cuts a line of `*columns` from `*x` on to what is on the canvas; NULL: nothing is. */
static struct canvas_cell *line_at(const struct canvas *canvas, int *x, int y, int *columns)
{
	int width = (int)canvas->width;

	if (*x < 0) {
		*columns += *x;
		*x = 0;
	}
	if (y < 0 || y >= (int)canvas->height || *x >= width || *columns <= 0)
		return NULL;
	if (*columns > width - *x)
		*columns = width - *x;
	return &canvas->cells[(size_t)y * canvas->width];
}

/* What is left of a wide character that a new one covers in part is a blank. */
static void make_room(const struct canvas *canvas, struct canvas_cell *line, int x, int columns)
{
	if (line[x].bytes == 0 && x > 0)
		cell_clear(&line[x - 1], line[x - 1].style);
	if (x + columns < (int)canvas->width && line[x + columns].bytes == 0)
		cell_clear(&line[x + columns], line[x + columns].style);
}

static void set_cell(struct canvas_cell *cell, struct str text, enum style style)
{
	*cell = (struct canvas_cell){.style = (uint8_t)style};
	if (text.n > sizeof cell->text)
		return;
	memcpy(cell->text, text.p, text.n);
	cell->bytes = (uint8_t)text.n;
}

/* Draws over what was drawn last. */
static void combine(struct canvas_cell *cell, struct str text)
{
	if (cell->bytes + text.n > sizeof cell->text)
		return;
	memcpy(cell->text + cell->bytes, text.p, text.n);
	cell->bytes += (uint8_t)text.n;
}

/* Text that is safe and fits. */
static int put_safe(struct canvas *canvas, struct canvas_cell *line, int x, struct str text,
		    enum style style)
{
	int from = x, last = -1;

	while (text.n > 0) {
		size_t bytes = utf8_width(text);
		struct str one = {text.p, bytes};
		int columns = (int)utf8_columns(utf8_decode(text));

		text = str_skip(text, bytes);
		if (columns == 0) {
			if (last >= 0 && !canvas->ascii)
				combine(&line[last], one);
			continue;
		}
		make_room(canvas, line, x, columns);
		if (canvas->ascii && bytes > 1) {
			for (int i = 0; i < columns; i++)
				set_cell(&line[x + i], STR("?"), style);
		} else {
			set_cell(&line[x], one, style);
			if (columns == 2)
				set_cell(&line[x + 1], STR(""), style);
		}
		last = x;
		x += columns;
	}
	return x - from;
}

/* The text as it can be drawn in so many columns. */
static struct str fit(struct canvas *canvas, struct str text, int columns, int *ret_taken)
{
	buf_clear(&canvas->scratch);
	*ret_taken = (int)text_add_fit(&canvas->scratch, text, (size_t)columns,
				       canvas->ascii ? "~" : "…");
	return buf_str(&canvas->scratch);
}

int canvas_put(struct canvas *canvas, int x, int y, int columns, struct str text, enum style style)
{
	struct canvas_cell *line = line_at(canvas, &x, y, &columns);
	int taken;

	if (!line || !text.p)
		return 0;
	return put_safe(canvas, line, x, fit(canvas, text, columns, &taken), style);
}

void canvas_put_right(struct canvas *canvas, int x, int y, int columns, struct str text,
		      enum style style)
{
	struct canvas_cell *line = line_at(canvas, &x, y, &columns);
	struct str fitting;
	int taken;

	if (!line || !text.p)
		return;
	fitting = fit(canvas, text, columns, &taken);
	put_safe(canvas, line, x + columns - taken, fitting, style);
}

void canvas_blank(struct canvas *canvas, int x, int y, int columns, enum style style)
{
	struct canvas_cell *line = line_at(canvas, &x, y, &columns);

	if (!line)
		return;
	make_room(canvas, line, x, columns);
	for (int i = 0; i < columns; i++)
		cell_clear(&line[x + i], style);
}

void canvas_restyle(struct canvas *canvas, int x, int y, int columns, enum style style)
{
	struct canvas_cell *line = line_at(canvas, &x, y, &columns);

	for (int i = 0; line && i < columns; i++)
		line[x + i].style = (uint8_t)style;
}

/* ---- graphs ---- */

#define LEVELS 8

/* From nothing to all of a cell. */
static const char *const blocks[2][LEVELS + 1] = {
	{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	{" ", "_",   ".",   "-",   "=",   "+",   "*",   "#",   "@"  },
};

/* Height in levels, at least one for what is more than nothing. */
static int level_of(double value, double most, int levels)
{
	double share = most > 0 ? value / most : 0;
	int level;

	if (!(share > 0))
		return 0;
	level = share >= 1 ? levels : (int)lround(share * levels);
	return level > 0 ? level : 1;
}

void canvas_graph(struct canvas *canvas, int x, int y, int columns, int rows, const float *values,
		  int count, double most)
{
	int shown = count < columns ? count : columns;

	for (int i = 0; i < shown; i++) {
		float value = values[count - shown + i];
		int level = level_of((double)value, most, rows * LEVELS);

		for (int row = 0; row < rows && isfinite(value); row++) {
			int height = level - row * LEVELS;

			height = height < 0 ? 0 : height > LEVELS ? LEVELS : height;
			if (row == 0 && height == 0) /* a floor: it was looked at */
				canvas_put(canvas, x + columns - shown + i, y + rows - 1, 1,
					   str_of(blocks[canvas->ascii][1]), STYLE_DIM);
			else if (height > 0)
				canvas_put(canvas, x + columns - shown + i, y + rows - 1 - row, 1,
					   str_of(blocks[canvas->ascii][height]), STYLE_GOOD);
		}
	}
}

/* ---- as text ---- */

void canvas_dump(const struct canvas *canvas, struct buf *out)
{
	for (unsigned y = 0; y < canvas->height; y++) {
		for (unsigned x = 0; x < canvas->width; x++) {
			const struct canvas_cell *cell = canvas_at(canvas, x, y);

			buf_add(out, cell->text, cell->bytes);
		}
		while (out->n > 0 && out->p[out->n - 1] == ' ')
			out->n--;
		buf_add_char(out, '\n');
	}
}
