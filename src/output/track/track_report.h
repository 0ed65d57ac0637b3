/* What the table and the CSV have in common: the rows in their order. */
#ifndef OUTPUT_TRACK_TRACK_REPORT_H
#define OUTPUT_TRACK_TRACK_REPORT_H

#include "output/common.h"
#include "output/track/track.h"

struct track_sheet {
	struct output output; /* first */
	struct track_report report;
};

struct sink *track_sheet_new(const struct sink_ops *ops, const struct track_report *report,
			     const struct output_options *options);
/* The rows in the order of the report; the array is the caller's to free. */
const struct track_row **track_rows_sorted(const struct track_report *report, size_t *ret_count);

#endif
