/*
 * The edge to curses, and the only file that knows it. Key decision: curses gets finished cells and has
 * no say in widths; a character that the C library takes for another width than we do is not sent,
 * so that what is on the terminal is what is on the canvas.
 */
#include "view/screen.h"

#include "base/mem.h"
#include "base/text.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

struct screen {
	SCREEN *curses;
	FILE *in, *out;
	int in_fd;
	attr_t attributes[STYLES];
	short pairs[STYLES];
};

/* How a style looks: with colours, and without. -1: the terminal's own. */
static const struct {
	short colour, background;
	attr_t with, without;
} looks[STYLES] = {
	[STYLE_PLAIN] = {-1,           -1,          A_NORMAL, A_NORMAL          },
	[STYLE_STRONG] = {-1,           -1,          A_BOLD,   A_BOLD            },
	[STYLE_DIM] = {-1,           -1,          A_DIM,    A_DIM             },
	[STYLE_LABEL] = {COLOR_CYAN,   -1,          A_NORMAL, A_NORMAL          },
	[STYLE_GOOD] = {COLOR_GREEN,  -1,          A_NORMAL, A_NORMAL          },
	[STYLE_WARN] = {COLOR_YELLOW, -1,          A_BOLD,   A_BOLD            },
	[STYLE_BAD] = {COLOR_RED,    -1,          A_BOLD,   A_BOLD            },
	[STYLE_TAGGED] = {COLOR_YELLOW, -1,          A_NORMAL, A_BOLD            },
	[STYLE_HEADING] = {COLOR_BLACK,  COLOR_GREEN, A_NORMAL, A_REVERSE         },
	[STYLE_SORTED] = {COLOR_BLACK,  COLOR_CYAN,  A_NORMAL, A_REVERSE | A_BOLD},
	[STYLE_SELECTED] = {COLOR_BLACK,  COLOR_CYAN,  A_NORMAL, A_REVERSE         },
	[STYLE_FOOTER] = {COLOR_BLACK,  COLOR_CYAN,  A_NORMAL, A_REVERSE         },
	[STYLE_KEY] = {-1,           -1,          A_BOLD,   A_BOLD            },
};

/* Whoever ends the program: a terminal that was not given back is. Curses knows whether there is one. */
static void give_back(void)
{
	if (!isendwin())
		endwin();
}

static void set_looks(struct screen *screen, bool colour)
{
	colour = colour && has_colors() && start_color() == OK && use_default_colors() == OK;
	for (short i = 0; i < STYLES; i++) {
		screen->attributes[i] = colour ? looks[i].with : looks[i].without;
		if (!colour || (looks[i].colour < 0 && looks[i].background < 0))
			continue;
		if (init_pair((short)(i + 1), looks[i].colour, looks[i].background) == OK)
			screen->pairs[i] = (short)(i + 1);
		else
			screen->attributes[i] = looks[i].without;
	}
}

/* Can it put the cursor anywhere? curses itself would end the program when it cannot. */
static bool can_show(int fd)
{
	const char *name = getenv("TERM");
	const char *motion;
	bool can;
	int found;

	if (!name || !*name || strcmp(name, "dumb") == 0 || setupterm(name, fd, &found) != OK)
		return false;
	motion = tigetstr("cup");
	can = motion && motion != (char *)-1;
	del_curterm(cur_term);
	return can;
}

/* A stream of curses's own over a descriptor that stays ours. */
static FILE *stream_of(int fd, const char *mode)
{
	int copy = dup(fd);
	FILE *stream = copy >= 0 ? fdopen(copy, mode) : NULL;

	if (!stream && copy >= 0)
		close(copy);
	return stream;
}

static void prepare_keys(void)
{
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	meta(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
}

int screen_new(struct screen **ret_screen, const struct screen_options *options, struct error *err)
{
	struct screen *screen;

	if (!isatty(options->in_fd) || !isatty(options->out_fd) || !can_show(options->out_fd))
		return SCREEN_NONE;
	screen = mem_alloc(sizeof *screen);
	screen->in_fd = options->in_fd;
	screen->in = stream_of(options->in_fd, "r");
	screen->out = stream_of(options->out_fd, "w");
	if (screen->in && screen->out)
		screen->curses = newterm(NULL, screen->out, screen->in);
	if (!screen->curses) {
		screen_free(screen);
		return error_set(err, EIO, "cannot use the terminal for a screen: curses refuses");
	}
	atexit(give_back);
	prepare_keys();
	set_looks(screen, options->colour);
	*ret_screen = screen;
	return SCREEN_TAKEN;
}

struct screen *screen_free(struct screen *screen)
{
	if (!screen)
		return NULL;
	if (screen->curses) {
		give_back();
		delscreen(screen->curses);
	}
	if (screen->in)
		fclose(screen->in);
	if (screen->out)
		fclose(screen->out);
	free(screen);
	return NULL;
}

/* ---- showing ---- */

void screen_fit(struct screen *screen, struct canvas *canvas)
{
	canvas_resize(canvas, (unsigned)getmaxx(stdscr), (unsigned)getmaxy(stdscr));
}

/* The cell as wide characters; what curses would take for another width is a question mark. */
static void put_cell(const struct screen *screen, int y, int x, const struct canvas_cell *cell,
		     bool wide)
{
	struct str text = {cell->text, cell->bytes};
	wchar_t points[CCHARW_MAX + 1];
	unsigned count = 0;
	cchar_t shown;

	while (text.n > 0 && count < CCHARW_MAX) {
		points[count++] = (wchar_t)utf8_decode(text);
		text = str_skip(text, utf8_width(text));
	}
	if (wcwidth(points[0]) != (wide ? 2 : 1)) {
		points[0] = L'?';
		count = 1;
	}
	for (unsigned i = 1; i < count; i++)
		if (wcwidth(points[i]) != 0)
			count = i;
	points[count] = 0;
	setcchar(&shown, points, screen->attributes[cell->style], screen->pairs[cell->style], NULL);
	mvadd_wch(y, x, &shown);
	if (wide && points[0] == L'?')
		mvadd_wch(y, x + 1, &shown);
}

void screen_show(struct screen *screen, const struct canvas *canvas)
{
	erase();
	for (unsigned y = 0; y < canvas->height; y++) {
		for (unsigned x = 0; x < canvas->width; x++) {
			const struct canvas_cell *cell = canvas_at(canvas, x, y);
			bool wide =
				x + 1 < canvas->width && canvas_at(canvas, x + 1, y)->bytes == 0;

			if (cell->bytes > 0)
				put_cell(screen, (int)y, (int)x, cell, wide);
		}
	}
	refresh();
}

void screen_redraw(struct screen *screen)
{
	clearok(curscr, TRUE);
}

/* ---- keys ---- */

static const struct {
	int curses, input;
} special[] = {
	{KEY_UP,        INPUT_UP       },
	{KEY_DOWN,      INPUT_DOWN     },
	{KEY_LEFT,      INPUT_LEFT     },
	{KEY_RIGHT,     INPUT_RIGHT    },
	{KEY_PPAGE,     INPUT_PAGE_UP  },
	{KEY_NPAGE,     INPUT_PAGE_DOWN},
	{KEY_HOME,      INPUT_HOME     },
	{KEY_END,       INPUT_END      },
	{KEY_ENTER,     INPUT_ENTER    },
	{KEY_BACKSPACE, INPUT_BACKSPACE},
	{KEY_DC,        INPUT_BACKSPACE},
	{KEY_F(1),      INPUT_F1       },
	{KEY_RESIZE,    INPUT_RESIZE   },
};

/* curses says the same of a terminal that has gone as of one where nobody presses anything. */
static bool has_gone(const struct screen *screen)
{
	struct pollfd terminal = {.fd = screen->in_fd, .events = POLLIN};

	return poll(&terminal, 1, 0) > 0 && terminal.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int screen_key(struct screen *screen)
{
	wint_t got;
	int kind = get_wch(&got);

	if (kind == ERR)
		return has_gone(screen) ? -EIO : INPUT_NONE;
	if (kind == KEY_CODE_YES) {
		for (size_t i = 0; i < sizeof special / sizeof *special; i++)
			if (special[i].curses == (int)got)
				return special[i].input;
		return INPUT_RESIZE; /* unknown to us: nothing but a reason to draw */
	}
	if (got == '\n' || got == '\r')
		return INPUT_ENTER;
	return got == '\b' ? INPUT_BACKSPACE : (int)got;
}
