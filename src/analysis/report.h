/*
 * What a recording answers of itself: where the time went, what cost the most, what was done twice,
 * what failed, what stayed behind. Only figures and indices into the history; no text for people.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "analysis/busy.h"
#include "analysis/critical.h"
#include "analysis/history.h"

#define REPORT_SHORT_NS    INT64_C(5000000) /* lives below that are short */
#define REPORT_PATH_SHARES 12               /* of the critical path that are worth a line */

/* Lives that have something in common. */
struct report_group {
	uint32_t text;  /* the program's name, or the command's words; see history_text */
	uint32_t first; /* the first life of it */
	uint64_t count, failures, cpu_ns;
	int64_t wall_ns; /* sum of their lives */
	uint64_t rss_peak_bytes, io_bytes;
};

/* A life with all its descendants. */
struct report_subtree {
	uint32_t life;
	uint64_t processes, failures, cpu_ns, rss_peak_bytes, io_bytes; /* peak: of one process */
};

struct report {
	uint32_t root; /* the command's life, or the only one without a parent; or HISTORY_NONE */
	int64_t wall_ns;
	unsigned cpus; /* that were there to be used; 0: not known */
	uint64_t processes, execs, failures, core_dumps, inexact, ran_before, cpu_ns;
	uint64_t rss_peak_bytes, io_bytes; /* peak: of one process */
	uint64_t short_count, short_cpu_ns;
	int64_t short_wall_ns;
	struct busy busy;
	struct critical path;
	struct critical_share *shares; /* of the path, the largest first */
	size_t share_count;
	struct report_group *programs; /* the most CPU first */
	size_t program_count;
	/* Command lines that ran more than once, those first that would save the most CPU. */
	struct report_group *repeated;
	size_t repeated_count;
	struct report_subtree
		*subtrees; /* the most CPU first; without the whole and links of chains */
	size_t subtree_count;
	/* Shells that were there for one other program only, and waited for it. */
	struct report_group shells;
	uint32_t *failed; /* in order of their ends */
	uint64_t failed_count;
	uint32_t *left; /* who lives on, or ended after the command did */
	uint64_t left_count;
	uint64_t lost; /* records; so the figures are too low */
};

/* `buckets`: of the course over time; see busy_find. Freed with report_deinit. */
void report_make(struct report *ret, const struct history *history, const struct run *run,
		 unsigned buckets);
void report_deinit(struct report *report);

#endif
