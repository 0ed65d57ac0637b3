/*
 * What the members of a target used over time: per process current, least, most and average of each
 * measure, the exact totals, and the same for the target as a whole. Fed with records, as any sink:
 * SAMPLEs bring the measures, SETTLED the exact end. A process that lived between two samples counts
 * with what it cost. A SAMPLE of nobody ends a round of samples; where the target is a cgroup it
 * brings what the kernel counts for that. Nothing here reads a clock or a file.
 */
#ifndef MODEL_TRACK_H
#define MODEL_TRACK_H

#include "base/hash.h"
#include "model/table.h"

/* The measures. Of rates (CPU, DISK, TRANSFER) the first sample of a process has none yet. */
enum track_measure {
	TRACK_CPU,      /* percent of one core */
	TRACK_RSS,      /* bytes */
	TRACK_PSS,      /* bytes; only where it was asked for */
	TRACK_DISK,     /* bytes/s: read_bytes + write_bytes */
	TRACK_TRANSFER, /* bytes/s: rchar + wchar */
	TRACK_THREADS,
	TRACK_FDS, /* open files */
	TRACK_MEASURES
};

struct track_measure_row {
	const char *name;    /* JSON key and CSV heading: "cpu_percent", "rss_bytes", ... */
	const char *heading; /* of the table: "CPU%", "MEM_MB", "DISK_Bps", "XFER_Bps", ... */
	const char *help;
};
extern const struct track_measure_row track_measures[TRACK_MEASURES];

/* One measure over time. All 0 and not known without a sample. */
struct track_series {
	bool known;
	double now, min, max;
	double area;       /* value x ns: the average is area / weight_ns */
	int64_t weight_ns; /* 0: one sample only; the average is `now` then */
};
double track_average(const struct track_series *series);

/* One life. Stays when it has ended. */
struct track_row {
	uint64_t id; /* proc.id */
	struct ident ident;
	int32_t pid, ppid;
	struct str name, argv; /* owned; as last known */
	struct str cgroup;     /* owned; a path, where it was told: track_row_set_cgroup */
	uint32_t uid;
	int64_t start_ns;          /* of the process, boot time */
	int64_t first_ns, last_ns; /* of its samples; 0: none */
	int64_t end_ns;            /* 0: it lives */
	int32_t status;            /* STATUS_UNKNOWN */
	struct track_series series[TRACK_MEASURES];
	struct usage used;       /* in the run; counters only. Exact once `exact` */
	struct usage seen;       /* in its life, when it was looked at last */
	struct usage children;   /* I/O of those that ended, which the kernel adds to its own */
	uint64_t sampled_cpu_ns; /* what samples alone would have told */
	unsigned samples;
	bool exact;           /* ended and settled exactly */
	bool io_denied;       /* io could not be read */
	bool short_lived;     /* it ended with fewer than two samples */
	bool born;            /* in the run: what it used is all that it ever used */
	uint64_t round;       /* the track's own, as those below: of the last sample */
	struct usage grouped; /* what a group has counted of `used` */
	bool awaits_group, counted;
	struct track_row *ended_next;
	struct track_row *living_next, *living_prev;
	struct track_row *next, *prev; /* in the order in which they came */
	UT_hash_handle hh;             /* by id */
};

/* The target as a whole. */
struct track_totals {
	struct track_series series[TRACK_MEASURES]; /* sums per tick: the peak of the sum */
	struct usage used;                          /* counters only */
	uint64_t sampled_cpu_ns;
	uint64_t processes, living, short_lived, failed;
	uint64_t dropped; /* rows that were given up to stay within the bound */
	/* The target's cgroup as the kernel accounts it (SAMPLEs of nobody): its counters when it was
	 * looked at last, and by how much they grew in the run, also when it was made anew. Known by
	 * mask. */
	struct usage cgroup_now, cgroup_used;
	int64_t first_ns, last_ns;
};

/* Rows that belong together by options.group: the same as for the whole. */
struct track_group {
	struct str key;
	struct track_series series[TRACK_MEASURES]; /* sums per tick */
	struct usage used;
	uint64_t processes, living, short_lived; /* processes: once they have ended */
	struct track_group *next;
	/* the track's own */
	uint64_t round_sum[3];
	double gauge[4];
	bool gauge_known[4];
	UT_hash_handle hh; /* by key */
};

struct track_options {
	int64_t start_ns; /* of the run; boot time. Who was born later is counted from birth on */
	struct usage cgroup_begin; /* what the target's cgroup had used by then */
	/* Appends the name of the group that the row belongs to now; NULL: there are no groups. */
	void (*group)(void *context, const struct track_row *row, struct buf *out);
	void *group_context;
	size_t rows_max; /* the ended and cheapest are dropped above it; 0: 100,000 */
};

struct track;

struct track *track_new(const struct track_options *options);
struct track *track_free(struct track *track);
/* One record of a member and what it did to the table. */
void track_apply(struct track *track, const struct record *record, const struct change *change);
/* Nothing comes any more: counts what is left, up to that moment. */
void track_finish(struct track *track, int64_t time_ns);
/* In which cgroup it is; children are in it too until something else is said of them. */
void track_row_set_cgroup(struct track_row *row, struct str cgroup);
const struct track_group *track_groups(const struct track *track); /* then group->next */
const struct track_totals *track_totals(const struct track *track);
const struct track_row *track_first(const struct track *track); /* then row->next */
/* The row of a life, or NULL. */
struct track_row *track_find(const struct track *track, uint64_t proc_id);

#endif
