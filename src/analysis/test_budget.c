/* Budgets: what they read, what they refuse, and what holds. */
#include "analysis/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_reading(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
		{"wall<10m",                      "wall < 10m"                      },
		{" cpu  <=  1.5s ",               "cpu <= 1.5s"                     },
		{"peak_rss < 2G, failures = 0",   "peak_rss < 2G, failures = 0"     },
		{"leftovers==0,core_dumps != 00", "leftovers == 0, core_dumps != 00"},
		{"wall >= 0",                     "wall >= 0"                       },
		{"io < 1.5KiB,processes>5000",    "io < 1.5KiB, processes > 5000"   },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct budget budget = {0};
		struct buf text = BUF_INIT;
		struct error err;

		if (budget_parse(&budget, str_of(cases[i].text), &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		for (unsigned k = 0; k < budget.count; k++) {
			buf_add_text(&text, k ? ", " : "");
			budget_add_bound(&text, &budget.bounds[k]);
		}
		assert_string_equal(buf_cstr(&text), cases[i].read);
		buf_deinit(&text);
	}
}

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
#define MISSING "a bound is missing; it reads like 'wall < 10m'"
#define SIGN    "behind wall there must be one of < <= = != >= >"
#define TIME    " needs a time with its unit, such as 10m or 1.5s, not "
static const struct {
	const char *text, *sentence;
} refused[] = {
	{"", MISSING},
	{"wall < 10m,", MISSING},
	{",wall < 10m", MISSING},
	{"< 10m", MISSING},
	{"wal < 10m", "there is no figure 'wal'; did you mean 'wall'?"},
	{"elephants = 0", "there is no figure 'elephants'; 'pscope help report' lists them"},
	{"wall", SIGN},
	{"wall 10m", SIGN},
	{"wall =< 10m", "wall =" TIME "'< 10m'"},
	{"wall <", "wall <" TIME "''"},
	{"wall < 10", "wall <" TIME "'10'"},
	{"wall < -1s", "wall <" TIME "'-1s'"},
	{"wall < 10m 5s", "wall <" TIME "'10m 5s'"},
	{"cpu < 99999999999999999999s", "cpu <" TIME "'99999999999999999999s'"},
	{"peak_rss < 2Q", "peak_rss < needs a size such as 512M or 2G, not '2Q'"},
	{"processes < 5k", "processes < needs a number such as 5000, not '5k'"},
	{"processes < -5", "processes < needs a number such as 5000, not '-5'"},
	{"failures = 0 cpu < 1s", "failures = needs a number such as 5000, not '0 cpu < 1s'"},
};
/* clang-format on */

static void test_refusing(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct budget budget = {0};
		struct error err;

		if (budget_parse(&budget, str_of(refused[i].text), &err) == 0)
			fail_msg("'%s' was taken", refused[i].text);
		assert_string_equal(err.text, refused[i].sentence);
	}
}

static void test_too_many(void **state)
{
	struct budget budget = {0};
	struct error err;

	for (unsigned i = 0; i < BUDGET_BOUNDS; i++)
		assert_int_equal(budget_parse(&budget, STR("lost = 0"), &err), 0);
	assert_int_not_equal(budget_parse(&budget, STR("lost = 0"), &err), 0);
	assert_string_equal(err.text, "a budget has at most 32 bounds");
}

static void test_holding(void **state)
{
	const struct report report = {
		.wall_ns = 2000000000,
		.processes = 3,
		.inexact = 3,
		.cpu_ns = 5,
		.failures = 1,
		.left_count = 2,
		.rss_peak_bytes = 1024,
	};
	const struct report unknown = {.processes = 3, .inexact = 3};
	static const struct {
		const char *text;
		bool holds;
	} cases[] = {
		{"wall < 2s",      false},
                {"wall <= 2s",     true },
                {"wall = 2s",      true },
		{"wall != 2s",     false},
                {"wall >= 2s",     true },
                {"wall > 2s",      false},
		{"wall < 2.001s",  true },
                {"failures = 0",   false},
                {"leftovers == 2", true },
		{"peak_rss < 1K",  false},
                {"peak_rss <= 1K", true },
                {"processes > 2",  true },
		{"cpu < 1h",       true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct budget budget = {0};
		struct error err;

		assert_int_equal(budget_parse(&budget, str_of(cases[i].text), &err), 0);
		if (budget_holds(&budget.bounds[0], &report) != cases[i].holds)
			fail_msg("%s", cases[i].text);
		assert_int_equal(budget_broken(&budget, &report), !cases[i].holds);
	}
	for (unsigned i = 0; i < figure_count; i++) {
		struct buf name = BUF_INIT;
		bool cost;

		buf_printf(&name, " %s ", figures[i].name);
		cost = strstr(" cpu peak_rss io short_cpu ", buf_cstr(&name)) != NULL;

		buf_deinit(&name);
		assert_int_equal(figure_is_known(&figures[i], &unknown), !cost);
		assert_true(figure_is_known(&figures[i], &report));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_refusing),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_holding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
