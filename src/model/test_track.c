/* Use over time: what comes of samples, of ends between them and of counters that misbehave. */
#include "model/record_text.h"
#include "model/target.h"
#include "model/track.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

struct fixture {
	struct table table;
	struct record_text text;
	struct track *track;
};

static void feed(struct fixture *f, const struct record *record)
{
	struct change change;

	table_apply(&f->table, record, &change);
	track_apply(f->track, record, &change);
}

static void apply(struct fixture *f, const char *line)
{
	struct record record;
	struct error err;

	if (record_text_parse(&f->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	feed(f, &record);
}

static void end_round(struct fixture *f, int64_t ms)
{
	struct record record = record_make(RECORD_SAMPLE, ms * MS, (struct ident){0}, 0);

	feed(f, &record);
}

static const struct track_row *row_of(struct fixture *f, int pid)
{
	const struct proc *proc = table_find_pid(&f->table, pid);
	const struct track_row *row = proc ? track_find(f->track, proc->id) : NULL;

	assert_non_null(row);
	return row;
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-6 * (1 + fabs(expected))))
		fail_msg("%.9g, not %.9g", value, expected);
}

static void assert_series(const struct track_series *series, double min, double max, double average)
{
	assert_true(series->known);
	assert_near(series->min, min);
	assert_near(series->max, max);
	assert_near(track_average(series), average);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	table_init(&f->table, (struct table_limits){SIZE_MAX, 4}, NULL);
	f->track = track_new(&(struct track_options){.rows_max = 8});
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	track_free(f->track);
	table_deinit(&f->table);
	record_text_deinit(&f->text);
	free(f);
	return 0;
}

/* Who ran before: the first sample gives memory only, rates are differences. */
static void test_running(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);
	const struct track_row *row;

	track_free(f->track);
	f->track = track_new(&(struct track_options){.start_ns = 1});
	totals = track_totals(f->track);
	apply(f, "@0 seen 7 comm=old -- old one");
	apply(f, "@100ms sample 7 cpu_user_ns=5000000000 cpu_sys_ns=0 rss_bytes=1000 "
		 "read_bytes=500 write_bytes=0");
	end_round(f, 100);
	row = row_of(f, 7);
	assert_false(row->series[TRACK_CPU].known);
	assert_series(&row->series[TRACK_RSS], 1000, 1000, 1000);
	apply(f, "@300ms sample 7 cpu_user_ns=5100000000 cpu_sys_ns=0 rss_bytes=3000 "
		 "read_bytes=500 write_bytes=2000");
	end_round(f, 300);
	apply(f, "@1300ms sample 7 cpu_user_ns=5100000000 cpu_sys_ns=300000000 rss_bytes=2000 "
		 "read_bytes=1500 write_bytes=2000");
	end_round(f, 1300);
	/* 50 % over 200 ms, 30 % over 1000 ms: the average is weighted by time */
	assert_series(&row->series[TRACK_CPU], 30, 50, 400.0 / 12);
	assert_series(&row->series[TRACK_DISK], 1000, 10000, 2500);
	assert_series(&row->series[TRACK_RSS], 1000, 3000, (3000 * 200 + 2000 * 1000) / 1200.0);
	assert_int_equal(usage_cpu_ns(&row->used), 400 * MS);
	assert_int_equal(usage_cpu_ns(&totals->used), 400 * MS);
	assert_int_equal(totals->sampled_cpu_ns, 400 * MS);
	assert_series(&totals->series[TRACK_CPU], 30, 50, 400.0 / 12);
	assert_int_equal(row->samples, 3);
}

/* Between two samples: nothing but its end tells of it, and that tells all. */
static void test_short_lived(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);
	const struct track_row *row;

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@1ms exec 2 filename=/bin/true comm=true -- true");
	apply(f, "@5ms exit 2 status=256");
	apply(f, "@5ms settled 2 exact=1 cpu_user_ns=1000000 cpu_sys_ns=1000000 "
		 "rss_peak_bytes=4096 read_chars=10 write_chars=40");
	row = row_of(f, 2);
	assert_true(row->short_lived && row->exact && row->end_ns == 5 * MS);
	assert_series(&row->series[TRACK_CPU], 40, 40, 40);
	assert_series(&row->series[TRACK_RSS], 4096, 4096, 4096);
	assert_series(&row->series[TRACK_TRANSFER], 10000, 10000, 10000);
	assert_near(row->series[TRACK_CPU].now, 0);
	assert_int_equal(usage_cpu_ns(&totals->used), 2 * MS);
	assert_int_equal(totals->sampled_cpu_ns, 0);
	assert_int_equal(totals->short_lived, 1);
	assert_int_equal(totals->living, 0);
	/* the peak of the sum is that of those who were there, and of one more */
	apply(f, "@6ms fork 1 -> 3");
	apply(f, "@10ms sample 3 rss_bytes=5000");
	end_round(f, 10);
	apply(f, "@11ms fork 1 -> 4");
	apply(f, "@15ms exit 4 status=0");
	apply(f, "@15ms settled 4 exact=1 cpu_user_ns=0 cpu_sys_ns=0 rss_peak_bytes=100");
	assert_int_equal(totals->failed, 1);
	track_finish(f->track, 15 * MS);
	assert_near(totals->series[TRACK_RSS].max, 5100);
	assert_near(totals->series[TRACK_RSS].now, 5000);
	assert_near(totals->series[TRACK_RSS].min, 5000);
	assert_int_equal(totals->living, 1);
	assert_true(str_is(row->name, "true"));
}

/* What the kernel adds of children that were waited for is theirs, and is counted once. */
static void test_inherited(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@0 fork 2 -> 3");
	apply(f, "@0 fork 3 -> 4");
	apply(f, "@50ms sample 2 read_chars=5 write_chars=0");
	apply(f, "@100ms exit 4 status=0");
	apply(f,
	      "@100ms settled 4 exact=1 cpu_user_ns=1 cpu_sys_ns=1 read_chars=1000 write_chars=0");
	/* nobody has waited for it yet */
	apply(f, "@110ms sample 3 read_chars=10 write_chars=0");
	apply(f, "@120ms sample 3 read_chars=1020 write_chars=0");
	apply(f, "@130ms exit 3 status=0");
	apply(f, "@130ms settled 3 exact=1 cpu_user_ns=1 cpu_sys_ns=1 read_chars=30 write_chars=0");
	apply(f, "@150ms sample 2 read_chars=1037 write_chars=0");
	assert_int_equal(row_of(f, 2)->used.value[USAGE_READ_CHARS], 7);
	assert_int_equal(row_of(f, 3)->used.value[USAGE_READ_CHARS], 30);
	assert_int_equal(totals->used.value[USAGE_READ_CHARS], 1037);
	/* one sample and an end: its average is not nothing */
	apply(f, "@150ms fork 2 -> 5");
	apply(f, "@160ms sample 5 rss_bytes=4096");
	apply(f, "@170ms exit 5 status=0");
	apply(f, "@170ms settled 5 exact=1 cpu_user_ns=40000000 cpu_sys_ns=0 threads=1");
	assert_series(&row_of(f, 5)->series[TRACK_RSS], 4096, 4096, 4096);
	assert_series(&row_of(f, 5)->series[TRACK_CPU], 100, 100, 100);
}

/* The end brings what no sample saw, and counts once, also when it is said twice. */
static void test_end(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);
	const struct track_row *row;

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@100ms sample 2 cpu_user_ns=50000000 cpu_sys_ns=0 rss_bytes=100");
	apply(f, "@200ms sample 2 cpu_user_ns=60000000 cpu_sys_ns=0 rss_bytes=200");
	apply(f, "@205ms exit 2 status=0");
	apply(f, "@205ms settled 2 exact=1 cpu_user_ns=61000000 cpu_sys_ns=4000000 "
		 "rss_peak_bytes=900");
	apply(f, "@206ms settled 2 exact=1 cpu_user_ns=61000000 cpu_sys_ns=4000000");
	row = row_of(f, 2);
	/* the last 5 ms are too short to be the most, not to be counted */
	assert_series(&row->series[TRACK_CPU], 10, 50, 65 / 205.0 * 100);
	assert_series(&row->series[TRACK_RSS], 100, 900, 200);
	assert_int_equal(usage_cpu_ns(&totals->used), 65 * MS);
	assert_int_equal(totals->sampled_cpu_ns, 10 * MS);
	assert_int_equal(totals->short_lived, 0);
}

/* Whose beginning nobody knows adds nothing with an end: what it used before is not of this run. */
static void test_unknown_beginning(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals;

	track_free(f->track);
	f->track = track_new(&(struct track_options){.start_ns = 1});
	totals = track_totals(f->track);
	apply(f, "@0 seen 7 comm=old -- old one");
	apply(f, "@50ms exit 7 status=0");
	apply(f, "@50ms settled 7 exact=1 cpu_user_ns=9000000000 cpu_sys_ns=0 "
		 "rss_peak_bytes=77");
	assert_int_equal(usage_cpu_ns(&totals->used), 0);
	assert_false(row_of(f, 7)->exact);
	assert_false(row_of(f, 7)->series[TRACK_CPU].known);
	assert_false(row_of(f, 7)->series[TRACK_RSS].known);
}

/* Nothing is ever negative, infinite or no number. */
static void test_backwards(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);
	const struct track_row *row;

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@100ms sample 2 cpu_user_ns=50000000 cpu_sys_ns=9000000 read_bytes=100 "
		 "write_bytes=0");
	/* back, the same moment again, and a clock that jumped back */
	apply(f, "@200ms sample 2 cpu_user_ns=10000000 cpu_sys_ns=9000000 read_bytes=50 "
		 "write_bytes=0");
	apply(f, "@200ms sample 2 cpu_user_ns=70000000 cpu_sys_ns=0 read_bytes=60 write_bytes=0");
	apply(f, "@150ms sample 2 cpu_user_ns=90000000 cpu_sys_ns=0 read_bytes=60 write_bytes=0");
	end_round(f, 200);
	end_round(f, 200);
	end_round(f, 100);
	row = row_of(f, 2);
	assert_int_equal(usage_cpu_ns(&row->used), 70 * MS);
	assert_int_equal(row->used.value[USAGE_READ_BYTES], 100);
	for (int i = 0; i < TRACK_MEASURES; i++) {
		const struct track_series *one[] = {&row->series[i], &totals->series[i]};

		for (int k = 0; k < 2; k++) {
			assert_true(isfinite(one[k]->now) && one[k]->now >= 0);
			assert_true(isfinite(one[k]->min) && one[k]->min >= 0);
			assert_true(isfinite(one[k]->max) && one[k]->max >= one[k]->min);
			assert_true(isfinite(track_average(one[k])));
		}
	}
	/* user time that becomes system time is no CPU time used */
	apply(f, "@400ms sample 2 cpu_user_ns=20000000 cpu_sys_ns=50000000");
	assert_int_equal(usage_cpu_ns(&row->used), 70 * MS);
}

/* The peak of the sum is not the sum of the peaks; the dead are not in it. */
static void test_rounds(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@0 fork 1 -> 3");
	apply(f, "@100ms sample 2 rss_bytes=100");
	apply(f, "@100ms sample 3 rss_bytes=10");
	end_round(f, 100);
	apply(f, "@200ms sample 2 rss_bytes=10");
	apply(f, "@200ms sample 3 rss_bytes=70");
	end_round(f, 200);
	apply(f, "@210ms exit 3 status=0");
	apply(f, "@300ms sample 2 rss_bytes=10");
	end_round(f, 300);
	assert_series(&totals->series[TRACK_RSS], 10, 110, 45);
	assert_near(totals->series[TRACK_RSS].now, 10);
	assert_false(totals->series[TRACK_FDS].known);
}

/* The run's part of what a cgroup used, also when that is made anew meanwhile. */
static void test_cgroup(void **state)
{
	struct fixture *f = *state;
	struct track_options options = {0};
	const struct track_totals *totals;
	struct record record = record_make(RECORD_SAMPLE, 100 * MS, (struct ident){0}, 0);

	usage_set(&options.cgroup_begin, USAGE_CPU_USER_NS, 10);
	track_free(f->track);
	f->track = track_new(&options);
	totals = track_totals(f->track);
	usage_set(&record.usage, USAGE_CPU_USER_NS, 15);
	feed(f, &record);
	assert_int_equal(totals->cgroup_used.value[USAGE_CPU_USER_NS], 5);
	record.time_ns = 200 * MS;
	record.usage = (struct usage){0};
	feed(f, &record);
	record.time_ns = 300 * MS;
	usage_set(&record.usage, USAGE_CPU_USER_NS, 3);
	usage_set(&record.usage, USAGE_RSS_BYTES, 7);
	feed(f, &record);
	assert_int_equal(totals->cgroup_used.value[USAGE_CPU_USER_NS], 8);
	assert_int_equal(totals->cgroup_now.value[USAGE_RSS_BYTES], 7);
	assert_false(usage_knows(&totals->cgroup_used, USAGE_READ_BYTES));
}

static void by_name(void *context, const struct track_row *row, struct buf *out)
{
	buf_add_str(out, row->name.p ? row->name : STR("?"));
}

static const struct track_group *group_named(const struct track *track, const char *name)
{
	for (const struct track_group *group = track_groups(track); group; group = group->next)
		if (str_is(group->key, name))
			return group;
	fail_msg("there is no group %s", name);
	return NULL;
}

/* Who executes something else, ends or lives on counts where he belongs at that moment, and once. */
static void test_groups(void **state)
{
	struct fixture *f = *state;
	const struct track_group *sh, *cc;
	uint64_t sum;

	track_free(f->track);
	f->track = track_new(&(struct track_options){.rows_max = 2, .group = by_name});
	apply(f, "@0 fork 1 -> 2");
	apply(f, "@0 exec 2 filename=/bin/sh -- sh");
	apply(f, "@0 fork 2 -> 3 comm=sh");
	apply(f, "@100ms sample 2 cpu_user_ns=10000000 cpu_sys_ns=0 rss_bytes=100");
	apply(f, "@100ms sample 3 cpu_user_ns=20000000 cpu_sys_ns=0 rss_bytes=10");
	end_round(f, 100);
	apply(f, "@150ms exec 3 filename=/bin/cc -- cc");
	apply(f, "@200ms sample 2 cpu_user_ns=10000000 cpu_sys_ns=0 rss_bytes=100");
	apply(f, "@200ms sample 3 cpu_user_ns=60000000 cpu_sys_ns=0 rss_bytes=30");
	end_round(f, 200);
	apply(f, "@250ms exit 3 status=0");
	apply(f, "@250ms settled 3 exact=1 cpu_user_ns=70000000 cpu_sys_ns=0");
	/* so many brief ones that rows are dropped before their group has seen a round */
	for (int i = 0; i < 20; i++) {
		char line[160];

		snprintf(line, sizeof line, "@%dms fork 2 -> %d", 250 + i, 10 + i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms exec %d filename=/bin/cc -- cc", 250 + i,
			 10 + i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms exit %d status=0", 251 + i, 10 + i);
		apply(f, line);
		snprintf(line, sizeof line,
			 "@%dms settled %d exact=1 cpu_user_ns=1000000 cpu_sys_ns=0 "
			 "rss_peak_bytes=%d",
			 251 + i, 10 + i, 500 + i);
		apply(f, line);
	}
	track_finish(f->track, 300 * MS);
	sh = group_named(f->track, "sh");
	cc = group_named(f->track, "cc");
	assert_int_equal(usage_cpu_ns(&sh->used), 30 * MS);
	assert_int_equal(usage_cpu_ns(&cc->used), 70 * MS);
	sum = usage_cpu_ns(&sh->used) + usage_cpu_ns(&cc->used);
	assert_int_equal(sum, usage_cpu_ns(&track_totals(f->track)->used));
	assert_int_equal(sh->processes, 1);
	assert_int_equal(cc->processes, 21);
	assert_int_equal(cc->short_lived, 20);
	assert_series(&sh->series[TRACK_RSS], 100, 110, 100);
	/* 40 ms of the 100 in which it came to be, 30 ms of the last 100 */
	assert_near(cc->series[TRACK_RSS].max, 519);
	assert_near(track_average(&cc->series[TRACK_CPU]), 70 / 200.0 * 100);
}

/* A recording does not tell where a round ends: when somebody has his turn again. */
static void test_replay(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);

	apply(f, "@0 fork 1 -> 2");
	apply(f, "@0 fork 1 -> 3");
	apply(f, "@100ms sample 2 rss_bytes=100");
	apply(f, "@100ms sample 3 rss_bytes=10");
	apply(f, "@200ms sample 2 rss_bytes=10");
	apply(f, "@200ms sample 3 rss_bytes=70");
	apply(f, "@300ms sample 2 rss_bytes=10");
	apply(f, "@300ms sample 3 rss_bytes=1");
	track_finish(f->track, 300 * MS);
	assert_series(&totals->series[TRACK_RSS], 11, 110, (80 + 11) / 2.0);
}

/* Who was never told to be in a cgroup is in that of who forked him. */
static void test_cgroup_of_child(void **state)
{
	struct fixture *f = *state;
	const struct proc *proc;

	apply(f, "@0 fork 1 -> 2");
	proc = table_find_pid(&f->table, 2);
	track_row_set_cgroup(track_find(f->track, proc->id), STR("/a"));
	apply(f, "@1ms fork 2 -> 3");
	assert_true(str_is(row_of(f, 3)->cgroup, "/a"));
	assert_false(row_of(f, 2)->uid != UID_UNKNOWN);
}

/* However many there were: rows are bounded, the totals complete. */
static void test_bound(void **state)
{
	struct fixture *f = *state;
	const struct track_totals *totals = track_totals(f->track);
	char line[160];
	unsigned rows = 0, dear = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof line, "@%dms fork 1 -> %d", i, 10 + i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms exit %d status=0", i, 10 + i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dms settled %d exact=1 cpu_user_ns=%d cpu_sys_ns=0",
			 i, 10 + i, i == 3 ? 1000 : 1);
		apply(f, line);
	}
	for (const struct track_row *row = track_first(f->track); row; row = row->next) {
		rows++;
		dear += usage_cpu_ns(&row->used) == 1000;
	}
	assert_true(rows <= 8);
	assert_int_equal(dear, 1);
	assert_int_equal(totals->processes, 100);
	assert_int_equal(totals->dropped, 100 - rows);
	assert_int_equal(usage_cpu_ns(&totals->used), 1099);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_running),   TEST(test_short_lived),
		TEST(test_end),       TEST(test_unknown_beginning),
		TEST(test_backwards), TEST(test_rounds),
		TEST(test_cgroup),    TEST(test_bound),
		TEST(test_inherited), TEST(test_groups),
		TEST(test_replay),    TEST(test_cgroup_of_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
