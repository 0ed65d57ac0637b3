/* Conditions and thresholds: what they read, what they refuse, and what holds. */
#include "analysis/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
#define MISSING "a condition is missing; it reads like 'cpu > +10%'"
#define COUNT   "needs a percentage or a number such as 5000 behind + or -, not "
#define SIZE    "needs a percentage or a size such as 512M or 2G behind + or -, not "
#define TIME    "needs a percentage or a time with its unit, such as 10m or 1.5s behind + or -, not "
static const struct {
	const char *text, *sentence;
} refused[] = {
	{"", MISSING},
	{"cpu > +10%,", MISSING},
	{"> +10%", MISSING},
	{"cpus > +10%", "there is no figure 'cpus'; did you mean 'cpu'?"},
	{"cpu", "behind cpu there must be one of < <= = != >= >"},
	{"cpu +10%", "behind cpu there must be one of < <= = != >= >"},
	{"cpu > 10%", "cpu > needs a change with its sign, such as +10%, not '10%'"},
	{"cpu >", "cpu > needs a change with its sign, such as +10%, not ''"},
	{"cpu > +", "cpu > " TIME "'+'"},
	{"cpu > +%", "cpu > " TIME "'+%'"},
	{"cpu > +1.%", "cpu > " TIME "'+1.%'"},
	{"cpu > +-1%", "cpu > " TIME "'+-1%'"},
	{"cpu > +10", "cpu > " TIME "'+10'"},
	{"failures > +1s", "failures > " COUNT "'+1s'"},
	{"peak_rss > +1x", "peak_rss > " SIZE "'+1x'"},
};
/* clang-format on */

static void test_refusing(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct conditions conditions = {0};
		struct error err;

		if (condition_parse(&conditions, str_of(refused[i].text), &err) == 0)
			fail_msg("'%s' was taken", refused[i].text);
		assert_string_equal(err.text, refused[i].sentence);
	}
}

static void test_too_many(void **state)
{
	struct conditions conditions = {0};
	struct error err;

	for (unsigned i = 0; i < CONDITIONS; i++)
		assert_int_equal(condition_parse(&conditions, STR("lost > +0"), &err), 0);
	assert_int_not_equal(condition_parse(&conditions, STR("lost > +0"), &err), 0);
	assert_string_equal(err.text, "there may be at most 32 conditions");
}

static void test_holding(void **state)
{
	static const struct {
		uint64_t before, after;
		const char *text;
		bool holds;
	} cases[] = {
		{1000, 1100, "processes > +10%",  false},
                {1000, 1100, "processes >= +10%", true },
		{1000, 1101, "processes > +10%",  true },
                {1000, 900,  "processes < -9.9%", true },
		{1000, 900,  "processes < -10%",  false},
                {1000, 1100, "processes > +99",   true },
		{1000, 1100, "processes > +100",  false},
                {1000, 900,  "processes > -200",  true },
		{1000, 900,  "processes <= -100", true },
                {0,    0,    "processes > +0%",   false},
		{0,    0,    "processes = +0",    true },
                {0,    1,    "processes > +500%", true },
		{5,    0,    "processes = -100%", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct figure_change change = {
			FIGURE_COUNT, {true,            true          },
                         {cases[i].before, cases[i].after}
                };
		struct conditions conditions = {0};
		struct error err;

		assert_int_equal(condition_parse(&conditions, str_of(cases[i].text), &err), 0);
		if (condition_holds(&conditions.items[0], &change) != cases[i].holds)
			fail_msg("%s", cases[i].text);
		/* nobody can say that what is not known does not hold */
		change.known[i % 2] = false;
		assert_true(condition_holds(&conditions.items[0], &change));
	}
}

static void test_noise(void **state)
{
	static const struct {
		const char *text;
		double ratio;
		int64_t ns;
	} cases[] = {
		{"10%",          0.1,   7      },
		{"2ms",          0.25,  2000000},
		{" 0.5% , 1us ", 0.005, 1000   },
		{"0%,0",         0,     0      },
	};
	static const char *const wrong[] = {"", "5", "5%%", "-5%", "x", "5%,", "5%;1ms", "1e3%"};
	struct error err;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct difference_noise noise = {0.25, 7};

		assert_int_equal(difference_parse_noise(str_of(cases[i].text), &noise, &err), 0);
		assert_true(noise.ratio == cases[i].ratio);
		assert_int_equal(noise.ns, cases[i].ns);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct difference_noise noise = {0.25, 7};

		if (difference_parse_noise(str_of(wrong[i]), &noise, &err) == 0)
			fail_msg("'%s' was taken", wrong[i]);
		assert_true(noise.ratio == 0.25 && noise.ns == 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusing),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_holding),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
