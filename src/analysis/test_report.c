/* What a report sums up, of scripted runs: groups, repetitions, subtrees, shells, who stayed. */
#include "analysis/report.h"
#include "base/mem.h"
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
	struct run run;
	struct report report;
	struct buf out;
};

static void play(struct fixture *f, const char *const *lines)
{
	f->text = (struct record_text){.start_ns = START_NS, .last_ns = START_NS};
	f->run.start_ns = START_NS;
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
	report_make(&f->report, &f->history, &f->run, 10);
}

static int setup(void **state)
{
	*state = mem_alloc(sizeof(struct fixture));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	report_deinit(&f->report);
	history_deinit(&f->history);
	table_deinit(&f->table);
	record_text_deinit(&f->text);
	buf_deinit(&f->out);
	free(f);
	return 0;
}

/* The words of a text, joined by blanks. */
static void add_text(struct fixture *f, uint32_t text)
{
	struct str words = history_text(&f->history, text);

	for (size_t i = 0; i < words.n; i++)
		if (words.p[i] || i + 1 < words.n)
			buf_add_char(&f->out, words.p[i] ? words.p[i] : ' ');
}

/* "2 x cc 30ms, 1 x sh 0ms" */
static const char *groups(struct fixture *f, const struct report_group *groups, size_t count)
{
	buf_clear(&f->out);
	for (size_t i = 0; i < count; i++) {
		buf_printf(&f->out, "%s%" PRIu64 " x ", i ? ", " : "", groups[i].count);
		add_text(f, groups[i].text);
		buf_printf(&f->out, " %" PRIu64 "ms", groups[i].cpu_ns / MS);
	}
	return buf_cstr(&f->out);
}

/* "11 3 processes 60ms" */
static const char *subtrees(struct fixture *f)
{
	buf_clear(&f->out);
	for (size_t i = 0; i < f->report.subtree_count; i++) {
		const struct report_subtree *it = &f->report.subtrees[i];

		buf_printf(&f->out, "%s%d: %" PRIu64 " with %" PRIu64 "ms", i ? ", " : "",
			   f->history.lives[it->life].pid, it->processes, it->cpu_ns / MS);
	}
	return buf_cstr(&f->out);
}

static const char *pids(struct fixture *f, const uint32_t *lives, uint64_t count)
{
	buf_clear(&f->out);
	for (uint64_t i = 0; i < count; i++)
		buf_printf(&f->out, "%s%d", i ? " " : "", f->history.lives[lives[i]].pid);
	return buf_cstr(&f->out);
}

#define RUN(at, parent, pid, words)                                                                \
	"@" #at "ms fork " #parent " -> " #pid, "@" #at "ms exec " #pid " -- " words
#define END(at, pid, cpu_ms, status)                                                               \
	"@" #at "ms exit " #pid " status=" #status,                                                \
		"@" #at "ms settled " #pid " exact=1 cpu_user_ns=" #cpu_ms "000000 "               \
		"rss_peak_bytes=" #pid

/* A build: two compilers, one started by a shell that does nothing else, and the same test thrice. */
static const char *const build[] = {
	RUN(0, 1, 10, "make all"),
	RUN(0, 10, 11, "sh -c cc"),
	RUN(1, 11, 12, "cc a.c"),
	RUN(2, 12, 13, "cc1 a.c"),
	RUN(2, 10, 14, "cc b.c"),
	END(50, 13, 40, 0),
	END(51, 12, 2, 0),
	END(52, 11, 1, 0),
	END(60, 14, 20, 256),
	RUN(61, 10, 15, "test x"),
	END(63, 15, 1, 0),
	RUN(64, 10, 16, "test x"),
	END(66, 16, 1, 0),
	RUN(67, 10, 17, "test x"),
	END(69, 17, 1, 9),
	RUN(70, 10, 18, "serverd"),
	END(80, 10, 5, 512),
	END(90, 18, 3, 0),
	NULL,
};

static void test_build(void **state)
{
	struct fixture *f = *state;
	const struct report *report = &f->report;

	play(f, build);
	assert_int_equal(report->root, 0);
	assert_int_equal(report->wall_ns, 80 * MS);
	assert_int_equal(report->processes, 9);
	assert_int_equal(report->cpu_ns, 74 * MS);
	assert_int_equal(report->rss_peak_bytes, 18);
	assert_int_equal(report->inexact, 0);
	assert_int_equal(report->failures, 3);
	assert_int_equal(report->short_count, 3);
	assert_int_equal(report->short_wall_ns, 6 * MS);
	assert_string_equal(groups(f, report->programs, report->program_count),
			    "1 x cc1 40ms, 2 x cc 22ms, 1 x make 5ms, 1 x serverd 3ms, "
			    "3 x test 3ms, 1 x sh 1ms");
	assert_string_equal(groups(f, report->repeated, report->repeated_count), "3 x test x 3ms");
	assert_string_equal(pids(f, report->failed, report->failed_count), "14 17 10");
	assert_string_equal(pids(f, report->left, report->left_count), "18");
}

/* The shell and the driver only hand on to the compiler: the last of the chain stands for them. */
static void test_chains(void **state)
{
	struct fixture *f = *state;

	play(f, build);
	assert_string_equal(subtrees(f), "");
	assert_int_equal(f->report.shells.count, 1);
	assert_int_equal(f->history.lives[f->report.shells.first].pid, 11);
	assert_int_equal(f->report.shells.cpu_ns, 1 * MS);
}

static void test_subtrees(void **state)
{
	static const char *const lines[] = {
		RUN(0, 1, 10, "make"),  RUN(0, 10, 11, "make -C a"), RUN(1, 11, 12, "cc a"),
		RUN(1, 11, 13, "cc b"), RUN(1, 10, 14, "make -C b"), RUN(2, 14, 15, "cc c"),
		RUN(2, 14, 16, "cc d"), END(20, 12, 10, 0),          END(21, 13, 12, 0),
		END(22, 15, 30, 0),     END(23, 16, 8, 0),           END(24, 11, 1, 0),
		END(25, 14, 1, 0),      END(30, 10, 1, 0),           NULL,
	};
	struct fixture *f = *state;

	play(f, lines);
	assert_string_equal(subtrees(f), "14: 3 with 39ms, 11: 3 with 23ms");
}

/* Who runs before and still does is nobody's leftover; of several roots none is the command. */
static void test_attached(void **state)
{
	static const char *const lines[] = {
		"@0 seen 10 comm=a", "@0 seen 20 comm=b",      RUN(5, 10, 11, "work"),
		END(9, 11, 1, 0),    "@20ms exit 20 status=0", NULL,
	};
	struct fixture *f = *state;

	play(f, lines);
	assert_int_equal(f->report.root, HISTORY_NONE);
	assert_int_equal(f->report.ran_before, 2);
	assert_int_equal(f->report.wall_ns, 20 * MS);
	assert_int_equal(f->report.left_count, 0);
}

static void test_nothing(void **state)
{
	static const char *const none[] = {NULL};
	struct fixture *f = *state;

	f->run.command = STR("true\0");
	play(f, none);
	assert_int_equal(f->report.root, HISTORY_NONE);
	assert_int_equal(f->report.wall_ns, 0);
	assert_int_equal(f->report.program_count + f->report.repeated_count +
				 f->report.subtree_count + f->report.left_count,
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chains, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subtrees, setup, teardown),
		cmocka_unit_test_setup_teardown(test_attached, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
