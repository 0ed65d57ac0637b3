/*
 * The pipeline: sources, reorder buffer, table, sinks, and the only loop. Whether a run is live,
 * a replay or a test script, its records go through the same door.
 */
#ifndef FLOW_PIPELINE_H
#define FLOW_PIPELINE_H

#include "base/loop.h"
#include "flow/reorder.h"
#include "flow/sink.h"
#include "flow/source.h"

#define PIPELINE_SOURCES_MAX 4
#define PIPELINE_SINKS_MAX   8

/* How long the order of records from several CPUs may be wrong: measured well below. */
#define PIPELINE_REORDER_NS (50 * NS_PER_MS)
/* How long an ended process may take to settle before its cost is given up on. */
#define PIPELINE_SETTLE_NS (500 * NS_PER_MS)
#define PIPELINE_TICK_NS   (20 * NS_PER_MS)
/* When no event has come for a while, turns come less often; what wakes the loop is not delayed. */
#define PIPELINE_CALM_NS      (500 * NS_PER_MS)
#define PIPELINE_CALM_TICK_NS (100 * NS_PER_MS)

struct pipeline;

/* What a command decides while the pipeline runs. NULL operations: nothing to decide. */
struct pipeline_control {
	/* After each round. May call pipeline_stop, pipeline_inject; a negative errno ends the run. */
	int (*round)(struct pipeline *pipeline, void *context, struct error *err);
	/* A sink failed (sink->error says how) and receives nothing more. */
	void (*sink_failed)(struct pipeline *pipeline, void *context, const struct sink *sink);
	/* Before the sinks close: the last chance to fill pipeline->run and to inject. */
	void (*finish)(struct pipeline *pipeline, void *context);
	void *context;
};

struct ended_entry;

struct pipeline {
	struct source *sources[PIPELINE_SOURCES_MAX];
	bool source_ended[PIPELINE_SOURCES_MAX];
	unsigned source_count;
	struct sink *sinks[PIPELINE_SINKS_MAX];
	unsigned sink_count;
	struct table *table;
	struct run *run;
	struct pipeline_control control;
	bool live;        /* events of this machine, now: reorder, tick, wait */
	bool until_empty; /* ends when no member of the target lives (any more) */

	/* private, but for reading */
	struct loop loop;
	struct reorder reorder;
	struct ended_entry *ended; /* who waits for its settling, oldest first */
	size_t ended_first, ended_count, ended_capacity;
	int64_t now_ns; /* boot time: the clock when live, else the last record's */
	int64_t stop_deadline_ns, last_tick_ns;
	int64_t period_ns, came_ns; /* of the loop; when an event source had something last */
	int64_t delivered_ns;       /* the latest time of any record delivered */
	int64_t applied_ns;         /* live: whatever happened up to then has been applied */
	int64_t first_ended_ns; /* when the last of the sources that come first ended; 0: none yet */
	uint64_t lost_said, delivered;
	int failed; /* a source's error in a live run */
	bool stopping, idle, settles;
	bool waits; /* there is a source that comes first */
};

/* Prepares the loop; fill the public part before or after, then run. */
int pipeline_init(struct pipeline *pipeline, struct error *err);
void pipeline_deinit(struct pipeline *pipeline); /* sources and sinks stay the caller's */

/*
 * Opens the sinks (the sources are open already), runs to the end, closes the sinks. Returns 0,
 * or the first negative errno with a sentence: in a live run a failing sink is told to control
 * and does not end it; in a replay it does.
 */
int pipeline_run(struct pipeline *pipeline, struct error *err);

/*
 * The same in steps, for who has a loop of his own: start, turns until one says PIPELINE_OVER (or
 * fails), finish. After PIPELINE_IDLE of a live run wait for loop.epoll_fd, then loop_wait.
 */
enum { PIPELINE_IDLE = 0, PIPELINE_BUSY = 1, PIPELINE_OVER = 2 };
int pipeline_start(struct pipeline *pipeline, struct error *err);
int pipeline_turn(struct pipeline *pipeline, struct error *err);
int pipeline_finish(struct pipeline *pipeline, struct error *err);

/* Asks the run to end: no new records are made, what was made is delivered and settled. */
void pipeline_stop(struct pipeline *pipeline);
/* Sends a record that no source made (a note, an inferred end) through the door, now. */
int pipeline_inject(struct pipeline *pipeline, const struct record *record, struct error *err);
/*
 * The same, but in its turn: what a source has under way with an earlier time comes first. Live only.
 */
void pipeline_queue(struct pipeline *pipeline, const struct record *record);
/* The balance over all sources. */
void pipeline_counts(const struct pipeline *pipeline, struct source_counts *ret);

#endif
