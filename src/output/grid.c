/*
 * A small table for people. Key decision: all cells stand in one buffer with their ends beside it,
 * so that the 20,000 descriptors of a process are a table of two allocations.
 */
#include "output/grid.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

#define GAP       2 /* blanks between columns */
#define CUT_LEAST 8 /* columns that a cut cell must still have */

void grid_init(struct grid *grid, const struct grid_column *columns, unsigned column_count)
{
	*grid = (struct grid){.columns = columns, .column_count = column_count};
}

void grid_deinit(struct grid *grid)
{
	buf_deinit(&grid->text);
	free(grid->ends);
	*grid = (struct grid){0};
}

static void end_cell(struct grid *grid)
{
	if (!grid->open)
		return;
	if (grid->cell_count == grid->capacity) {
		grid->capacity = grid->capacity ? 2 * grid->capacity : 64;
		grid->ends = mem_realloc(grid->ends, grid->capacity, sizeof *grid->ends);
	}
	grid->ends[grid->cell_count++] = grid->text.n;
	grid->open = false;
}

struct buf *grid_cell(struct grid *grid)
{
	end_cell(grid);
	grid->open = true;
	return &grid->text;
}

void grid_text(struct grid *grid, const char *text)
{
	buf_add_text(grid_cell(grid), text);
}

static struct str cell(const struct grid *grid, size_t i)
{
	size_t start = i ? grid->ends[i - 1] : 0;

	return (struct str){grid->text.p + start, grid->ends[i] - start};
}

struct shape {
	size_t widths[GRID_COLUMNS_MAX]; /* 0: left out */
	size_t sum;                      /* of all but the last, with gaps */
	size_t room;                     /* for the last */
	bool cut; /* what does not fit there is cut, else it stands on a line of its own */
};

static void measure(const struct grid *grid, struct shape *shape)
{
	unsigned last = grid->column_count - 1;

	for (size_t i = 0; i < grid->cell_count; i++) {
		size_t *widest = &shape->widths[i % grid->column_count];
		size_t width = text_columns(cell(grid, i));

		*widest = width > *widest ? width : *widest;
	}
	for (unsigned i = 0; i <= last; i++) {
		size_t heading = grid->no_headings ? 0 : strlen(grid->columns[i].heading);

		if (shape->widths[i] > 0 && shape->widths[i] < heading)
			shape->widths[i] = heading;
		if (i < last && shape->widths[i] > 0)
			shape->sum += shape->widths[i] + GAP;
	}
}

static void add_padded(struct buf *out, struct str text, size_t width, bool right)
{
	size_t columns = text_columns(text), blanks = columns < width ? width - columns : 0;

	if (right)
		buf_add_repeat(out, ' ', blanks);
	buf_add_str(out, text);
	if (!right)
		buf_add_repeat(out, ' ', blanks);
}

static void trim_line(struct buf *out)
{
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		out->n--;
	buf_add_char(out, '\n');
}

static void add_row(const struct grid *grid, const struct shape *shape, struct buf *out,
		    unsigned indent, struct str (*text)(const struct grid *, size_t), size_t from)
{
	unsigned last = grid->column_count - 1;
	bool first = true;

	buf_add_repeat(out, ' ', indent);
	for (unsigned i = 0; i <= last; i++) {
		struct str here = text(grid, from + i);
		bool over = i == last && text_columns(here) > shape->room;

		if (shape->widths[i] == 0)
			continue;
		if (over && !shape->cut) {
			trim_line(out);
			buf_add_repeat(out, ' ', indent + 4);
		} else if (!first) {
			buf_add_repeat(out, ' ', GAP);
		}
		first = false;
		if (over && shape->cut)
			text_add_safe_cut(out, here, shape->room);
		else
			add_padded(out, here, over ? 0 : shape->widths[i], grid->columns[i].right);
	}
	trim_line(out);
}

static struct str heading(const struct grid *grid, size_t i)
{
	return str_of(grid->columns[i].heading);
}

void grid_print(struct grid *grid, struct buf *out, unsigned indent, unsigned width, bool colour)
{
	struct shape shape = {0};

	end_cell(grid);
	if (grid->cell_count == 0)
		return;
	measure(grid, &shape);
	shape.room = SIZE_MAX;
	if (width > 0)
		shape.room = width > indent + shape.sum ? width - indent - shape.sum : 0;
	shape.cut = grid->cut && shape.room >= CUT_LEAST;
	if (!grid->no_headings) {
		buf_add_text(out, colour ? "\x1b[2m" : "");
		add_row(grid, &shape, out, indent, heading, 0);
		if (colour) {
			out->n--;
			buf_add_text(out, "\x1b[0m\n");
		}
	}
	for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count)
		add_row(grid, &shape, out, indent, cell, i);
}
