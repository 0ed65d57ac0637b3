/*
 * All lives of a recording in little memory: who started whom, from when to when, at what cost, how
 * it ended. Fed with records as any sink; what the analyses work on. About 100 bytes a life, and
 * each text once.
 */
#ifndef ANALYSIS_HISTORY_H
#define ANALYSIS_HISTORY_H

#include "model/run.h"
#include "model/table.h"

#define HISTORY_NONE    UINT32_MAX
#define HISTORY_COMMAND 2048 /* bytes of a command line that are kept */

struct history_life {
	uint32_t parent;  /* index of the birth parent, HISTORY_NONE: a root */
	uint32_t command; /* index of a text: the words of the last image, each ended by NUL */
	uint32_t program; /* index of a text: the last image's file name without its directories */
	uint32_t cwd;     /* index of a text: where the last image began, or HISTORY_NONE */
	int32_t pid, status;
	int32_t killer_pid; /* 0: not killed, or not known by whom */
	uint32_t killer;    /* index of a text: that one's name, or HISTORY_NONE */
	uint32_t uid;       /* real; UID_UNKNOWN */
	uint32_t execs;
	int64_t start_ns;         /* boot time, also before the run */
	int64_t begin_ns, end_ns; /* boot time, within the run; end: of who lives that of the run */
	uint64_t cpu_ns;          /* in the run */
	uint64_t rss_peak_bytes, io_bytes; /* io: read and written, from and to storage */
	bool living, ran_before, core_dumped;
	bool exact;     /* the cost */
	bool inherited; /* it never ran an image of its own: a fork */
};

struct history_text;

struct history {
	struct history_life *lives; /* by the table's ids, from 1 on at [0] */
	uint32_t count;
	int64_t begin_ns, end_ns; /* of the run; boot time */
	uint64_t lost;
	struct str cwd; /* where the first image was started that told it; STR_NONE: not known */
	uint32_t text_count; /* indices of texts are below */
	/* private */
	uint32_t capacity, text_capacity;
	struct history_text *texts, **by_index;
};

#define HISTORY_INIT ((struct history){0})

void history_deinit(struct history *history);
void history_record(struct history *history, const struct record *record,
		    const struct change *change);
/* After the last record: those that still live, and the ends of the run. */
void history_finish(struct history *history, const struct table *table, const struct run *run);
/* A text by its index; empty for HISTORY_NONE. Valid until the history is freed. */
struct str history_text(const struct history *history, uint32_t index);

/* The children of each life, by their ends; roots at [count]. Both arrays are the caller's to free. */
struct history_children {
	uint32_t *
		first; /* count + 2 entries: children of i are all[first[i]] .. all[first[i + 1] - 1] */
	uint32_t *all;
};
struct history_children history_children(const struct history *history);
void history_children_deinit(struct history_children *children);

#endif
