/* What the forms of a comparison have in common: both reports, and what differs. */
#ifndef OUTPUT_DIFF_DIFF_VIEW_H
#define OUTPUT_DIFF_DIFF_VIEW_H

#include "output/diff/diff.h"
#include "output/report/report_view.h"

struct diff_view {
	const struct difference *difference;
	const struct report *reports[ALIGN_SIDES];
	const struct report_view *sides[ALIGN_SIDES];
	const struct difference_noise *noise;
	const struct conditions *conditions;
	const char *const *names;
};

extern const struct report_section diff_sections[];
extern const unsigned diff_section_count;
extern const struct report_fact diff_facts[];
extern const unsigned diff_fact_count;

/* The side whose lives a section tells of. */
const struct report_view *diff_side(const struct diff_view *view,
				    const struct report_section *section);
unsigned diff_failed(const struct diff_view *view);

void diff_write_text(struct buf *out, const struct diff_view *view);
void diff_write_json(struct buf *out, const struct diff_view *view);
void diff_write_markdown(struct buf *out, const struct diff_view *view);

#endif
