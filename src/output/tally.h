/* Figures of a whole run, gathered record by record in bounded memory: what summary.c prints. */
#ifndef OUTPUT_TALLY_H
#define OUTPUT_TALLY_H

#include "base/buf.h"
#include "model/run.h"
#include "model/table.h"

#define TALLY_TOP      5
#define TALLY_FAILURES 3
#define TALLY_NOTES    3
#define TALLY_COMMAND  400 /* bytes of a command line that are kept */

/* A process worth naming. */
struct tally_entry {
	uint64_t id, value;
	int32_t pid, status;
	int32_t killer_pid;
	bool core_dumped, bound;
	char command[TALLY_COMMAND];
};

struct tally_note {
	char text[1024]; /* four bytes a column */
	uint64_t lost;
};

/* All processes whose last image had this name. */
struct tally_program {
	char name[100];
	uint64_t cpu_ns, count;
};

struct tally_life;
struct tally_programs;

struct tally {
	bool any;
	int64_t begin_ns, end_ns; /* first start and last end, boot time */
	uint64_t processes, seen, execs, bad_execs, failures, living, inexact;
	struct usage total;
	struct tally_entry cpu[TALLY_TOP], memory[TALLY_TOP]; /* the largest first */
	unsigned cpu_count, memory_count;
	struct tally_entry failed[TALLY_FAILURES], running[TALLY_FAILURES]; /* the first ones */
	struct tally_note notes[TALLY_NOTES], gaps[TALLY_NOTES];
	unsigned note_count, gap_count;     /* may exceed what is kept */
	uint64_t rss_bytes, rss_peak_bytes; /* the tree's, from samples */

	struct tally_programs *programs;
	struct tally_life *lives; /* who was sampled and lives, or may be corrected */
	unsigned corrigible;
};

void tally_init(struct tally *tally);
void tally_deinit(struct tally *tally);
void tally_record(struct tally *tally, const struct record *record, const struct change *change);
/* Adds those that still live or never settled. */
void tally_finish(struct tally *tally, const struct table *table, const struct run *run);
/*
 * The `max` programs that cost the most CPU, the costliest first; returns how many. *ret_rest
 * sums up the others, its count being that of programs.
 */
unsigned tally_top_programs(const struct tally *tally, struct tally_program *ret, unsigned max,
			    struct tally_program *ret_rest);

#endif
