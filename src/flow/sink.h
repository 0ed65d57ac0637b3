/*
 * A sink receives records and what they did to the table. A NULL operation means "not
 * interested". A concrete sink embeds struct sink first and provides a const struct sink_ops.
 */
#ifndef FLOW_SINK_H
#define FLOW_SINK_H

#include "base/error.h"
#include "model/record.h"
#include "model/run.h"
#include "model/table.h"

struct sink;

struct sink_ops {
	const char *name;
	/* Before the first record. The run's strings outlive the sink. */
	int (*open)(struct sink *sink, const struct run *run, struct error *err);
	/* One record of a member of the target, already applied. */
	int (*record)(struct sink *sink, const struct record *record, const struct change *change,
		      struct error *err);
	/* About every 20 ms of a live run, and never in a replay. `now_ns` is boot time. */
	int (*tick)(struct sink *sink, const struct table *table, int64_t now_ns,
		    struct error *err);
	/* After the last record; run->ended and what follows is filled. Writes what is left. */
	int (*close)(struct sink *sink, const struct table *table, const struct run *run,
		     struct error *err);
	/* Frees the sink whatever happened before; an unfinished file is not left half-written. */
	void (*free)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	int failed; /* the pipeline's: a negative errno once an operation failed */
	struct error error;
};

#endif
