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
/* A process, or a group of them. */
struct track_line {
	struct str name;
	const struct track_row *row; /* NULL: a group */
	const struct track_series *series;
	const struct usage *used;
	uint64_t processes, short_lived;
};

/* All of them in the order of the report; the array is the caller's to free. */
struct track_line *track_lines_sorted(const struct track_report *report, size_t *ret_count);

#endif
