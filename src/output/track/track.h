/* What `pscope track` shows: the table at the end, CSV, and JSON over time. */
#ifndef OUTPUT_TRACK_TRACK_H
#define OUTPUT_TRACK_TRACK_H

#include "model/track.h"
#include "output/output.h"

enum track_units {
	TRACK_DOCUMENTED, /* MiB and bytes/s, two decimals */
	TRACK_HUMAN,      /* scaled: 12.3M */
	TRACK_BYTES,      /* exact */
};

#define TRACK_KEYS_MAX 4

/* By which columns the rows are sorted; count 0: by pid. */
struct track_order {
	struct {
		const struct track_key *key;
		bool descending;
	} keys[TRACK_KEYS_MAX];
	unsigned count;
};

/* "-cpu,pid": as ps's --sort, over the columns of the table. 0 or -EINVAL with a sentence. */
int track_order_parse(struct track_order *order, struct str text, struct error *err);

/* How the table and the CSV at the end are made. */
struct track_report {
	const struct track *track; /* must outlive the sinks */
	enum track_units units;
	struct track_order order;
	bool pss;
};

/* Feeds `track`: stands before the sinks that show it. */
struct sink *track_collector_new(struct track *track);
/* The table, written when the run is over; nothing when nothing was tracked. */
struct sink *track_table_new(const struct track_report *report,
			     const struct output_options *options);
/* The same for programs: all measures, exact, a line per process. */
struct sink *track_csv_new(const struct track_report *report, const struct output_options *options);

#endif
