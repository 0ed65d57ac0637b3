/*
 * Samples of living processes at an interval. The single look back: it reads whom from the table.
 * One round is one pass over them. The first is as soon as there is somebody; with `rounds` a last one
 * is behind stop.
 */
#ifndef SOURCE_SAMPLER_H
#define SOURCE_SAMPLER_H

#include "base/root.h"
#include "flow/source.h"
#include "model/snapshot.h"
#include "model/table.h"

struct sampler_options {
	const struct table *table; /* must outlive the source */
	const struct root *root;
	int64_t interval_ns;
	uint32_t parts; /* PART_BITs to be read beside those of the usage: for sampler_snapshot */
	bool rounds;    /* a SAMPLE of nobody ends each round */
	/* What the target's cgroup has used, for that one; NULL: nothing. */
	void (*whole)(void *context, struct usage *ret);
	void *whole_context;
};

struct source *sampler_new(const struct sampler_options *options);

/*
 * All that was read for a SAMPLE, or NULL when that was too long ago: records wait for their turn,
 * so the snapshots of two seconds are kept. Valid until the source is asked for more.
 */
const struct snapshot *sampler_snapshot(const struct source *sampler, const struct record *sample);
/* The snapshots of the last round, with PART_INTERVAL since the one before. */
const struct snapshot_list *sampler_list(const struct source *sampler);
/* From the next round on; > 0. */
void sampler_set_interval(struct source *sampler, int64_t interval_ns);

#endif
