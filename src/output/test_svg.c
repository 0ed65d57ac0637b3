/* The still timeline: its bars, its bound and the names in it. */
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned count(const char *text, const char *what)
{
	unsigned found = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		found++;
	return found;
}

static void bars_by_status(void **state)
{
	static const char *const small[] = {
		"@0 fork 9 -> 100",         "+0 exec 100 -- make -j2",
		"+0 fork 100 -> 101",       "+0 exec 101 -- /usr/bin/cc a.c",
		"+4ms exit 101 status=256", "+0 settled 101 exact=1 cpu_user_ns=3000000",
		"+0 fork 100 -> 102",       "+4ms exit 102 status=0",
		"+2ms mark ? text=end",     NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "svg", small);

	assert_non_null(strstr(text, "<text class=\"title\" x=\"12\" y=\"24\">make -j2</text>"));
	assert_non_null(strstr(text, "<title>101 cc a.c: 4.00ms, CPU 3.00ms, exit 1</title>"));
	/* 696 pixels are 10 ms */
	assert_non_null(strstr(text, "class=\"living\" x=\"292.0\" y=\"61\" width=\"696.0\""));
	assert_non_null(strstr(text, "class=\"failed\" x=\"292.0\" y=\"79\" width=\"278.4\""));
	assert_non_null(strstr(text, "class=\"ok\" x=\"570.4\" y=\"97\" width=\"278.4\""));
	assert_non_null(strstr(text, ">3 processes in 10.0ms</text>"));
	assert_int_equal(count(text, "<line "), 11);
	render_end(&render);
}

/* The longest are drawn, and what is not is said. */
static void lanes_are_bounded(void **state)
{
	struct render render = {0};
	char line[64];

	render_begin(&render, "svg");
	render_lines(&render, (const char *const[]){"@0 fork 9 -> 100", NULL});
	for (int i = 1; i <= 80; i++) {
		const char *lines[] = {line, NULL};

		snprintf(line, sizeof line, "@%dus fork 100 -> %d", i, 100 + i);
		render_lines(&render, lines);
		snprintf(line, sizeof line, "@%dms exit %d status=%d", i, 100 + i,
			 i == 1 ? 256 : 0);
		render_lines(&render, lines);
	}
	render_close(&render);
	assert_int_equal(count(buf_cstr(&render.text), "<rect class="), 60);
	assert_non_null(
		strstr(buf_cstr(&render.text),
		       "81 processes in 80.0ms; not drawn: 21 of 21.0ms at most, 1 failed<"));
	render_end(&render);
}

static void names_stay_text(void **state)
{
	static const char *const hostile[] = {
		"@0 fork 9 -> 100",
		"+0 exec 100 -- x \"</title><script>&\\\"\" \"\\xff\\x1b\\n\"",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "svg", hostile);

	assert_null(strstr(text, "<script"));
	assert_non_null(strstr(text, "&lt;/title&gt;&lt;script&gt;&amp;&quot;"));
	assert_null(strpbrk(text, "\x1b\xff"));
	render_end(&render);
}

static void nobody_is_a_picture(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "svg", (const char *const[]){NULL});

	assert_non_null(strstr(text, "0 processes in "));
	assert_int_equal(count(text, "</svg>"), 1);
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_by_status),
		cmocka_unit_test(lanes_are_bounded),
		cmocka_unit_test(names_stay_text),
		cmocka_unit_test(nobody_is_a_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
