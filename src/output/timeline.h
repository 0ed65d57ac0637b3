/*
 * What the trace formats show: when who lived, who started whom, and how much went on. A writer says
 * how each of it looks; the timeline is fed as a sink is and keeps no more than the living need.
 */
#ifndef OUTPUT_TIMELINE_H
#define OUTPUT_TIMELINE_H

#include "model/run.h"
#include "model/table.h"

enum timeline_counter {
	TIMELINE_RUNNING, /* processes */
	TIMELINE_CPU,     /* cores that were busy: what a life used is spread over it */
	TIMELINE_PEAK,    /* bytes at most: the peaks of those that lived */
	TIMELINE_MEMORY,  /* bytes, of those that were sampled */
	TIMELINE_COUNTERS
};
extern const char *const timeline_counter_names[TIMELINE_COUNTERS];

/* A stretch of time within the run. */
struct timeline_span {
	int64_t begin_ns, end_ns;
};

/* Times are boot time, and never before the run's start. */
struct timeline_writer {
	/* `proc` was started by `parent`, which is a member too. */
	void (*start)(void *context, const struct proc *proc, const struct proc *parent);
	/* A life that is over, or as far as it got. */
	void (*life)(void *context, const struct proc *proc, struct timeline_span span);
	void (*count)(void *context, enum timeline_counter counter, int64_t time_ns, double value);
	void *context;
};

struct timeline_sampled;

#define TIMELINE_STEPS 1024

struct timeline {
	struct timeline_writer writer;
	const struct run *run;
	int64_t last_ns;
	/* private */
	uint64_t running;
	int64_t running_ns;               /* when it changed last; 0: that is written */
	struct timeline_sampled *sampled; /* the living */
	uint64_t memory;
	int64_t memory_ns;
	int64_t step_ns; /* of the curves; doubled when they get too long */
	double cpu_ns[TIMELINE_STEPS], peak[TIMELINE_STEPS]; /* peak: bytes times ns */
};

void timeline_init(struct timeline *timeline, const struct timeline_writer *writer,
		   const struct run *run);
void timeline_deinit(struct timeline *timeline);
void timeline_record(struct timeline *timeline, const struct record *record,
		     const struct change *change);
/* After the last record: the living, and the curves. */
void timeline_finish(struct timeline *timeline, const struct table *table);

/*
 * The images of a life that ran several: the span of each in its turn, within that of the life.
 * *exec: NULL at first. False: that was the last; or there is one image only, which needs no span.
 */
bool timeline_next_image(const struct proc *proc, struct timeline_span life,
			 const struct proc_exec **exec, struct timeline_span *ret);

#endif
