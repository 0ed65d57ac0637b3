/* What the page of a process in the full-screen view says beyond its measures: what inspect says. */
#ifndef CLI_SCREEN_PAGE_H
#define CLI_SCREEN_PAGE_H

#include "base/root.h"
#include "model/field.h"
#include "model/track.h"

struct screen_page {
	const struct root *root;
	const struct host *host;
	const struct names *names;
	bool ascii;
};

/* For struct view_options; `context`: a struct screen_page. */
void screen_page_describe(void *context, const struct track_row *row, unsigned width,
			  struct buf *out);

#endif
