/* What track.c and track_round.c share, and nobody else. */
#ifndef MODEL_TRACK_INTERNAL_H
#define MODEL_TRACK_INTERNAL_H

#include "model/track.h"

/* An interval below says nothing about a rate. */
#define TRACK_SHORTEST_NS (20 * INT64_C(1000000))

/* Which counters a rate is the sum of, and how one of it is shown. */
struct track_rate {
	enum track_measure measure;
	enum usage_field first, second;
	double scale; /* of an increase per ns */
};
#define TRACK_RATES 3
extern const struct track_rate track_rates[TRACK_RATES];

struct track_gauge {
	enum track_measure measure;
	enum usage_field field;
};
#define TRACK_GAUGES 4
extern const struct track_gauge track_gauges[TRACK_GAUGES];

struct track {
	struct track_options options;
	struct track_totals totals;
	struct track_row *first, *last, *by_id;
	size_t count;
	struct track_row *living; /* linked by living_next */
	uint64_t round;           /* 1, 2, ...: the one that is under way */
	int64_t sampled_ns;       /* the last sample of it; 0: none yet */
	int64_t rates_ns;         /* up to then rates of the whole are made */
	double brief_peak; /* memory of all at once, with who was there between two rounds only */
	uint64_t round_sum[TRACK_RATES]; /* of the counters, when the last round ended */
	struct track_row *ended;         /* and no group has counted them; linked by ended_next */
	struct track_group *groups, *by_key;
};

/* `value` held for `span_ns`. `bounds`: it is long enough to be a least or a most. */
void track_series_add(struct track_series *series, double value, int64_t span_ns, bool bounds);

/* A round of samples is complete. `cgroup`: what the target's has used; NULL: not told. */
void track_end_round(struct track *track, int64_t time_ns, const struct usage *cgroup);
/* It is known what the row used in all: its group shall count it. */
void track_group_ended(struct track *track, struct track_row *row);
/* Counts those. */
void track_group_fold(struct track *track);
void track_groups_free(struct track *track);

#endif
