/*
 * Two scripted trees side by side: what is one another's, what is new, gone or slower. A picture is
 * compared: "=" matched, "~" matched with other arguments, "+" new, "-" gone, and how many.
 */
#include "analysis/difference.h"
#include "analysis/normal.h"
#include "base/mem.h"
#include "model/record_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define START_NS INT64_C(1000000000000)
#define MS       INT64_C(1000000)

/* In ms; ended by one without words. Who has words of "-" is a fork that goes on. */
struct life {
	int pid, parent, begin, end, cpu;
	const char *words;
};

struct event {
	int ms, order;
	char text[256];
};

struct side {
	struct table table;
	struct record_text text;
	struct history history;
	struct run run;
	struct report report;
};

struct fixture {
	struct side sides[ALIGN_SIDES];
	struct difference difference;
	struct buf out;
};

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->ms != y->ms ? (x->ms > y->ms) - (x->ms < y->ms) : x->order - y->order;
}

static void apply(struct side *side, const char *line)
{
	struct record record;
	struct change change;
	struct error err;

	if (record_text_parse(&side->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	table_apply(&side->table, &record, &change);
	history_record(&side->history, &record, &change);
	table_reap(&side->table);
}

static size_t add_events(struct event *events, const struct life *life, const char *cwd)
{
	size_t n = 0;

	snprintf(events[n++].text, 256, "@%dms fork %d -> %d", life->begin, life->parent,
		 life->pid);
	if (strcmp(life->words, "-") != 0)
		snprintf(events[n++].text, 256, "@%dms exec %d cwd=%s -- %s", life->begin,
			 life->pid, cwd, life->words);
	for (size_t i = 0; i < n; i++)
		events[i].ms = life->begin;
	snprintf(events[n].text, 256, "@%dms exit %d status=0", life->end, life->pid);
	snprintf(events[n + 1].text, 256, "@%dms settled %d exact=1 cpu_user_ns=%d", life->end,
		 life->pid, life->cpu * 1000000);
	events[n].ms = events[n + 1].ms = life->end;
	return n + 2;
}

static void play(struct side *side, const char *cwd, const struct life *lives)
{
	struct event *events;
	size_t count = 0, n = 0;

	side->text = (struct record_text){.start_ns = START_NS, .last_ns = START_NS};
	side->run.start_ns = START_NS;
	table_init(&side->table, (struct table_limits){.tombstones = 1}, NULL);
	while (lives[count].words)
		count++;
	events = mem_alloc((4 * count + 1) * sizeof *events);
	for (size_t i = 0; i < count; i++)
		n += add_events(&events[n], &lives[i], cwd);
	for (size_t i = 0; i < n; i++)
		events[i].order = (int)i;
	qsort(events, n, sizeof *events, by_time);
	for (size_t i = 0; i < n; i++)
		apply(side, events[i].text);
	free(events);
	side->run.end_ns = side->text.last_ns;
	history_finish(&side->history, &side->table, &side->run);
	report_make(&side->report, &side->history, &side->run, 0);
}

static void clear(struct fixture *f)
{
	for (int i = 0; i < ALIGN_SIDES; i++) {
		report_deinit(&f->sides[i].report);
		history_deinit(&f->sides[i].history);
		table_deinit(&f->sides[i].table);
		record_text_deinit(&f->sides[i].text);
		f->sides[i] = (struct side){0};
	}
	difference_deinit(&f->difference);
}

static int setup(void **state)
{
	*state = mem_alloc(sizeof(struct fixture));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	clear(f);
	buf_deinit(&f->out);
	free(f);
	return 0;
}

static void add_words(struct fixture *f, int side, uint32_t life)
{
	const struct history *h = &f->sides[side].history;
	struct str words = history_text(h, h->lives[life].command);

	buf_add_text(&f->out, h->lives[life].inherited ? "(fork) " : "");
	for (size_t i = 0; i + 1 < words.n; i++)
		buf_add_char(&f->out, words.p[i] ? words.p[i] : ' ');
}

static void add_group(struct fixture *f, const struct align_group *group)
{
	int side = group->first[ALIGN_AFTER] != HISTORY_NONE;
	bool both = side && group->first[ALIGN_BEFORE] != HISTORY_NONE;

	buf_add_text(&f->out, f->out.n ? ", " : "");
	buf_add_char(&f->out, both ? group->reworded ? '~' : '=' : side ? '+' : '-');
	if (both && group->reworded) {
		add_words(f, ALIGN_BEFORE, group->first[ALIGN_BEFORE]);
		buf_add_text(&f->out, " > ");
	}
	add_words(f, side, group->first[side]);
	if (group->sum[side].count != 1)
		buf_printf(&f->out, " *%" PRIu64, group->sum[side].count);
	if (group->sum[side].processes != group->sum[side].count)
		buf_printf(&f->out, " (%" PRIu64 ")", group->sum[side].processes);
}

/* Also holds what must hold of each alignment: every life is in one group, on both sides. */
static const char *align(struct fixture *f, const struct life *before, const struct life *after)
{
	static const struct difference_noise noise = {0.05, 10 * MS};
	const struct history *histories[] = {&f->sides[0].history, &f->sides[1].history};
	const struct report *reports[] = {&f->sides[0].report, &f->sides[1].report};
	const struct align *it = &f->difference.align;

	clear(f);
	play(&f->sides[ALIGN_BEFORE], "/build/monday", before);
	play(&f->sides[ALIGN_AFTER], "/build/tuesday", after);
	difference_make(&f->difference, histories, reports, &noise);
	buf_clear(&f->out);
	for (uint32_t i = 0; i < it->count; i++)
		add_group(f, &it->groups[i]);
	for (int side = 0; side < ALIGN_SIDES; side++) {
		uint64_t processes = 0;

		for (uint32_t i = 0; i < it->count; i++)
			processes += it->groups[i].sum[side].processes;
		assert_int_equal(processes, histories[side]->count);
		assert_int_equal(it->matched + it->alone[side], histories[side]->count);
	}
	return buf_cstr(&f->out);
}

static const char *listed(struct fixture *f, enum difference_kind kind)
{
	const struct difference *it = &f->difference;

	buf_clear(&f->out);
	for (size_t i = 0; i < it->count[kind]; i++)
		add_group(f, &it->align.groups[it->groups[kind][i]]);
	return buf_cstr(&f->out);
}

static const struct life base[] = {
	{100,  1, 0, 100, 1, "make"},
	{101,   100, 5, 45, 2, "cc -c a.c"},
	{102,   101, 6, 40, 30, "cc1 a.c -o /tmp/ccXa1.s"},
	{103,    100, 50, 90, 2, "cc -c b.c"},
	{104,103, 51, 88, 30, "cc1 b.c -o /tmp/ccXb1.s"},
	{0 },
};

static void test_same(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(align(f, base, base), "=make, =cc -c a.c, =cc -c b.c, "
						  "=cc1 a.c -o /tmp/ccXa1.s, "
						  "=cc1 b.c -o /tmp/ccXb1.s");
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		assert_int_equal(f->difference.count[kind], 0);
}

/* Other numbers, temporary names, another order, another directory. */
static void test_disguised(void **state)
{
	static const struct life before[] = {
		{100,  1, 0, 100, 1, "make"},
		{101,   100, 5, 45, 2, "cc -c /build/monday/a.c -I/build/monday"},
		{102,   101, 6, 40, 30, "cc1 a.c -o /tmp/ccXa1.s"},
		{103,    100, 50, 90, 2, "cc -c /build/monday/b.c -I/build/monday"},
		{104,103, 51, 88, 30, "log --pid=103 --parent=100"},
		{0 },
	};
	static const struct life after[] = {
		{7100,  1, 0, 100, 1, "make"},
		{7104,    7100, 50, 90, 2, "cc -c /build/tuesday/a.c -I/build/tuesday"},
		{7105,    7104, 51, 88, 30, "cc1 a.c -o /tmp/ccQQ9.s"},
		{7101,     7100, 5, 45, 2, "cc -c /build/tuesday/b.c -I/build/tuesday"},
		{7102,7101, 6, 40, 30, "log --pid=7101 --parent=7100"},
		{0  },
	};
	struct fixture *f = *state;

	align(f, before, after);
	assert_int_equal(f->difference.align.matched, 5);
	assert_int_equal(f->difference.align.reworded, 0);
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		assert_int_equal(f->difference.count[kind], 0);
}

static void test_new_and_gone(void **state)
{
	static const struct life more[] = {
		{100,          1, 0, 200, 1, "make"},
		{101,           100, 5, 45, 2, "cc -c a.c"},
		{102,           101, 6, 40, 30, "cc1 a.c -o /tmp/ccXa1.s"},
		{110,            100, 46, 49, 2, "cc -c x.c"},
		{111,110, 47, 48, 1, "cc1 x.c -o /tmp/ccXx1.s"},
		{103,          100, 50, 90, 2, "cc -c b.c"},
		{104, 103, 51, 88, 30, "cc1 b.c -o /tmp/ccXb1.s"},
		{0         },
	};
	struct fixture *f = *state;

	align(f, base, more);
	assert_string_equal(listed(f, DIFFERENCE_NEW), "+cc -c x.c (2)");
	assert_string_equal(listed(f, DIFFERENCE_VANISHED), "");
	align(f, more, base);
	assert_string_equal(listed(f, DIFFERENCE_NEW), "");
	assert_string_equal(listed(f, DIFFERENCE_VANISHED), "-cc -c x.c (2)");
	assert_int_equal(f->difference.align.alone[ALIGN_BEFORE], 2);
}

/* By the operands, then the first of them, then by the program alone. */
static void test_reworded(void **state)
{
	static const struct life before[] = {
		{100,  1, 0, 100, 1, "make"},
		{101,   100, 5, 10, 2, "cc -O2 -c a.c"},
		{102,   100, 20, 25, 2, "cc -o prog a.o"},
		{103,    100, 30, 35, 2, "mv old new"},
		{0},
	};
	static const struct life after[] = {
		{100,  1, 0, 100, 1, "make -j2"},
		{104,   100, 1, 4, 2, "cc -O2 -c 0.c"},
		{101,   100, 5, 10, 2, "cc -O3 -g -c a.c"},
		{102,    100, 20, 25, 2, "cc -o prog 0.o a.o"},
		{103,100, 30, 35, 2, "mv this that"},
		{0  },
	};
	struct fixture *f = *state;

	assert_string_equal(align(f, before, after),
			    "~make > make -j2, ~cc -O2 -c a.c > cc -O3 -g -c a.c, "
			    "~cc -o prog a.o > cc -o prog 0.o a.o, ~mv old new > mv this that, "
			    "+cc -O2 -c 0.c");
}

/* Equal ones are matched in the order of their starts, and are one row. */
static void test_counts(void **state)
{
	static const struct life before[] = {
		{100,  1, 0, 100, 1, "sh configure"},
                {101,   100, 5, 6, 1, "rm -f x"},
		{102,   100, 7, 8, 1, "rm -f x"},
                {103,    100, 9, 10, 1, "-"},
		{104,103, 9, 10, 1, "rm -f x"},
                {0  },
	};
	static const struct life after[] = {
		{100,        1, 0, 100, 1, "sh configure"},
		{101,         100, 5, 6, 1, "rm -f x"},
		{102,         100, 7, 8, 1, "rm -f x"},
		{105,          100, 11, 12, 1, "rm -f x"},
		{103,100, 9, 10, 1, "-"},
		{104,         103, 9, 10, 1, "rm -f x"},
		{0},
	};
	struct fixture *f = *state;

	assert_string_equal(align(f, before, after),
			    "=sh configure, =rm -f x *2, =(fork) sh configure, "
			    "+rm -f x, =rm -f x");
}

static void test_slower(void **state)
{
	static const struct life slow[] = {
		{100,  1, 0, 300, 1, "make"},
		{101,   100, 5, 245, 2, "cc -c a.c"},
		{102,   101, 6, 240, 31, "cc1 a.c -o /tmp/ccXa1.s"},
		{103,    100, 250, 290, 2, "cc -c b.c"},
		{104,103, 251, 288, 90, "cc1 b.c -o /tmp/ccXb1.s"},
		{0},
	};
	struct fixture *f = *state;

	/* who waits for a child is not slower: it is its child that is */
	align(f, base, slow);
	assert_string_equal(listed(f, DIFFERENCE_SLOWER),
			    "=cc1 a.c -o /tmp/ccXa1.s, =cc1 b.c -o /tmp/ccXb1.s");
	assert_string_equal(listed(f, DIFFERENCE_FASTER), "");
	align(f, slow, base);
	assert_string_equal(listed(f, DIFFERENCE_SLOWER), "");
	assert_string_equal(listed(f, DIFFERENCE_FASTER),
			    "=cc1 a.c -o /tmp/ccXa1.s, =cc1 b.c -o /tmp/ccXb1.s");
}

static void test_empty(void **state)
{
	static const struct life none[] = {{0}};
	struct fixture *f = *state;

	assert_string_equal(align(f, none, none), "");
	assert_string_equal(align(f, none, base), "+make (5)");
	assert_string_equal(align(f, base, none), "-make (5)");
}

/* ---- words ---- */

static void test_normal(void **state)
{
	static const struct {
		const char *word, *normal;
	} cases[] = {
		{"-O2",                                  "-O2"                },
		{"test_12.c",                            "test_12.c"          },
		{"--jobs=1024",                          "--jobs=1024"        },
		{"deadbeef",                             "deadbeef"           },
		{"x86_64-linux-gnu",                     "x86_64-linux-gnu"   },
		{"/tmp/ccA1.s",                          "/tmp/*.s"           },
		{"-o/var/tmp/tmp.AbCdEfGhIj",            "-o/var/tmp/*"       },
		{"/tmp/x/y.c",                           "/tmp/*/y.c"         },
		{"/tmp/",                                "/tmp/"              },
		{"/build/x",                             "."                  },
		{"/build/x/",                            "./"                 },
		{"/build/x/a/b.c",                       "a/b.c"              },
		{"-I/build/x:/build/xy",                 "-I.:/build/xy"      },
		{"conftest12345.c",                      "conftest*.c"        },
		{"pid=4711",                             "pid=*"              },
		{"47111",                                "*"                  },
		{"4712",                                 "4712"               },
		{"da39a3ee5e6b4b0d",                     "*"                  },
		{"0x7ffe12345678",                       "*"                  },
		{"550e8400-e29b-41d4-a716-446655440000", "*"                  },
		{"550e8400-e29b-41d4-a716-44665544000g", "*-e29b-41d4-a716-*g"},
		{"",                                     ""                   },
	};
	const struct normal normal = {STR("/build/x"), {4711}, 1};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		normal_add_word(&out, &normal, str_of(cases[i].word));
		assert_string_equal(buf_cstr(&out), cases[i].normal);
	}
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disguised, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_and_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reworded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slower, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test(test_normal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
