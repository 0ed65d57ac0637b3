/* Lists of columns, and sorting by columns. */
#include "base/mem.h"
#include "model/field.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- lists ---- */

/* The list as "name[=heading][:width] ...". */
static void describe(const struct columns *columns, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = &columns->items[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", column->field->name);
		if (column->width)
			n += (size_t)snprintf(out + n, size - n, ":%u", column->width);
		if (column->heading)
			n += (size_t)snprintf(out + n, size - n, "=%s", column->heading);
	}
}

static void assert_columns(const struct columns *columns, const char *expected)
{
	char text[1024];

	describe(columns, text, sizeof text);
	assert_string_equal(text, expected);
}

#define AUX                                                                                        \
	"user pid cpu_average_percent mem_percent vsz_bytes rss_bytes tty stat start_time_ns "     \
	"cpu_ns command"

static void test_lists(void **state)
{
	static const struct {
		const char *text, *expected;
	} lists[] = {
		{"pid",                         "pid"                    },
		{"pid,rss",                     "pid rss_bytes"          },
		{"pid rss\tcomm",               "pid rss_bytes comm"     },
		{" pid , rss ",                 "pid rss_bytes"          },
		{"PID,%CPU",                    "pid cpu_average_percent"},
		{"pid,pid",                     "pid pid"                },
		{"pid=NUMBER,rss",              "pid=NUMBER rss_bytes"   },
		{"pid=,comm=",                  "pid= comm="             },
		{"pid= comm=",                  "pid= comm="             },
		{"pid=P comm=C",                "pid=P comm=C"           },
		{"pid,user=Who it is,comm",     "pid user=Who it is comm"},
		{"user=Who = me",               "user=Who = me"          },
		{"user:20,comm",                "user:20 comm"           },
		{"user:20=Who,comm",            "user:20=Who comm"       },
		{"aux",                         AUX                      },
		{"default",                     AUX                      },
		{"pid,aux,ppid",                "pid " AUX " ppid"       },
		{"aux=,ppid",                   NULL                     },
		{"aux:3",                       NULL                     },
		{"",                            NULL                     },
		{",",                           NULL                     },
		{"pid,",                        NULL                     },
		{"pid,,rss",                    NULL                     },
		{"=x",                          NULL                     },
		{":3",                          NULL                     },
		{"pid:",                        NULL                     },
		{"pid:0",                       NULL                     },
		{"pid:x",                       NULL                     },
		{"pid:99999999999999999999999", NULL                     },
		{"pid,nosuch",                  NULL                     },
		{"+",                           NULL                     },
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct columns columns = {0};
		struct error err = {""};
		int r = columns_parse(&columns, str_of(lists[i].text), &err);

		if (lists[i].expected) {
			if (r < 0)
				fail_msg("'%s': %s", lists[i].text, err.text);
			assert_columns(&columns, lists[i].expected);
		} else {
			if (r != -EINVAL || !err.text[0] || columns.count)
				fail_msg("'%s' is taken", lists[i].text);
		}
		columns_deinit(&columns);
	}
}

static void test_ps_headings(void **state)
{
	struct columns columns = {0};

	assert_int_equal(columns_parse(&columns, STR("LWP,tid,lwp=,cmd:20,aux"), NULL), 0);
	assert_string_equal(columns.items[0].ps_heading, "LWP");
	assert_null(columns.items[1].ps_heading);
	assert_string_equal(columns.items[2].heading, "");
	assert_string_equal(columns.items[3].ps_heading, "CMD");
	for (size_t i = 4; i < columns.count; i++)
		assert_null(columns.items[i].ps_heading);
	columns_deinit(&columns);
}

static void test_append(void **state)
{
	struct columns columns = {0};
	struct error err;

	assert_int_equal(columns_parse(&columns, STR("+pid,user"), NULL), 0);
	assert_int_equal(columns_parse(&columns, STR("+rss=R"), NULL), 0);
	assert_columns(&columns, "pid user rss_bytes=R");
	assert_int_equal(columns_parse(&columns, STR("+comm,rrs"), &err), -EINVAL);
	assert_non_null(strstr(err.text, "'rrs'"));
	assert_non_null(strstr(err.text, "'rss'"));
	assert_columns(&columns, "pid user rss_bytes=R");
	assert_int_equal(columns_parse(&columns, STR("comm"), &err), 0);
	assert_columns(&columns, "comm");
	columns_deinit(&columns);
	assert_int_equal(columns.count, 0);
}

static void test_all(void **state)
{
	struct columns columns = {0};
	uint32_t parts;

	assert_int_equal(columns_parse(&columns, STR("all"), NULL), 0);
	assert_true(columns.count > 150);
	for (size_t i = 0; i < columns.count; i++)
		assert_false(columns.items[i].field->flags & (FIELD_DEPRECATED | FIELD_COSTLY));
	parts = columns_parts(&columns);
	assert_false(parts & PART_BIT(PART_SMAPS));
	assert_true(parts & PART_BIT(PART_STATUS));
	assert_int_equal(columns_parse(&columns, STR("pid,stat,comm"), NULL), 0);
	assert_int_equal(columns_parts(&columns), PART_BIT(PART_STAT) | PART_BIT(PART_LOCKED));
	assert_int_equal(columns_parse(&columns, STR("pid"), NULL), 0);
	assert_int_equal(columns_parts(&columns), 0);
	columns_deinit(&columns);
}

/* ---- order ---- */

static const struct field_context nowhere = {0};

static struct snapshot row(int32_t pid, int64_t rss, uint32_t threads)
{
	struct snapshot s = {.pid = pid, .tgid = pid, .known = PART_BIT(PART_STAT)};

	s.stat.threads = threads;
	if (rss >= 0) {
		s.known |= PART_BIT(PART_RSS);
		s.rss_bytes = (uint64_t)rss;
	}
	return s;
}

static void assert_order(const char *text, const struct snapshot *items, size_t count,
			 const char *expected)
{
	const struct snapshot *rows[16];
	struct order order;
	struct error err;
	char got[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		rows[i] = &items[i];
	if (order_parse(&order, str_of(text), &err) < 0)
		fail_msg("%s: %s", text, err.text);
	order_sort(&order, rows, count, &nowhere);
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(got + n, sizeof got - n, "%s%d", i ? " " : "", rows[i]->pid);
	if (strcmp(got, expected))
		fail_msg("by %s: %s, not %s", text, got, expected);
}

static void test_order(void **state)
{
	const struct snapshot items[] = {
		row(30, 5, 1), row(10, -1, 3), row(40, 7, 1), row(20, 5, 2), row(5, -1, 1),
	};

	assert_order("pid", items, 5, "5 10 20 30 40");
	assert_order("-pid", items, 5, "40 30 20 10 5");
	assert_order("rss", items, 5, "20 30 40 5 10");
	assert_order("+rss", items, 5, "20 30 40 5 10");
	assert_order("-rss", items, 5, "40 20 30 5 10");
	assert_order("-rss,threads", items, 5, "40 30 20 5 10");
	assert_order("-rss,-threads", items, 5, "40 20 30 10 5");
	assert_order("rss,-pid", items, 5, "30 20 40 10 5");
	assert_order("comm", items, 5, "5 10 20 30 40");
}

/* Threads stay behind their process; a row that stands twice keeps its place. */
static void test_order_of_threads(void **state)
{
	struct snapshot items[] = {row(12, 1, 1), row(11, 1, 1), row(10, 1, 1), row(11, 1, 1)};
	const struct snapshot *rows[] = {&items[3], &items[0], &items[1], &items[2]};
	struct order order = {0};

	items[0].tgid = 10;
	items[0].is_thread = true;
	order_sort(&order, rows, 4, &nowhere);
	assert_ptr_equal(rows[0], &items[2]);
	assert_ptr_equal(rows[1], &items[0]);
	assert_ptr_equal(rows[2], &items[3]);
	assert_ptr_equal(rows[3], &items[1]);
}

static void test_bad_orders(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{"",                                    "is empty"          },
		{"-",                                   "is empty"          },
		{"rss,",                                "is empty"          },
		{"--rss",                               "'-rss'"            },
		{"rsss",                                "did you mean 'rss'"},
		{"pid,zzzzzzzzz",                       "'zzzzzzzzz'"       },
		{"pid,pid,pid,pid,pid,pid,pid,pid,pid", "more than the 8"   },
	};
	struct order order = {.count = 3};
	struct error err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(order_parse(&order, str_of(bad[i].text), &err), -EINVAL);
		if (!strstr(err.text, bad[i].said))
			fail_msg("'%s': %s", bad[i].text, err.text);
	}
	assert_int_equal(order.count, 3);
	assert_int_equal(order_parse(&order, STR("-rss,comm"), &err), 0);
	assert_int_equal(order_parts(&order), PART_BIT(PART_RSS) | PART_BIT(PART_STAT));
}

static unsigned got_keys;

static struct str count_user(void *context, uint32_t uid)
{
	got_keys++;
	return uid & 1 ? STR("odd") : STR("even");
}

/* Each key is got once a row, however many comparisons there are. */
static void test_many(void **state)
{
	enum { MANY = 10000 };
	struct snapshot *items = mem_alloc(MANY * sizeof *items);
	const struct snapshot **rows = mem_alloc(MANY * sizeof *rows);
	const struct names names = {.user = count_user};
	const struct field_context context = {.names = &names};
	struct order order;

	for (int i = 0; i < MANY; i++) {
		items[i] = row(MANY - i, 0, 1);
		items[i].known |= PART_BIT(PART_OWNER);
		items[i].euid = (uint32_t)i * 7919 % 1000;
		rows[i] = &items[i];
	}
	got_keys = 0;
	assert_int_equal(order_parse(&order, STR("user,-uid"), NULL), 0);
	order_sort(&order, rows, MANY, &context);
	assert_int_equal(got_keys, MANY);
	for (int i = 1; i < MANY; i++) {
		const struct snapshot *a = rows[i - 1], *b = rows[i];
		bool odd_a = a->euid & 1, odd_b = b->euid & 1;

		assert_true(odd_a < odd_b || (odd_a == odd_b && a->euid > b->euid) ||
			    (a->euid == b->euid && a->pid < b->pid));
	}
	free(items);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),      cmocka_unit_test(test_ps_headings),
		cmocka_unit_test(test_append),     cmocka_unit_test(test_all),
		cmocka_unit_test(test_order),      cmocka_unit_test(test_order_of_threads),
		cmocka_unit_test(test_bad_orders), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
