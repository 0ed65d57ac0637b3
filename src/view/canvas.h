/* A screen in memory: cells with a character and a style each. What is drawn beside it is cut off. */
#ifndef VIEW_CANVAS_H
#define VIEW_CANVAS_H

#include "base/buf.h"

#include <stdint.h>

/* What a cell means; the terminal's edge knows how that looks, with colours and without. */
enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_DIM, /* there, but nothing to look at: who has ended, what is 0 */
	STYLE_LABEL,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	STYLE_TAGGED,
	STYLE_HEADING,
	STYLE_SORTED, /* the heading of the column that orders the rows */
	STYLE_SELECTED,
	STYLE_FOOTER,
	STYLE_KEY, /* in the footer: what to press */
	STYLES
};

/* A base character and what is drawn over it, as much of that as fits. */
#define CANVAS_CELL_BYTES 20

struct canvas_cell {
	char text[CANVAS_CELL_BYTES]; /* UTF-8, zeros behind it */
	uint8_t bytes;                /* 0: the right half of the wide one before it */
	uint8_t style;
};

struct canvas {
	unsigned width, height;
	bool ascii; /* nothing else may be on it */
	struct canvas_cell *cells;
	struct buf scratch;
};

void canvas_init(struct canvas *canvas, bool ascii);
void canvas_deinit(struct canvas *canvas);
/* Of that size, and empty. */
void canvas_resize(struct canvas *canvas, unsigned width, unsigned height);
const struct canvas_cell *canvas_at(const struct canvas *canvas, unsigned x, unsigned y);

/*
 * Draws `text` (any bytes: made safe for terminals) from column `x` on, cut to `columns` with an
 * ellipsis; returns the columns that it takes. Places outside of the canvas are fine.
 */
int canvas_put(struct canvas *canvas, int x, int y, int columns, struct str text, enum style style);
/* The same, flush with the right end of the `columns`. */
void canvas_put_right(struct canvas *canvas, int x, int y, int columns, struct str text,
		      enum style style);
/* A line of that many blanks. */
void canvas_blank(struct canvas *canvas, int x, int y, int columns, enum style style);
/* Changes the style of what is there. */
void canvas_restyle(struct canvas *canvas, int x, int y, int columns, enum style style);
/*
 * A graph of `rows` lines, the last values at its right end, `most` as high as it is. Values that
 * are no numbers leave a gap.
 */
void canvas_graph(struct canvas *canvas, int x, int y, int columns, int rows, const float *values,
		  int count, double most);

/* Appends what is on it as lines, without blanks at their ends. */
void canvas_dump(const struct canvas *canvas, struct buf *out);

#endif
