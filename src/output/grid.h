/* A small table for people: cells are written one after the other, then aligned as a whole. */
#ifndef OUTPUT_GRID_H
#define OUTPUT_GRID_H

#include "base/buf.h"

#define GRID_COLUMNS_MAX 16

struct grid_column {
	const char *heading;
	bool right;
};

struct grid {
	const struct grid_column *columns;
	unsigned column_count;
	bool no_headings;
	bool cut; /* a line that is too long is cut, instead of broken before the last column */
	struct buf text; /* all cells */
	size_t *ends;    /* where each finished cell ends in text */
	size_t cell_count, capacity;
	bool open; /* a cell is being written */
};

void grid_init(struct grid *grid, const struct grid_column *columns, unsigned column_count);
void grid_deinit(struct grid *grid);
/* Ends the cell before and begins the next one: append its text, safe for terminals, to the result. */
struct buf *grid_cell(struct grid *grid);
void grid_text(struct grid *grid, const char *text);

/*
 * Appends headings and rows, `indent` blanks before each. Where a line would be longer than `width`
 * (0: no limit), its last cell stands on a line of its own below it. Columns that are empty in all
 * rows are left out.
 */
void grid_print(struct grid *grid, struct buf *out, unsigned indent, unsigned width, bool colour);

#endif
