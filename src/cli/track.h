/* What the files of `pscope track` share. */
#ifndef CLI_TRACK_H
#define CLI_TRACK_H

#include "cli/live.h"
#include "output/track/track.h"

struct track_cli {
	struct live_options live;
	int64_t interval_ns; /* 0: as the output wants it */
	struct option_texts budgets;
	const char *sort, *group, *output, *layout, *junit;
	bool human, bytes, pss, csv, json, jsonl, quiet, share_stdout;
	bool screen; /* --live */
};

/* What is written over time, or instead of the table. */
enum track_form { TRACK_NO_FORM, TRACK_CSV, TRACK_JSON, TRACK_PTRACK, TRACK_RECORDING };

/* A way to fold many processes into one row. */
struct track_grouping {
	const char *name, *heading;
	void (*group)(void *context, const struct track_row *row, struct buf *out);
	uint32_t parts; /* of a snapshot that it goes by: PART_BITs */
};

/* The one of that name. The context of its function is a struct names_cache. */
int track_find_grouping(const char *name, const struct track_grouping **ret, struct error *err);

/* What was chosen: by the options, by the name of the file. */
struct track_choice {
	enum track_form form;
	bool totals;    /* JSON ends with a line of totals */
	bool to_stdout; /* the form takes the table's place */
	struct track_report report;
	const struct track_grouping *grouping; /* NULL: a row for each process */
};

/* Understands the options, or refuses them with a sentence. */
int track_choose(const struct track_cli *options, struct track_choice *ret, struct error *err);
/* The sinks, in their order; live->sampler is there. */
void track_add_sinks(struct live *live, const struct track_cli *options,
		     const struct track_choice *choice, struct track *track);

/* Whom, how often, how to stop: before it begins. */
void track_say_start(const struct live *live, const struct track_cli *options, int64_t interval_ns);
/* What could not be read, and why. */
void track_say_missing(const struct live *live, const struct track *track);

/* A line that says how far it is; NULL where nobody would see it, or would see the output. */
struct sink *track_progress_new(const struct track *track, const struct env *env);

#endif
