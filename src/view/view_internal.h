/* What the files of the view share, and nobody else. */
#ifndef VIEW_VIEW_INTERNAL_H
#define VIEW_VIEW_INTERNAL_H

#include "base/hash.h"
#include "model/filter/filter.h"
#include "view/view.h"

/* Values that graphs remember: of the whole, and of each process that was sampled. */
#define VIEW_HISTORY      512
#define VIEW_HISTORY_EACH 128

/* The latest values, oldest first. */
struct view_history {
	float *values;
	unsigned count, capacity;
};

/* One life as it was when the view last took over. */
struct view_row {
	struct track_row of; /* a copy; its texts are the view's, its links mean nothing */
	uint64_t parent_id;  /* 0: not known */
	char state;          /* R S D ...; 0: not known */
	bool tagged;
	bool chosen;    /* the filter lets it through */
	unsigned taken; /* the last round that it was in */
	struct view_history cpu;
	double key; /* of the order: what the column says */
	/* the tree of those that are shown */
	struct view_row *up, *first_child, *last_child, *sibling;
	bool placed;
	UT_hash_handle hh; /* by of.id */
};

enum view_mode { VIEW_LIST, VIEW_PROCESS, VIEW_HELP };
enum view_prompt { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER };

struct view_column;

struct view {
	struct view_options options;
	int64_t interval_ns;

	/* what was taken over last */
	int64_t now_ns;
	struct track_totals totals;
	struct host host; /* its list of CPUs is left out */
	bool host_known;
	struct host_cpu_share share;
	struct view_history history; /* CPU of all */
	struct view_row *rows;       /* by life */
	unsigned round;

	/* what of it is shown, in order */
	struct view_row **shown;
	size_t shown_count, shown_capacity;
	const struct view_column *order;
	bool ascending, tree, hide_ended, hide_kernel, paused;
	struct filter *filter;
	struct buf filter_text;
	struct arena arena; /* of one question to the filter */

	/* where one is */
	bool plain; /* drawn for a pipe */
	enum view_mode mode;
	uint64_t selected_id; /* 0: whoever is on top */
	size_t selected, top;
	unsigned page_rows; /* rows in sight when it was drawn last */
	uint64_t opened_id; /* VIEW_PROCESS */
	struct buf details; /* what the caller says of it */
	unsigned details_width;
	int scroll, scroll_most; /* of a page */
	enum view_prompt prompt;
	bool searching; /* the key before was about the search: N goes back in it */
	struct buf typed, search, message;
	int64_t said_ns;      /* when the message was */
	uint64_t search_from; /* who was selected when the search began */
};

/* ---- view_columns.c ---- */

enum column_flag {
	COLUMN_LEFT = 1 << 0,
	COLUMN_ASCENDING = 1 << 1, /* the least first, when it is chosen to order by */
	COLUMN_LIVING = 1 << 2,    /* says nothing of who has ended */
	COLUMN_OPTIONAL = 1 << 3,  /* its measure is not taken always */
};

enum column_figure { SERIES_NOW, SERIES_AVERAGE, SERIES_MAX };

struct view_column {
	const char *name; /* for --sort */
	const char *heading;
	uint8_t width;
	uint8_t priority; /* the greatest goes first where there is no room */
	uint8_t flags;
	/* The value that is shown and ordered by; false: not known. NULL: it is a text. */
	bool (*value)(const struct view_column *column, const struct view *view,
		      const struct view_row *row, double *ret);
	void (*format)(struct buf *out, double value);
	/* The text, where there is no value, or instead of the formatted one. */
	void (*text)(const struct view *view, const struct view_row *row, struct buf *out);
	enum track_measure measure;
	enum column_figure figure;
	const char *help;
};

extern const struct view_column view_columns[];
extern const unsigned view_column_count;
const struct view_column *view_column_named(struct str name);
/* Appends what the column says of the row. */
void view_column_add(const struct view_column *column, const struct view *view,
		     const struct view_row *row, struct buf *out);
bool view_column_value(const struct view_column *column, const struct view *view,
		       const struct view_row *row, double *ret);
/* Is there anything in it? */
bool view_column_offered(const struct view_column *column, const struct view *view);
/* "12.3", "1234" */
void view_add_percent(struct buf *out, double value);
void view_add_bytes(struct buf *out, double value);
void view_add_count(struct buf *out, double value);
void view_add_duration(struct buf *out, double ns);
/* "1s", "500ms" */
void view_add_interval(struct buf *out, int64_t ns);
/* What it runs, in words: "make -j2", or "[make]" where only the name is known. */
void view_add_command(const struct view_row *row, struct buf *out);
void view_add_user(const struct view *view, uint32_t uid, struct buf *out);
/* "exit 2", "SIGSEGV", "running" */
void view_add_ending(const struct view_row *row, struct buf *out);

/* ---- view_rows.c ---- */

/* Filters, orders and links again what is shown, and finds who was selected. */
void view_arrange(struct view *view);
struct view_row *view_row_of(const struct view *view, uint64_t id);
void view_select(struct view *view, size_t index);
/* The next (or before) that matches the search, from there on; true: one was found and selected. */
bool view_find(struct view *view, size_t from, bool backwards);

/* ---- view_filter.c ---- */

/* Does the filter let it through? */
bool view_filter_takes(struct view *view, const struct view_row *row);

/* ---- view_header.c, view_page.c ---- */

#define VIEW_HEADER_LINES 5

/* Draws the header from line 0 on, as much of it as there is height for; returns its lines. */
int view_header(const struct view *view, struct canvas *canvas);
/* The pages: of a process, of help. */
void view_draw_page(struct view *view, struct canvas *canvas, int height);
/* Asks again what there is to say about the opened process. */
void view_describe(struct view *view);

/* ---- view_keys.c ---- */

struct view_key_row {
	int keys[4];       /* 0: no more */
	const char *shown; /* for the help */
	const char *help;
	const char *footer; /* what it is called in the footer; NULL: it is not there */
	enum view_outcome (*act)(struct view *view, int key);
};

/* Of a mode; ended by a row without keys. */
const struct view_key_row *view_key_rows(enum view_mode mode);
__attribute__((format(printf, 2, 3))) void view_say(struct view *view, const char *format, ...);

#endif
