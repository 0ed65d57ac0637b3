/* The terminal: shows a canvas, tells what was pressed, and is as it was before when it is given back. */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include "base/error.h"
#include "view/canvas.h"
#include "view/input.h"

struct screen;

struct screen_options {
	int in_fd, out_fd;
	bool colour;
};

/*
 * Takes the terminal. Returns 0; 1 when there is none that can show a screen (a pipe, TERM=dumb, or
 * unknown to terminfo): say it plainly then; or a negative errno with a sentence. The locale of the
 * characters must have been set. However the program ends, by exit or by screen_free, the terminal is
 * given back.
 */
enum { SCREEN_TAKEN = 0, SCREEN_NONE = 1 };
int screen_new(struct screen **ret_screen, const struct screen_options *options, struct error *err);
struct screen *screen_free(struct screen *screen);

/* Makes the canvas as large as the terminal is now. */
void screen_fit(struct screen *screen, struct canvas *canvas);
/* Shows it; only what has changed is written. */
void screen_show(struct screen *screen, const struct canvas *canvas);
/* Writes all of it again, whatever is thought to be there. */
void screen_redraw(struct screen *screen);
/* The next key, INPUT_NONE when there is none for now, or -EIO: the terminal has gone. */
int screen_key(struct screen *screen);

#endif
