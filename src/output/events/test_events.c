/* The names of --event. */
#include "output/events/events.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void names_add_up(void **state)
{
	static const struct {
		const char *list;
		unsigned events;
	} cases[] = {
		{"fork",                    EVENT_BIT(EVENT_FORK)                        },
		{"fork,exec",               EVENT_BIT(EVENT_FORK) | EVENT_BIT(EVENT_EXEC)},
		{" fork , exec ",           EVENT_BIT(EVENT_FORK) | EVENT_BIT(EVENT_EXEC)},
		{"ptrce",                   EVENT_BIT(EVENT_PTRACE)                      },
		{"ptrace",                  EVENT_BIT(EVENT_PTRACE)                      },
		{"nonzeroexit,exitnonzero", EVENT_BIT(EVENT_FAILED_EXIT)                 },
		{"all",                     EVENTS_ALL                                   },
		{"fork,all,fork",           EVENTS_ALL                                   },
	};
	unsigned several = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned events = 0;
		struct error err;

		assert_int_equal(events_parse(cases[i].list, &events, &err), 0);
		assert_int_equal(events, cases[i].events);
	}
	/* given again, it adds */
	assert_int_equal(events_parse("uid", &several, NULL), 0);
	assert_int_equal(events_parse("gid", &several, NULL), 0);
	assert_int_equal(several, EVENT_BIT(EVENT_UID) | EVENT_BIT(EVENT_GID));
}

static void every_kind_has_a_name(void **state)
{
	unsigned named = 0;

	for (const struct event_name *row = event_names; row->name; row++)
		if (row->events != EVENTS_ALL)
			named |= row->events;
	assert_int_equal(named, EVENTS_ALL);
}

static void empty_names_are_refused(void **state)
{
	static const char *const lists[] = {"", ",", "fork,", ",fork", "fork,,exec", "fork, "};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		unsigned events = 1;
		struct error err;

		assert_int_equal(events_parse(lists[i], &events, &err), -EINVAL);
		assert_int_equal(events, 1);
		assert_non_null(strstr(err.text, lists[i]));
		assert_non_null(strstr(err.text, "one is empty; write 'fork,exec'"));
	}
}

static void wrong_names_are_explained(void **state)
{
	static const struct {
		const char *list, *text;
	} cases[] = {
		{"fork,exce",
		 "there is no event 'exce'; did you mean 'exec'? There are: fork, exec, "             },
		{"ptrac",       "there is no event 'ptrac'; did you mean 'ptrace'? There are: fork, " },
		{"xyzzy",       "there is no event 'xyzzy'; there are: fork, exec, exit, core, comm, "},
		{"EXEC\x1b[2J", "there is no event 'EXEC?[2J'; there are: fork, "                     },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned events = 1;
		struct error err;

		assert_int_equal(events_parse(cases[i].list, &events, &err), -EINVAL);
		assert_int_equal(events, 1);
		if (strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("%s", err.text);
		assert_non_null(strstr(err.text, ", all"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_add_up),
		cmocka_unit_test(every_kind_has_a_name),
		cmocka_unit_test(empty_names_are_refused),
		cmocka_unit_test(wrong_names_are_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
