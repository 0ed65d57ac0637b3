/*
 * What became different between two recordings, in three forms: for a terminal, as JSON, as Markdown.
 * Each side is a sink that is played its recording; then the page is written.
 */
#ifndef OUTPUT_DIFF_DIFF_H
#define OUTPUT_DIFF_DIFF_H

#include "analysis/condition.h"
#include "output/report/report.h"

struct diff_options {
	struct report_options report;        /* how the page is written */
	const char *names[ALIGN_SIDES];      /* of the recordings, for people */
	struct difference_noise noise;       /* changes that are not told */
	const struct conditions *conditions; /* what fails; must outlive the comparison */
};

struct diff;

struct diff *diff_new(const struct diff_options *options);
void diff_free(struct diff *diff);
/* Of ALIGN_BEFORE or ALIGN_AFTER; owned by `diff`. Strings of its run must outlive diff_write. */
struct sink *diff_sink(struct diff *diff, int side);
/* Once both sinks were closed: the page, and how many conditions hold. 0 or a negative errno. */
int diff_write(struct diff *diff, unsigned *ret_failed, struct error *err);

#endif
