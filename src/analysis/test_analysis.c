/*
 * Trees with known answers: a chain, fork and join, a pipeline, one straggler, idle gaps. A picture
 * "sh 0-10" of each step is compared, in ms since the run's start.
 */
#include "analysis/busy.h"
#include "analysis/critical.h"
#include "model/record_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define START_NS INT64_C(1000000000000)
#define MS       INT64_C(1000000)

struct fixture {
	struct table table;
	struct record_text text;
	struct history history;
	struct history_children children;
	struct run run;
	struct buf out;
};

static void play(struct fixture *f, const char *const *lines)
{
	f->run = (struct run){.start_ns = START_NS};
	f->text = (struct record_text){.start_ns = START_NS, .last_ns = START_NS};
	/* the dead are forgotten at once: the history must not need them */
	table_init(&f->table, (struct table_limits){.tombstones = 1}, NULL);
	for (; *lines; lines++) {
		struct record record;
		struct change change;
		struct error err;

		if (record_text_parse(&f->text, str_of(*lines), &record, &err) != 1)
			fail_msg("%s: %s", *lines, err.text);
		table_apply(&f->table, &record, &change);
		history_record(&f->history, &record, &change);
		table_reap(&f->table);
	}
	f->run.end_ns = f->text.last_ns;
	history_finish(&f->history, &f->table, &f->run);
	f->children = history_children(&f->history);
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	history_children_deinit(&f->children);
	history_deinit(&f->history);
	table_deinit(&f->table);
	record_text_deinit(&f->text);
	buf_deinit(&f->out);
	free(f);
	return 0;
}

static int64_t ms(int64_t time_ns)
{
	return (time_ns - START_NS) / MS;
}

static const char *name_of(const struct fixture *f, uint32_t life)
{
	return life == HISTORY_NONE ? "-"
				    : history_text(&f->history, f->history.lives[life].program).p;
}

/* Also holds what must hold of each path: it has no gap, and is as long as its root. */
static const char *path(struct fixture *f, uint32_t root)
{
	struct critical critical;
	int64_t at_ns;

	critical_find(&critical, &f->history, &f->children, root);
	at_ns = critical.begin_ns;
	buf_clear(&f->out);
	for (size_t i = 0; i < critical.count; i++) {
		const struct critical_step *step = &critical.steps[i];

		assert_int_equal(step->begin_ns, at_ns);
		assert_true(step->end_ns > step->begin_ns);
		at_ns = step->end_ns;
		buf_printf(&f->out, "%s%s %" PRId64 "-%" PRId64, i ? ", " : "",
			   name_of(f, step->life), ms(step->begin_ns), ms(step->end_ns));
	}
	assert_int_equal(at_ns, critical.end_ns);
	critical_deinit(&critical);
	return buf_cstr(&f->out);
}

static const char *levels(struct fixture *f, const struct busy *busy)
{
	buf_clear(&f->out);
	for (unsigned i = 0; i <= BUSY_LEVELS; i++)
		if (busy->level_ns[i])
			buf_printf(&f->out, "%s%u: %" PRId64, f->out.n ? ", " : "", i,
				   busy->level_ns[i] / MS);
	return buf_cstr(&f->out);
}

static const char *singles(struct fixture *f, const struct busy *busy)
{
	buf_clear(&f->out);
	for (unsigned i = 0; i < busy->single_count; i++)
		buf_printf(&f->out, "%s%s %" PRId64 "-%" PRId64, i ? ", " : "",
			   name_of(f, busy->singles[i].life), ms(busy->singles[i].begin_ns),
			   ms(busy->singles[i].end_ns));
	return buf_cstr(&f->out);
}

#define BEGIN(at, parent, pid, name)                                                               \
	"@" #at "ms fork " #parent " -> " #pid,                                                    \
		"@" #at "ms exec " #pid " filename=/bin/" #name " -- " #name
#define END(at, pid) "@" #at "ms exit " #pid " status=0", "@" #at "ms settled " #pid

static const struct {
	const char *what, *lines[40], *path, *levels, *singles;
} trees[] = {
	{"a chain of commands one after the other",
	 {BEGIN(0, 1, 10, sh), BEGIN(10, 10, 11, cc), END(40, 11), BEGIN(45, 10, 12, ld),
	  END(90, 12), END(100, 10)},
	 "sh 0-10, cc 10-40, sh 40-45, ld 45-90, sh 90-100", "1: 100",
	 "ld 0-100"            },
	{"fork and join",
	 {BEGIN(0, 1, 10, make), BEGIN(0, 10, 11, a), BEGIN(0, 10, 12, b), BEGIN(0, 10, 13, c),
	  END(30, 12), END(40, 11), END(60, 13), END(60, 10)},
	 "c 0-60",					   "1: 20, 2: 10, 3: 30",
	 "c 40-60"             },
	{"make -j2: who waits for a place waits for who leaves it",
	 {BEGIN(0, 1, 10, make), BEGIN(0, 10, 11, a), BEGIN(0, 10, 12, b), END(30, 11),
	  BEGIN(30, 10, 13, c), END(50, 12), BEGIN(50, 10, 14, d), END(55, 13), END(90, 14),
	  END(90, 10)},
	 "b 0-50, d 50-90",				  "1: 35, 2: 55",
	 "d 55-90"             },
	{"a pipeline ends with its last part",
	 {BEGIN(0, 1, 10, sh), BEGIN(0, 10, 11, yes), BEGIN(0, 10, 12, sort), END(50, 11),
	  END(80, 12), END(80, 10)},
	 "sort 0-80",					"1: 30, 2: 50",
	 "sort 50-80"          },
	{"one straggler, deep in the tree",
	 {BEGIN(0, 1, 10, make), BEGIN(0, 10, 11, sh), BEGIN(0, 10, 12, a), BEGIN(10, 11, 13, slow),
	  END(20, 12), END(190, 13), END(195, 11), END(200, 10)},
	 "sh 0-10, slow 10-190, sh 190-195, make 195-200",   "1: 180, 2: 20",
	 "slow 20-200"         },
	{"idle gaps are the time of who did not start anybody",
	 {BEGIN(0, 1, 10, sh), BEGIN(0, 10, 11, a), END(20, 11), BEGIN(70, 10, 12, b), END(80, 12),
	  END(80, 10)},
	 "a 0-20, sh 20-70, b 70-80",			"1: 80",
	 "sh 0-80"             },
	{"who was left behind is not waited for",
	 {BEGIN(0, 1, 10, sh), BEGIN(5, 10, 11, daemon), BEGIN(5, 10, 12, a), END(30, 12),
	  END(30, 10), END(90, 11)},
	 "sh 0-5, a 5-30",				   "1: 65, 2: 25",
	 "daemon 30-90, sh 0-5"},
	{"children of a child that outlive it",
	 {BEGIN(0, 1, 10, sh), BEGIN(0, 10, 11, su), BEGIN(10, 11, 12, job), END(20, 11),
	  END(60, 12), END(70, 10)},
	 "su 0-20, sh 20-70",				"1: 30, 2: 40",
	 "su 0-20, sh 60-70"   },
	{"lives of no length",
	 {BEGIN(0, 1, 10, sh), BEGIN(5, 10, 11, a), END(5, 11), END(10, 10)},
	 "sh 0-10",					  "1: 10",
	 "sh 0-10"             },
};

static void test_trees(void **state)
{
	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		struct fixture *f = *state;
		struct busy busy;

		print_message("%s\n", trees[i].what);
		play(f, trees[i].lines);
		assert_string_equal(path(f, 0), trees[i].path);
		busy_find(&busy, &f->history, HISTORY_NONE, 10);
		assert_string_equal(levels(f, &busy), trees[i].levels);
		if (trees[i].singles)
			assert_string_equal(singles(f, &busy), trees[i].singles);
		busy_deinit(&busy);
		teardown(state);
		setup(state);
	}
}

static void test_nothing(void **state)
{
	static const char *const none[] = {NULL};
	struct fixture *f = *state;
	struct busy busy;

	play(f, none);
	assert_string_equal(path(f, HISTORY_NONE), "");
	busy_find(&busy, &f->history, HISTORY_NONE, 4);
	assert_int_equal(busy.most, 0);
	assert_null(busy.buckets);
	busy_deinit(&busy);
}

/* Of the whole run: the gap between two roots is nobody's. */
static void test_forest(void **state)
{
	static const char *const lines[] = {BEGIN(10, 1, 10, a), END(30, 10), BEGIN(50, 1, 20, b),
					    END(80, 20), NULL};
	struct fixture *f = *state;

	play(f, lines);
	assert_string_equal(path(f, HISTORY_NONE), "- 0-10, a 10-30, - 30-50, b 50-80");
}

/* Of a command: who stays behind does not make its time longer. */
static void test_window(void **state)
{
	static const char *const lines[] = {
		BEGIN(10, 1, 10, sh),
		BEGIN(20, 10, 11, daemon),
		"@40ms exit 10 status=0",
		"@40ms settled 10 exact=1",
		"@100ms exit 11 status=0",
		"@100ms settled 11 exact=1 cpu_user_ns=80000000",
		NULL,
	};
	struct fixture *f = *state;
	struct busy busy;

	play(f, lines);
	busy_find(&busy, &f->history, 0, 3);
	assert_string_equal(levels(f, &busy), "1: 30");
	assert_string_equal(singles(f, &busy), "daemon 10-40");
	assert_float_equal(busy.buckets[0].cpus, 0, 1e-3);
	assert_float_equal(busy.buckets[2].cpus, 1, 1e-3);
	assert_int_equal(busy.cpu_ns, 80 * MS);
	busy_deinit(&busy);
}

static void test_costs(void **state)
{
	static const char *const lines[] = {
		"@0 fork 1 -> 10 comm=sh",
		"@0 exec 10 filename=/bin/sh -- sh -c x",
		"@10ms fork 10 -> 11",
		"@20ms signal 11 signal=9 sender_pid=10 sender_comm=sh fatal=1",
		"@20ms exit 11 status=9",
		"@20ms settled 11 exact=1 cpu_user_ns=6000000 cpu_sys_ns=2000000",
		"@40ms exit 10 status=256",
		"@40ms settled 10 exact=1 cpu_user_ns=2000000 rss_peak_bytes=4096",
		NULL,
	};
	struct fixture *f = *state;
	const struct history_life *lives;
	struct busy busy;

	play(f, lines);
	lives = f->history.lives;
	assert_int_equal(f->history.count, 2);
	assert_int_equal(lives[1].parent, 0);
	assert_true(lives[1].inherited && !lives[0].inherited);
	assert_int_equal(lives[1].command, lives[0].command);
	assert_int_equal(lives[1].killer_pid, 10);
	assert_string_equal(history_text(&f->history, lives[1].killer).p, "sh");
	assert_int_equal(lives[0].status, 256);
	assert_int_equal(lives[0].rss_peak_bytes, 4096);
	assert_memory_equal(history_text(&f->history, lives[0].command).p, "sh\0-c\0x\0", 8);
	busy_find(&busy, &f->history, HISTORY_NONE, 4);
	assert_int_equal(busy.cpu_ns, 10 * MS);
	assert_float_equal(busy.cpus, 0.25, 1e-6);
	assert_float_equal(busy.buckets[0].cpus, 0.05, 1e-3);
	assert_float_equal(busy.buckets[1].cpus, 0.85, 1e-3);
	assert_float_equal(busy.buckets[1].at_work, 1, 1e-3);
	busy_deinit(&busy);
}

/* What makes no sense must not break anything: a circle, a parent born later, ends before starts. */
static void test_odd(void **state)
{
	static const char *const lines[] = {
		"@5ms seen 10 parent=11 comm=a",
		"@5ms seen 11 parent=10 comm=b",
		"@7ms fork 11 -> 12",
		"@6ms exit 12 status=0",
		"@9ms exit 10 status=0",
		"@20ms exit 11 status=0",
		NULL,
	};
	struct fixture *f = *state;
	struct busy busy;

	play(f, lines);
	path(f, HISTORY_NONE);
	for (uint32_t i = 0; i < f->history.count; i++)
		path(f, i);
	busy_find(&busy, &f->history, HISTORY_NONE, 3);
	assert_true(busy.most >= 1);
	busy_deinit(&busy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_trees, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_costs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
