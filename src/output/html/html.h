/* What the parts of the HTML page share: which lives are on it, and what is told of them. */
#ifndef OUTPUT_HTML_HTML_H
#define OUTPUT_HTML_HTML_H

#include "analysis/history.h"
#include "output/output.h"

struct report_view;

#define HTML_LIVES_MAX 50000 /* what a browser moves smoothly */

/* What was folded into a life that is shown. */
struct html_fold {
	uint32_t count, failures;
	uint64_t cpu_ns;
};

struct html_lives {
	uint32_t *order; /* the lives that are shown, each tree depth first, siblings by start */
	uint32_t count;
	uint32_t *place; /* of each life: where in `order` it or the ancestor it is folded into is;
			    HISTORY_NONE: folded, and so are all its ancestors */
	struct html_fold *folds; /* by place; at [count] that of whole trees */
	uint32_t folded;
};

/* Which lives: all that are long and high enough, and of those the longest and the failed. */
void html_lives_find(struct html_lives *ret, const struct history *history,
		     const struct output_options *options, uint32_t most);
void html_lives_deinit(struct html_lives *lives);

/* JSON that may stand in a page: it has no '<'. */
void html_add_data(struct buf *out, const struct report_view *view, const struct html_lives *lives);
/* The report as plain tables, for who has no scripts. */
void html_add_report(struct buf *out, const struct report_view *view);
/* What the page is called. */
void html_add_title(struct buf *out, const struct report_view *view);

#endif
