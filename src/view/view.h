/*
 * The full-screen view of what processes use: its state, what keys do to it, and how it is drawn. It
 * reads no file and no clock; it keeps copies of what it shows, so a paused view stands still while
 * everything behind it goes on.
 *
 *	view_take(view, &moment)     a round of samples is complete
 *	view_key(view, key)          somebody pressed a key
 *	view_draw(view, &canvas)     the canvas has the size of the terminal
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "model/field.h"
#include "model/host.h"
#include "model/track.h"
#include "view/canvas.h"
#include "view/input.h"

struct view;

struct view_options {
	const char *command;       /* whose view it is: "top" */
	const char *target;        /* for people: "service nginx.service" */
	const char *source;        /* "bpf" */
	const struct track *track; /* these outlive the view */
	const struct table *table;
	const struct names *names; /* NULL: numbers */
	int64_t interval_ns;
	bool hide_ended;
	/* Appends what there is to say about a process beyond the view's own: lines for its page, in
	 * `width` columns. NULL: nothing. */
	void (*describe)(void *context, const struct track_row *row, unsigned width,
			 struct buf *out);
	void *context;
};

/* How things stand at the end of a round. */
struct view_moment {
	int64_t now_ns;          /* boot time */
	const struct host *host; /* NULL: the header is about the target, not the machine */
	struct host_cpu_share share;
	const struct snapshot_list *snapshots; /* of the round; for states and filters; or NULL */
};

struct view *view_new(const struct view_options *options);
struct view *view_free(struct view *view);

/* Orders by the column of that name ("cpu", "mem", ...). 0 or -EINVAL with a sentence. */
int view_sort_by(struct view *view, struct str name, struct error *err);
/* Shows only whom the filter chooses; empty: everybody. 0 or -EINVAL with a sentence. */
int view_filter(struct view *view, struct str text, struct error *err);

/* Takes over what the track has by now; nothing while it is paused. */
void view_take(struct view *view, const struct view_moment *moment);

enum view_outcome { VIEW_GOES_ON, VIEW_ENDS };
/* A key of view/input.h or a character. */
enum view_outcome view_key(struct view *view, int key);
/* How often to look, by what was pressed. */
int64_t view_interval_ns(const struct view *view);

/* Draws all of it. Keeps what is selected in sight. */
void view_draw(struct view *view, struct canvas *canvas);
/* As lines for a pipe: nothing is selected, and there is no footer. */
void view_draw_plain(struct view *view, struct canvas *canvas);
/* How high a canvas must be for that to show all rows. */
unsigned view_height(const struct view *view);

/* Appends the columns, their names and what they mean, a line each: for help. */
void view_list_columns(struct buf *out);

#endif
