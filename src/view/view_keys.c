/*
 * Keys. Key decision: one row says which keys, what they do and what the help and the footer call it,
 * so nothing works that is not told and nothing is told that does not work.
 */
#include "base/clock.h"
#include "view/view_internal.h"

#include <stdarg.h>
#include <stdio.h>

void view_say(struct view *view, const char *format, ...)
{
	char text[sizeof((struct error *)NULL)->text];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	buf_clear(&view->message);
	buf_add_text(&view->message, text);
	view->said_ns = view->now_ns;
}

/* ---- moving ---- */

static enum view_outcome move_to(struct view *view, size_t index)
{
	view_select(view, index);
	return VIEW_GOES_ON;
}

static enum view_outcome move(struct view *view, int key)
{
	size_t page = view->page_rows > 1 ? view->page_rows - 1 : 1;
	size_t step = key == INPUT_PAGE_UP || key == INPUT_PAGE_DOWN ? page : 1;

	if (key == INPUT_UP || key == INPUT_PAGE_UP)
		return move_to(view, view->selected > step ? view->selected - step : 0);
	return move_to(view, view->selected + step);
}

/* On top nobody is held on to: whoever comes there is selected. */
static enum view_outcome move_home(struct view *view, int key)
{
	view->selected_id = 0;
	view->selected = 0;
	return VIEW_GOES_ON;
}

static enum view_outcome move_end(struct view *view, int key)
{
	return move_to(view, SIZE_MAX);
}

/* ---- search ---- */

static enum view_outcome find_next(struct view *view, int key)
{
	bool backwards = key == 'N';
	size_t count = view->shown_count;

	view->searching = true;
	if (view->search.n == 0)
		view_say(view, "nothing is searched for: / begins a search");
	else if (!count ||
		 !view_find(view, view->selected + (backwards ? count - 1 : 1), backwards))
		view_say(view, "no '%s' here", buf_cstr(&view->search));
	return VIEW_GOES_ON;
}

/* ---- order ---- */

static enum view_outcome order_by(struct view *view, const struct view_column *column)
{
	view->order = column;
	view->ascending = column->flags & COLUMN_ASCENDING;
	view_arrange(view);
	view_say(view, "sorted by %s, %s first", column->heading,
		 view->ascending ? "the least" : "the greatest");
	return VIEW_GOES_ON;
}

static enum view_outcome order_key(struct view *view, int key)
{
	static const struct {
		int key;
		const char *name;
	} orders[] = {
		{'P', "cpu" },
                {'M', "mem" },
                {'T', "time"},
                {'N', "pid" },
                {'I', "disk"},
	};

	if (key == 'N' && view->searching)
		return find_next(view, key);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if (orders[i].key == key)
			return order_by(view, view_column_named(str_of(orders[i].name)));
	return VIEW_GOES_ON;
}

static enum view_outcome order_move(struct view *view, int key)
{
	unsigned at = (unsigned)(view->order - view_columns);

	do
		at = (at + (key == '<' || key == INPUT_LEFT ? view_column_count - 1 : 1)) %
		     view_column_count;
	while (!view_column_offered(&view_columns[at], view));
	return order_by(view, &view_columns[at]);
}

static enum view_outcome order_reverse(struct view *view, int key)
{
	view->ascending = !view->ascending;
	view_arrange(view);
	return VIEW_GOES_ON;
}

/* ---- what is shown ---- */

static enum view_outcome toggle_tree(struct view *view, int key)
{
	view->tree = !view->tree;
	view_arrange(view);
	return VIEW_GOES_ON;
}

static enum view_outcome toggle_ended(struct view *view, int key)
{
	view->hide_ended = !view->hide_ended;
	view_arrange(view);
	view_say(view, "who has ended is %s", view->hide_ended ? "hidden" : "shown");
	return VIEW_GOES_ON;
}

static enum view_outcome toggle_kernel(struct view *view, int key)
{
	view->hide_kernel = !view->hide_kernel;
	view_arrange(view);
	view_say(view, "kernel threads are %s", view->hide_kernel ? "hidden" : "shown");
	return VIEW_GOES_ON;
}

static enum view_outcome toggle_pause(struct view *view, int key)
{
	view->paused = !view->paused;
	return VIEW_GOES_ON;
}

static enum view_outcome change_interval(struct view *view, int key)
{
	static const int64_t steps_ms[] = {100,  200,   500,   1000,  2000,
					   5000, 10000, 20000, 30000, 60000};
	const size_t count = sizeof steps_ms / sizeof *steps_ms;
	struct buf text = BUF_INIT;
	size_t i;

	if (key == '-') {
		for (i = count - 1; i > 0 && steps_ms[i] * NS_PER_MS >= view->interval_ns; i--)
			;
	} else {
		for (i = 0; i + 1 < count && steps_ms[i] * NS_PER_MS <= view->interval_ns; i++)
			;
	}
	view->interval_ns = steps_ms[i] * NS_PER_MS;
	view_add_interval(&text, view->interval_ns);
	view_say(view, "a round every %s", buf_cstr(&text));
	buf_deinit(&text);
	return VIEW_GOES_ON;
}

static enum view_outcome tag(struct view *view, int key)
{
	if (view->shown_count == 0)
		return VIEW_GOES_ON;
	view->shown[view->selected]->tagged = !view->shown[view->selected]->tagged;
	return move(view, INPUT_DOWN);
}

static enum view_outcome untag(struct view *view, int key)
{
	for (struct view_row *row = view->rows; row; row = row->hh.next)
		row->tagged = false;
	return VIEW_GOES_ON;
}

/* ---- prompts ---- */

static enum view_outcome ask(struct view *view, int key)
{
	buf_clear(&view->typed);
	view->prompt = key == '/' ? PROMPT_SEARCH : PROMPT_FILTER;
	if (view->prompt == PROMPT_FILTER)
		buf_add_str(&view->typed, buf_str(&view->filter_text));
	view->search_from = view->shown_count ? view->shown[view->selected]->of.id : 0;
	return VIEW_GOES_ON;
}

static size_t index_of(const struct view *view, uint64_t id)
{
	for (size_t i = 0; i < view->shown_count; i++)
		if (view->shown[i]->of.id == id)
			return i;
	return 0;
}

/* As it is typed, from where it began. */
static void search_typed(struct view *view)
{
	buf_clear(&view->search);
	buf_add_str(&view->search, buf_str(&view->typed));
	if (view->typed.n > 0 && !view_find(view, index_of(view, view->search_from), false))
		view_say(view, "no '%s' here", buf_cstr(&view->search));
}

/* Enter: a wrong filter stays to be corrected. */
static void prompt_done(struct view *view)
{
	struct error err;

	if (view->prompt == PROMPT_FILTER && view_filter(view, buf_str(&view->typed), &err) < 0) {
		err.text[strcspn(err.text, "\n")] = 0;
		view_say(view, "%s", err.text);
		return;
	}
	view->searching = view->prompt == PROMPT_SEARCH;
	view->prompt = PROMPT_NONE;
}

static void erase_character(struct buf *typed)
{
	while (typed->n > 0 && (typed->p[typed->n - 1] & 0xc0) == 0x80)
		typed->n--;
	typed->n -= typed->n > 0;
}

/* A character as UTF-8. */
static void type_character(struct buf *typed, unsigned point)
{
	static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	unsigned bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	if (typed->n > 1000)
		return;
	buf_add_char(typed, (char)(lead[bytes] | point >> 6 * (bytes - 1)));
	while (--bytes > 0)
		buf_add_char(typed, (char)(0x80 | (point >> 6 * (bytes - 1) & 0x3f)));
}

static void prompt_key(struct view *view, int key)
{
	bool search = view->prompt == PROMPT_SEARCH;

	if (key == INPUT_ENTER) {
		prompt_done(view);
	} else if (key == INPUT_ESCAPE) {
		view->prompt = PROMPT_NONE;
		if (search)
			view_select(view, index_of(view, view->search_from));
	} else if (key == INPUT_BACKSPACE || key == INPUT_CTRL_U ||
		   (key >= ' ' && key < INPUT_UP)) {
		if (key == INPUT_BACKSPACE)
			erase_character(&view->typed);
		else if (key == INPUT_CTRL_U)
			buf_clear(&view->typed);
		else
			type_character(&view->typed, (unsigned)key);
		if (search)
			search_typed(view);
	}
}

/* ---- pages ---- */

static enum view_outcome open_process(struct view *view, int key)
{
	if (view->shown_count == 0)
		return VIEW_GOES_ON;
	view_select(view, view->selected);
	view->opened_id = view->selected_id;
	view->mode = VIEW_PROCESS;
	view->scroll = 0;
	view->details_width = 0;
	return VIEW_GOES_ON;
}

static enum view_outcome open_help(struct view *view, int key)
{
	view->mode = VIEW_HELP;
	view->scroll = 0;
	return VIEW_GOES_ON;
}

static enum view_outcome close_page(struct view *view, int key)
{
	view->mode = VIEW_LIST;
	view->opened_id = 0;
	buf_clear(&view->details);
	return VIEW_GOES_ON;
}

static enum view_outcome scroll(struct view *view, int key)
{
	int page = view->page_rows > 1 ? (int)view->page_rows - 1 : 1;
	const struct {
		int key, by;
	} steps[] = {
		{INPUT_UP,        -1   },
                {INPUT_DOWN,      1    },
                {INPUT_PAGE_UP,   -page},
		{INPUT_PAGE_DOWN, page },
                {' ',             page },
	};
	int to = key == INPUT_END ? view->scroll_most : 0;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i].key == key)
			to = view->scroll + steps[i].by;
	view->scroll = to < 0 ? 0 : to > view->scroll_most ? view->scroll_most : to;
	return VIEW_GOES_ON;
}

static enum view_outcome quit(struct view *view, int key)
{
	return VIEW_ENDS;
}

/* ---- the tables ---- */

/* clang-format off */
static const struct view_key_row list_keys[] = {
	{{'?', INPUT_F1, 'h'}, "? F1", "this page", "help", open_help},
	{{INPUT_UP, INPUT_DOWN, INPUT_PAGE_UP, INPUT_PAGE_DOWN}, "arrows, PgUp, PgDn",
	 "select a process; who is selected stays it, wherever it moves", NULL, move},
	{{INPUT_HOME}, "Home", "the first, and nobody in particular", NULL, move_home},
	{{INPUT_END}, "End", "the last", NULL, move_end},
	{{INPUT_ENTER}, "Enter", "the page of the process: measures, graph, files, sockets", "open",
	 open_process},
	{{'P', 'M', 'T', 'N'}, "P M T N", "sort by CPU, memory, CPU time, number", "sort", order_key},
	{{'I'}, "I", "sort by input and output", NULL, order_key},
	{{'<', '>', INPUT_LEFT, INPUT_RIGHT}, "< >", "sort by the column to the left or the right", NULL,
	 order_move},
	{{'r', 'R'}, "r", "the other way round", NULL, order_reverse},
	{{'t'}, "t", "as a tree, or as a list", "tree", toggle_tree},
	{{'d'}, "d", "hide or show who has ended", "ended", toggle_ended},
	{{'K'}, "K", "hide or show the kernel's threads", NULL, toggle_kernel},
	{{'/'}, "/", "search in numbers and commands as you type; Enter stays there, Esc goes back",
	 "search", ask},
	{{'n'}, "n N", "the next that matches, the one before; N only right behind a search or n", NULL,
	 find_next},
	{{'\\'}, "\\", "show only whom a filter chooses, as in 'pscope ps --filter'; empty: everybody",
	 "filter", ask},
	{{' '}, "space", "tag a process, to find it again", NULL, tag},
	{{'U'}, "U", "untag all", NULL, untag},
	{{'p'}, "p", "pause: what is shown stands still, what is counted goes on", "pause",
	 toggle_pause},
	{{'+', '=', '-'}, "+ -", "more or less time between rounds", NULL, change_interval},
	{{'q', INPUT_CTRL_C}, "q Ctrl-C", "quit", "quit", quit},
	{{0}},
};

static const struct view_key_row page_keys[] = {
	{{INPUT_UP, INPUT_DOWN, INPUT_PAGE_UP, INPUT_PAGE_DOWN}, "arrows, PgUp, PgDn", "scroll",
	 "scroll", scroll},
	{{INPUT_HOME, INPUT_END, ' '}, "Home End", "to the begin, to the end", NULL, scroll},
	{{'p'}, "p", "pause", "pause", toggle_pause},
	{{'+', '=', '-'}, "+ -", "more or less time between rounds", NULL, change_interval},
	{{INPUT_ESCAPE, 'q', INPUT_ENTER, INPUT_BACKSPACE}, "Esc q", "back", "back", close_page},
	{{INPUT_LEFT, '?', INPUT_F1}, NULL, NULL, NULL, close_page},
	{{INPUT_CTRL_C}, "Ctrl-C", "quit", NULL, quit},
	{{0}},
};
/* clang-format on */

const struct view_key_row *view_key_rows(enum view_mode mode)
{
	return mode == VIEW_LIST ? list_keys : page_keys;
}

enum view_outcome view_key(struct view *view, int key)
{
	if (key == INPUT_NONE || key == INPUT_RESIZE)
		return VIEW_GOES_ON;
	buf_clear(&view->message);
	if (view->prompt != PROMPT_NONE && key != INPUT_CTRL_C) {
		prompt_key(view, key);
		return VIEW_GOES_ON;
	}
	view->searching &= key == 'n' || key == 'N';
	for (const struct view_key_row *row = view_key_rows(view->mode); row->keys[0]; row++)
		for (size_t i = 0; i < sizeof row->keys / sizeof *row->keys; i++)
			if (row->keys[i] && row->keys[i] == key)
				return row->act(view, key);
	return VIEW_GOES_ON;
}
