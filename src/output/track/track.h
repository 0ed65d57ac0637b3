/* What `pscope track` shows: the table at the end, CSV, and JSON over time. */
#ifndef OUTPUT_TRACK_TRACK_H
#define OUTPUT_TRACK_TRACK_H

#include "model/snapshot.h"
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
	struct track_order order; /* by pid; of groups by CPU time, the most first */
	bool pss;
	const char *group; /* heading: "NAME", "UNIT", ...: a row for each group; NULL: a process */
};

/* Whose samples are shown over time, and where all that was read for one is to be had. */
struct track_feed {
	const struct track *track; /* must outlive the sinks */
	/* NULL: it was not read in full, or is not kept any more */
	const struct snapshot *(*snapshot)(void *context, const struct record *sample);
	void *context;
};

/* Feeds `track`: stands before the sinks that show it. `feed`: for who asks for cgroups; or NULL. */
struct sink *track_collector_new(struct track *track, const struct track_feed *feed);
/* The table, written when the run is over; nothing when nothing was tracked. */
struct sink *track_table_new(const struct track_report *report,
			     const struct output_options *options);
/* The same for programs: all measures, exact, a line per process. */
struct sink *track_csv_new(const struct track_report *report, const struct output_options *options);

/* The parts of a snapshot that these ask for: PART_BITs. */
#define TRACK_PARTS                                                                                \
	(PART_BIT(PART_CMDLINE) | PART_BIT(PART_CWD) | PART_BIT(PART_EXE) | PART_BIT(PART_STATM) | \
	 PART_BIT(PART_IO) | PART_BIT(PART_FD_LINKS) | PART_BIT(PART_STATUS_TEXT) |                \
	 PART_BIT(PART_SYSCALL))

/* An object a process and tick, a line each, handed on each tick; `totals`: and a last line. */
struct sink *track_json_new(const struct track_feed *feed, bool totals,
			    const struct output_options *options);
/* Written when the run is over: {"pid":7,"logs":{TIME:{...}}}; of several an array of these. */
struct sink *track_ptrack_new(const struct track_feed *feed, const struct output_options *options);

#endif
