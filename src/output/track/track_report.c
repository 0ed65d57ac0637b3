/*
 * The rows of a report in their order, and the sink that feeds the track. Key decision: a key is a
 * number or a text that is got from a row, so that sorting knows no columns.
 */
#include "output/track/track_report.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <stdlib.h>

/* ---- keys ---- */

struct track_key {
	const char *name;
	double (*number)(const struct track_row *row); /* or NULL: the name, as text */
	enum track_measure measure;                    /* where number is by_measure: of this */
};

static double pid_of(const struct track_row *row)
{
	return row->pid;
}

static double ppid_of(const struct track_row *row)
{
	return row->ppid;
}

static double start_of(const struct track_row *row)
{
	return (double)row->start_ns;
}

static double time_of(const struct track_row *row)
{
	return (double)usage_cpu_ns(&row->used);
}

static const struct track_key keys[] = {
	{"pid",     pid_of,   TRACK_MEASURES},
	{"name",    NULL,     TRACK_MEASURES},
	{"ppid",    ppid_of,  TRACK_MEASURES},
	{"cpu",     NULL,     TRACK_CPU     },
	{"mem",     NULL,     TRACK_RSS     },
	{"pss",     NULL,     TRACK_PSS     },
	{"disk",    NULL,     TRACK_DISK    },
	{"xfer",    NULL,     TRACK_TRANSFER},
	{"threads", NULL,     TRACK_THREADS },
	{"time",    time_of,  TRACK_MEASURES},
	{"start",   start_of, TRACK_MEASURES},
};
#define KEYS (sizeof keys / sizeof *keys)

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
			      "mem, pss, disk, xfer, threads, time and start",
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

static double value_of(const struct track_key *key, const struct track_row *row)
{
	const struct track_series *series;

	if (key->number)
		return key->number(row);
	series = &row->series[key->measure];
	return series->known ? track_average(series) : -1;
}

static int compare_by(const struct track_key *key, const struct track_row *a,
		      const struct track_row *b)
{
	double one, other;

	if (!key->number && key->measure == TRACK_MEASURES)
		return compare_texts(a->name, b->name);
	one = value_of(key, a);
	other = value_of(key, b);
	return (one > other) - (one < other);
}

/* Equal ones by number; lives of one number in the order in which they came. */
static int compare(const void *one, const void *other, void *context)
{
	const struct track_row *a = *(const struct track_row *const *)one;
	const struct track_row *b = *(const struct track_row *const *)other;
	const struct track_order *order = context;

	for (unsigned i = 0; i < order->count; i++) {
		int by = compare_by(order->keys[i].key, a, b);

		if (by)
			return order->keys[i].descending ? -by : by;
	}
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

const struct track_row **track_rows_sorted(const struct track_report *report, size_t *ret_count)
{
	struct track_order order = report->order;
	const struct track_row **rows = NULL;
	size_t count = 0, capacity = 0;

	for (const struct track_row *row = track_first(report->track); row; row = row->next) {
		if (count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			rows = mem_realloc(rows, capacity, sizeof *rows);
		}
		rows[count++] = row;
	}
	if (rows)
		qsort_r(rows, count, sizeof *rows, compare, &order);
	*ret_count = count;
	return rows;
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
};

static int collect(struct sink *sink, const struct record *record, const struct change *change,
		   struct error *err)
{
	track_apply(((struct collector *)sink)->track, record, change);
	return 0;
}

static void collector_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops collector_ops = {
	.name = "track",
	.record = collect,
	.free = collector_free,
};

struct sink *track_collector_new(struct track *track)
{
	struct collector *collector = mem_alloc(sizeof *collector);

	collector->sink.ops = &collector_ops;
	collector->track = track;
	return &collector->sink;
}
