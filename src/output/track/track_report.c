/*
 * The rows of a report in their order, and the sink that feeds the track. Key decision: a key is a
 * number or a text that is got from a row, so that sorting knows no columns.
 */
#include "output/track/track_report.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "model/cgroup_name.h"

#include <errno.h>
#include <stdlib.h>

/* ---- keys ---- */

struct track_key {
	const char *name;
	double (*number)(
		const struct track_line *line); /* NULL: the measure's average, or the name */
	enum track_measure measure;             /* TRACK_MEASURES: of none */
};

static double pid_of(const struct track_line *line)
{
	return line->row ? line->row->pid : 0;
}

static double ppid_of(const struct track_line *line)
{
	return line->row ? line->row->ppid : 0;
}

static double start_of(const struct track_line *line)
{
	return line->row ? (double)line->row->start_ns : 0;
}

static double time_of(const struct track_line *line)
{
	return (double)usage_cpu_ns(line->used);
}

static double count_of(const struct track_line *line)
{
	return (double)line->processes;
}

static const struct track_key keys[] = {
	{"pid",       pid_of,   TRACK_MEASURES},
	{"name",      NULL,     TRACK_MEASURES},
	{"ppid",      ppid_of,  TRACK_MEASURES},
	{"cpu",       NULL,     TRACK_CPU     },
	{"mem",       NULL,     TRACK_RSS     },
	{"pss",       NULL,     TRACK_PSS     },
	{"disk",      NULL,     TRACK_DISK    },
	{"xfer",      NULL,     TRACK_TRANSFER},
	{"threads",   NULL,     TRACK_THREADS },
	{"time",      time_of,  TRACK_MEASURES},
	{"start",     start_of, TRACK_MEASURES},
	{"processes", count_of, TRACK_MEASURES},
};
#define KEYS (sizeof keys / sizeof *keys)

static const struct track_key by_time = {"time", time_of, TRACK_MEASURES};

static int unknown_key(struct str name, struct error *err)
{
	const char *names[KEYS], *nearest;
	char *text = mem_strndup(name.p, name.n);
	int r;

	for (size_t i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	nearest = nearest_name(text, names, KEYS);
	if (nearest)
		r = error_set(err, EINVAL, "--sort: there is no column '%s'; did you mean '%s'?",
			      text, nearest);
	else
		r = error_set(err, EINVAL,
			      "--sort: there is no column '%s'; there are pid, name, ppid, cpu, "
			      "mem, pss, disk, xfer, threads, time, start and processes",
			      text);
	free(text);
	return r;
}

int track_order_parse(struct track_order *order, struct str text, struct error *err)
{
	struct track_order parsed = {0};

	while (text.p) {
		struct str name = str_cut(&text, ',');
		bool descending = str_starts(name, STR("-"));
		size_t at = 0;

		if (descending || str_starts(name, STR("+")))
			name = str_skip(name, 1);
		while (at < KEYS && !str_is(name, keys[at].name))
			at++;
		if (at == KEYS)
			return unknown_key(name, err);
		if (parsed.count == TRACK_KEYS_MAX)
			return error_set(err, EINVAL,
					 "--sort: more than %d columns; leave some out",
					 TRACK_KEYS_MAX);
		parsed.keys[parsed.count].key = &keys[at];
		parsed.keys[parsed.count++].descending = descending;
	}
	*order = parsed;
	return 0;
}

/* ---- sorting ---- */

static int compare_texts(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static double value_of(const struct track_key *key, const struct track_line *line)
{
	const struct track_series *series;

	if (key->number)
		return key->number(line);
	series = &line->series[key->measure];
	return series->known ? track_average(series) : -1;
}

static int compare_by(const struct track_key *key, const struct track_line *a,
		      const struct track_line *b)
{
	double one, other;

	if (!key->number && key->measure == TRACK_MEASURES)
		return compare_texts(a->name, b->name);
	one = value_of(key, a);
	other = value_of(key, b);
	return (one > other) - (one < other);
}

/* Equal ones by number, lives of one number as they came; groups by name. */
static int compare_ties(const struct track_line *a, const struct track_line *b)
{
	if (!a->row || !b->row)
		return compare_texts(a->name, b->name);
	if (a->row->pid != b->row->pid)
		return a->row->pid < b->row->pid ? -1 : 1;
	return (a->row->id > b->row->id) - (a->row->id < b->row->id);
}

static int compare(const void *one, const void *other, void *context)
{
	const struct track_line *a = one, *b = other;
	const struct track_order *order = context;

	for (unsigned i = 0; i < order->count; i++) {
		int by = compare_by(order->keys[i].key, a, b);

		if (by)
			return order->keys[i].descending ? -by : by;
	}
	return compare_ties(a, b);
}

/* ---- lines ---- */

struct lines {
	struct track_line *items;
	size_t count, capacity;
};

static void add_line(struct lines *lines, struct track_line line)
{
	if (lines->count == lines->capacity) {
		lines->capacity = lines->capacity ? 2 * lines->capacity : 64;
		lines->items = mem_realloc(lines->items, lines->capacity, sizeof *lines->items);
	}
	lines->items[lines->count++] = line;
}

static void add_groups(struct lines *lines, const struct track *track)
{
	for (const struct track_group *group = track_groups(track); group; group = group->next)
		if (group->processes > 0) /* else all have gone over to others */
			add_line(lines,
				 (struct track_line){group->key, NULL, group->series, &group->used,
						     group->processes, group->short_lived});
}

static void add_rows(struct lines *lines, const struct track *track)
{
	for (const struct track_row *row = track_first(track); row; row = row->next)
		add_line(lines, (struct track_line){row->name, row, row->series, &row->used, 1,
						    row->short_lived});
}

struct track_line *track_lines_sorted(const struct track_report *report, size_t *ret_count)
{
	struct track_order order = report->order;
	struct lines lines = {0};

	if (report->group && order.count == 0) {
		order.keys[order.count].key = &by_time;
		order.keys[order.count++].descending = true;
	}
	if (report->group)
		add_groups(&lines, report->track);
	else
		add_rows(&lines, report->track);
	if (lines.items)
		qsort_r(lines.items, lines.count, sizeof *lines.items, compare, &order);
	*ret_count = lines.count;
	return lines.items;
}

struct sink *track_sheet_new(const struct sink_ops *ops, const struct track_report *report,
			     const struct output_options *options)
{
	struct track_sheet *sheet = output_new(sizeof *sheet, ops, options);

	sheet->report = *report;
	return &sheet->output.sink;
}

/* ---- the collector ---- */

struct collector {
	struct sink sink;
	struct track *track;
	struct track_feed feed;
};

/* The path that counts, of the cgroup file that was read with the sample. */
static void learn_cgroup(struct collector *collector, const struct record *record,
			 const struct change *change)
{
	const struct snapshot *s = collector->feed.snapshot(collector->feed.context, record);
	struct track_row *row = track_find(collector->track, change->proc->id);

	if (row && s && snapshot_knows(s, PART_BIT(PART_CGROUP)))
		track_row_set_cgroup(row, cgroup_path(s->cgroup));
}

static int collect(struct sink *sink, const struct record *record, const struct change *change,
		   struct error *err)
{
	struct collector *collector = (struct collector *)sink;

	track_apply(collector->track, record, change);
	if (record->kind == RECORD_SAMPLE && change->proc && collector->feed.snapshot)
		learn_cgroup(collector, record, change);
	return 0;
}

static int finish(struct sink *sink, const struct table *table, const struct run *run,
		  struct error *err)
{
	track_finish(((struct collector *)sink)->track, run->end_ns);
	return 0;
}

static void collector_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops collector_ops = {
	.name = "track",
	.record = collect,
	.close = finish,
	.free = collector_free,
};

struct sink *track_collector_new(struct track *track, const struct track_feed *feed)
{
	struct collector *collector = mem_alloc(sizeof *collector);

	collector->sink.ops = &collector_ops;
	collector->track = track;
	if (feed)
		collector->feed = *feed;
	return &collector->sink;
}
