/*
 * Rounds: what all members use at once, and each group of them. Key decision: a group gets by how
 * much its members' sums have grown since it looked last, so that who changes his name or ends
 * between two rounds counts where he belongs at that moment, and once.
 */
#include "model/track_internal.h"

#include "base/mem.h"

#include <stdlib.h>

void track_series_add(struct track_series *series, double value, int64_t span_ns, bool bounds)
{
	if (span_ns > 0) {
		series->area += value * (double)span_ns;
		series->weight_ns += span_ns;
	}
	if (!series->known || bounds) {
		series->min = series->known && series->min < value ? series->min : value;
		series->max = series->known && series->max > value ? series->max : value;
	}
	series->now = value;
	series->known = true;
}

/* ---- groups ---- */

static struct track_group *group_of(struct track *track, const struct track_row *row)
{
	struct buf text = BUF_INIT;
	struct track_group *group;
	struct str key;

	track->options.group(track->options.group_context, row, &text);
	key = buf_str(&text);
	HASH_FIND(hh, track->by_key, key.p, key.n, group);
	if (!group) {
		group = mem_alloc(sizeof *group);
		group->key = mem_str(key);
		HASH_ADD_KEYPTR(hh, track->by_key, group->key.p, group->key.n, group);
		group->next = track->groups;
		track->groups = group;
	}
	buf_deinit(&text);
	return group;
}

/* What the row has used since the last time. */
static void group_take(struct track_group *group, struct track_row *row)
{
	struct usage since = row->used;

	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		since.value[i] -= row->grouped.value[i];
	usage_add(&group->used, &since);
	row->grouped = row->used;
}

static void group_take_gauges(struct track_group *group, const struct track_row *row)
{
	group->living++;
	for (size_t i = 0; i < TRACK_GAUGES; i++) {
		const struct track_series *series = &row->series[track_gauges[i].measure];

		group->gauge_known[i] |= series->known;
		group->gauge[i] += series->now;
	}
}

void track_group_ended(struct track *track, struct track_row *row)
{
	if (!track->options.group || row->awaits_group || row->counted)
		return;
	row->awaits_group = true;
	row->ended_next = track->ended;
	track->ended = row;
}

/* Of who was there at no round only the most that he had is known: for as long as he lived. */
static void group_take_peak(struct track_group *group, const struct track_row *row)
{
	struct track_series *series = &group->series[TRACK_RSS];
	double now = series->now;

	if (row->samples > 0 || !row->series[TRACK_RSS].known)
		return;
	track_series_add(series, row->series[TRACK_RSS].max, row->end_ns - row->start_ns, true);
	series->now = now;
}

void track_group_fold(struct track *track)
{
	for (struct track_row *row = track->ended, *next; row; row = next) {
		struct track_group *group = group_of(track, row);

		next = row->ended_next;
		row->awaits_group = false;
		row->counted = true;
		group_take(group, row);
		group_take_peak(group, row);
		group->processes++;
		group->short_lived += row->short_lived;
	}
	track->ended = NULL;
}

static bool knows(const struct usage *used, const struct track_rate *rate)
{
	return usage_knows(used, rate->first) || usage_knows(used, rate->second);
}

static void group_end_rates(struct track_group *group, int64_t span_ns)
{
	for (size_t i = 0; i < TRACK_RATES; i++) {
		const struct track_rate *rate = &track_rates[i];
		uint64_t sum = group->used.value[rate->first] + group->used.value[rate->second];

		if (span_ns > 0 && knows(&group->used, rate))
			track_series_add(&group->series[rate->measure],
					 (double)(sum - group->round_sum[i]) / (double)span_ns *
						 rate->scale,
					 span_ns, span_ns >= TRACK_SHORTEST_NS);
		group->round_sum[i] = sum;
	}
}

static void group_end_round(struct track_group *group, int64_t rates_ns, int64_t gauges_ns)
{
	for (size_t i = 0; i < TRACK_GAUGES; i++) {
		/* who was there and is not, uses nothing */
		if (group->gauge_known[i] || group->series[track_gauges[i].measure].known)
			track_series_add(&group->series[track_gauges[i].measure], group->gauge[i],
					 gauges_ns, true);
		group->gauge[i] = 0;
		group->gauge_known[i] = false;
	}
	group_end_rates(group, rates_ns);
}

static void end_groups(struct track *track, int64_t rates_ns, int64_t gauges_ns)
{
	if (!track->options.group)
		return;
	for (struct track_group *group = track->groups; group; group = group->next)
		group->living = 0;
	track_group_fold(track);
	for (struct track_row *row = track->living; row; row = row->living_next) {
		struct track_group *group = group_of(track, row);

		group_take(group, row);
		group_take_gauges(group, row);
	}
	for (struct track_group *group = track->groups; group; group = group->next)
		group_end_round(group, rates_ns, gauges_ns);
}

void track_groups_free(struct track *track)
{
	HASH_CLEAR(hh, track->by_key);
	for (struct track_group *group = track->groups, *next; group; group = next) {
		next = group->next;
		mem_str_free(&group->key);
		free(group);
	}
}

const struct track_group *track_groups(const struct track *track)
{
	return track->groups;
}

/* ---- the whole ---- */

/* A cgroup that is made anew counts from 0 again. */
static void take_cgroup(struct track *track, const struct usage *now)
{
	static const enum usage_field fields[] = {USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS,
						  USAGE_READ_BYTES, USAGE_WRITE_BYTES};
	struct track_totals *totals = &track->totals;
	const struct usage *before = &totals->cgroup_now;
	bool anew = usage_cpu_ns(now) < usage_cpu_ns(before);

	if (!now->known) /* it is gone; it may come back */
		return;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		uint64_t value = now->value[fields[i]];
		uint64_t old = anew ? 0 : before->value[fields[i]];

		if (usage_knows(now, fields[i]))
			usage_set(&totals->cgroup_used, fields[i],
				  totals->cgroup_used.value[fields[i]] +
					  (value > old ? value - old : 0));
	}
	totals->cgroup_now = *now;
}

/* The sum over those who live: the dead are not in it. */
static void sum_gauges(struct track *track, int64_t span_ns)
{
	for (size_t i = 0; i < TRACK_GAUGES; i++) {
		enum track_measure measure = track_gauges[i].measure;
		bool known = false;
		double sum = 0;

		for (const struct track_row *row = track->living; row; row = row->living_next) {
			known |= row->series[measure].known;
			sum += row->series[measure].now;
		}
		if (known)
			track_series_add(&track->totals.series[measure], sum, span_ns, true);
	}
}

static void sum_rates(struct track *track, int64_t span_ns)
{
	struct track_totals *totals = &track->totals;

	for (size_t i = 0; i < TRACK_RATES; i++) {
		const struct track_rate *rate = &track_rates[i];
		uint64_t sum = totals->used.value[rate->first] + totals->used.value[rate->second];

		if (span_ns > 0 && knows(&totals->used, rate))
			track_series_add(&totals->series[rate->measure],
					 (double)(sum - track->round_sum[i]) / (double)span_ns *
						 rate->scale,
					 span_ns, span_ns >= TRACK_SHORTEST_NS);
		track->round_sum[i] = sum;
	}
}

void track_end_round(struct track *track, int64_t time_ns, const struct usage *cgroup)
{
	struct track_totals *totals = &track->totals;
	int64_t gauges_ns = totals->last_ns ? time_ns - totals->last_ns : 0;
	int64_t rates_ns = time_ns - track->rates_ns;

	sum_gauges(track, gauges_ns);
	sum_rates(track, rates_ns);
	end_groups(track, rates_ns, gauges_ns);
	if (!totals->first_ns)
		totals->first_ns = time_ns;
	totals->last_ns = track->rates_ns = time_ns;
	track->round++;
	track->sampled_ns = 0;
	if (cgroup)
		take_cgroup(track, cgroup);
}

/* The peak of the sum is no less than that of anybody who was there between two rounds. */
static void take_brief_peak(struct track *track)
{
	struct track_series *sum = &track->totals.series[TRACK_RSS];

	if (!sum->known && track->brief_peak > 0)
		track_series_add(sum, track->brief_peak, 0, true);
	else if (track->brief_peak > sum->max)
		sum->max = track->brief_peak;
}

/* A round that is under way is over; behind it, what was used up to the end. */
void track_finish(struct track *track, int64_t time_ns)
{
	if (track->sampled_ns)
		track_end_round(track, track->sampled_ns, NULL);
	sum_rates(track, time_ns - track->rates_ns);
	take_brief_peak(track);
	track_group_fold(track);
	for (struct track_row *row = track->living; row && track->options.group;
	     row = row->living_next) {
		struct track_group *group = group_of(track, row);

		group_take(group, row);
		group->processes += !row->counted;
		row->counted = true;
	}
	for (struct track_group *group = track->groups; group; group = group->next)
		group_end_rates(group, time_ns - track->rates_ns);
	track->rates_ns = time_ns;
}
