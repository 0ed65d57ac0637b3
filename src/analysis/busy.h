/*
 * How many processes were at work, and how many CPUs. A process is at work while none of its children
 * lives: who has started something mostly waits for it. Its CPU time is spread over its life.
 */
#ifndef ANALYSIS_BUSY_H
#define ANALYSIS_BUSY_H

#include "analysis/history.h"

#define BUSY_LEVELS  64 /* more at a time count as that many */
#define BUSY_SINGLES 5

/* A stretch in which one process alone was at work, mostly that one. */
struct busy_single {
	int64_t begin_ns, end_ns;
	uint32_t life;
	int64_t life_ns; /* of that one */
};

struct busy_bucket {
	double at_work; /* processes, on average */
	double cpus;    /* busy, on average */
};

struct busy {
	int64_t begin_ns, end_ns;
	int64_t level_ns[BUSY_LEVELS + 1]; /* for how long so many were at work */
	unsigned most;                     /* at work at a time */
	uint64_t cpu_ns;
	double cpus;                              /* busy, on average */
	struct busy_single singles[BUSY_SINGLES]; /* the longest first */
	unsigned single_count;
	struct busy_bucket *buckets; /* of equal length */
	unsigned bucket_count;
};

/*
 * Between the begin and the end of `root` (an index); HISTORY_NONE: in the whole run. `buckets`: into
 * how many the time is cut; 0: into none. Freed with busy_deinit.
 */
void busy_find(struct busy *ret, const struct history *history, uint32_t root, unsigned buckets);
void busy_deinit(struct busy *busy);

#endif
