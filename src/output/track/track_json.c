/*
 * What was read of each process at each tick, an object a line. Key decision: the keys of the old
 * tracker come first, with the kernel's own names and units inside; what pscope adds stands behind
 * them. What may not be read is null and named in `denied`; nothing ends because of it.
 */
#include "output/common.h"
#include "output/track/track_snapshot.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

struct track_json {
	struct output output; /* first */
	struct track_feed feed;
	bool totals;
};

/* ---- one process ---- */

static void add_rates(struct json *j, const struct track_row *row)
{
	for (int i = 0; i < TRACK_MEASURES; i++) {
		const struct track_series *series = &row->series[i];

		if (!series->known && (i == TRACK_PSS || i == TRACK_FDS))
			continue;
		json_key(j, track_measures[i].name);
		if (!series->known)
			json_null(j);
		else if (i == TRACK_CPU)
			json_double(j, series->now);
		else /* json_double keeps six digits */
			json_u64(j, (uint64_t)(series->now + 0.5));
	}
}

static void add_sample(struct track_json *json, const struct record *record,
		       const struct snapshot *s, const struct track_row *row)
{
	struct json j = json_into(&json->output.file.pending);

	json_open(&j, '{');
	track_snapshot_json(&j, json->output.run, record, s);
	json_key(&j, "ppid"), json_i64(&j, row->ppid);
	json_key_str(&j, "name", row->name.n > 0 ? row->name : STR_NONE);
	json_key(&j, "start_ns"), json_i64(&j, row->start_ns - json->output.run->start_ns);
	json_key(&j, "cpu_ns"), json_u64(&j, usage_cpu_ns(&record->usage));
	add_rates(&j, row);
	track_snapshot_denied(&j, s);
	json_close(&j, '}');
	buf_add_char(&json->output.file.pending, '\n');
}

/* ---- the last line ---- */

static void add_usage(struct json *j, const char *key, const struct usage *usage,
		      enum usage_field field)
{
	json_key(j, key);
	if (usage_knows(usage, field))
		json_u64(j, usage->value[field]);
	else
		json_null(j);
}

/* null: the target is no cgroup, or the kernel counts nothing for it. */
static void add_cgroup(struct json *j, const struct track_totals *totals)
{
	const struct usage *used = &totals->cgroup_used, *now = &totals->cgroup_now;

	json_key(j, "cgroup");
	if (!used->known && !now->known) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	json_key(j, "cpu_ns"), json_u64(j, usage_cpu_ns(used));
	add_usage(j, "memory_bytes", now, USAGE_RSS_BYTES);
	add_usage(j, "memory_peak_bytes", now, USAGE_RSS_PEAK_BYTES);
	add_usage(j, "read_bytes", used, USAGE_READ_BYTES);
	add_usage(j, "write_bytes", used, USAGE_WRITE_BYTES);
	add_usage(j, "tasks", now, USAGE_THREADS);
	json_close(j, '}');
}

void track_totals_json(struct json *j, const struct track_totals *totals, uint64_t lost)
{
	static const enum usage_field fields[] = {
		USAGE_CPU_USER_NS, USAGE_CPU_SYS_NS, USAGE_READ_BYTES,
		USAGE_WRITE_BYTES, USAGE_READ_CHARS, USAGE_WRITE_CHARS,
	};
	const struct track_series *memory = &totals->series[TRACK_RSS];

	json_open(j, '{');
	json_key(j, "cpu_ns"), json_u64(j, usage_cpu_ns(&totals->used));
	json_key(j, "processes"), json_u64(j, totals->processes);
	json_key(j, "short_lived"), json_u64(j, totals->short_lived);
	json_key(j, "sampled_cpu_ns"), json_u64(j, totals->sampled_cpu_ns);
	json_key(j, "lost"), json_u64(j, lost);
	json_key(j, "failed"), json_u64(j, totals->failed);
	json_key(j, "rss_peak_bytes");
	if (memory->known)
		json_u64(j, (uint64_t)memory->max);
	else
		json_null(j);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		add_usage(j, usage_names[fields[i]], &totals->used, fields[i]);
	add_cgroup(j, totals);
	json_close(j, '}');
}

/* ---- the sink ---- */

/* A tick is complete with the record of nobody: then its lines are handed on. */
static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct track_json *json = (struct track_json *)sink;
	const struct track_row *row;
	const struct snapshot *s;

	if (record->kind != RECORD_SAMPLE)
		return 0;
	if (!record->ident.tgid)
		return outfile_flush(&json->output.file, err);
	row = change->proc ? track_find(json->feed.track, change->proc->id) : NULL;
	s = json->feed.snapshot(json->feed.context, record);
	/* one that told only where somebody stood when the run began was never read in full */
	if (row && s)
		add_sample(json, record, s, row);
	return output_flush_some(&json->output, err);
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct track_json *json = (struct track_json *)sink;
	struct json j = json_into(&json->output.file.pending);

	if (json->totals) {
		json_open(&j, '{');
		json_key(&j, "Totals");
		track_totals_json(&j, track_totals(json->feed.track), run->lost);
		json_close(&j, '}');
		buf_add_char(&json->output.file.pending, '\n');
	}
	return output_commit(&json->output, err);
}

static const struct sink_ops json_ops = {
	.name = "track json",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = output_free,
};

struct sink *track_json_new(const struct track_feed *feed, bool totals,
			    const struct output_options *options)
{
	struct track_json *json = output_new(sizeof *json, &json_ops, options);

	json->feed = *feed;
	json->totals = totals;
	return &json->output.sink;
}
