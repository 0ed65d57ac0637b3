/* Stacks of programs: as text and as a flame graph. */
#include "output/stacks.h"
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The shell goes on as make: what it had started before stays under the shell. */
static const char *const small[] = {
	"@0 fork 9 -> 100",
	"+1ms exec 100 filename=/bin/sh -- /bin/sh run",
	"+1ms fork 100 -> 101",
	"+0 exec 101 -- /usr/bin/sed s/a/b/",
	"+1ms exec 100 filename=/bin/make -- make -j2",
	"+1ms fork 100 -> 102",
	"+0 exec 102 -- cc a.c",
	"+0 fork 100 -> 103",
	"+0 fork 103 -> 104",
	"+0 exec 104 -- cc b.c",
	"+5ms exit 102 status=256",
	"+0 settled 102 exact=1 cpu_user_ns=4000000 cpu_sys_ns=1000499",
	"+0 fork 100 -> 105",
	"+0 exec 105 -- cc c.c",
	"+5ms exit 105 status=0",
	"+0 settled 105 exact=1 cpu_user_ns=1000 cpu_sys_ns=1",
	"+0 exit 101 status=0",
	"+0 settled 101 exact=1 cpu_user_ns=7000",
	"+0 exit 104 status=0",
	"+0 settled 104 exact=1 cpu_user_ns=8000",
	"+0 sample 103 cpu_user_ns=3000 cpu_sys_ns=0",
	"+1ms exit 100 status=139",
	"+0 settled 100 exact=1 cpu_user_ns=499 cpu_sys_ns=0",
	NULL,
};

static void paths_are_summed(void **state)
{
	struct render render = {0};

	assert_string_equal(render_script(&render, "folded", small), "make;make 3\n"
								     "make;cc 5002\n"
								     "sh;sed 7\n"
								     "make;make;cc 8\n");
	render_end(&render);
}

static void names_stay_in_their_frames(void **state)
{
	static const char *const hostile[] = {
		"@0 fork 9 -> 100",
		"+1ms exec 100 -- \"/bin/a;b 12\\nc d\" x",
		"+1ms fork 100 -> 101",
		"+0 exec 101 -- \"\\xff\\x1b<script>&\\\"\" x",
		"+1ms exit 101 status=0",
		"+0 settled 101 exact=1 cpu_user_ns=7000000",
		"+1ms exit 100 status=0",
		"+0 settled 100 exact=1 cpu_user_ns=1000000",
		NULL,
	};
	struct render folded = {0};

	assert_string_equal(render_script(&folded, "folded", hostile),
			    "a_b_12\\nc_d 1000\n"
			    "a_b_12\\nc_d;\\xff\\x1b<script>&\" 7000\n");
	render_end(&folded);
}

/* The tags of a document nest, and nothing of a name becomes one; returns how many `tag` opens. */
static unsigned well_formed(const char *text, const char *tag)
{
	char open[64][16];
	unsigned depth = 0, found = 0;

	while ((text = strchr(text, '<'))) {
		const size_t n = strcspn(++text, " />");
		const char *end = strchr(text, '>');

		assert_non_null(end);
		if (*text == '/') {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(strncmp(open[depth], text + 1, strlen(open[depth])), 0);
		} else {
			assert_true(n < sizeof open[0] && depth < 64);
			found += n == strlen(tag) && strncmp(text, tag, n) == 0;
			if (end[-1] != '/')
				snprintf(open[depth++], sizeof open[0], "%.*s", (int)n, text);
		}
	}
	assert_int_equal(depth, 0);
	return found;
}

static void frames_are_as_wide_as_their_share(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "flamegraph", small);

	/* 499 + 3000 + 5000499 + 1001 + 7000 + 8000 ns, of which cc is 5001500 */
	assert_non_null(strstr(text, "<title>cc: 5.00ms CPU, 99.6%, 2 processes</title>"));
	assert_non_null(strstr(text, "<title>make: 5.01ms CPU, 99.9%, 5 processes</title>"));
	assert_non_null(strstr(text, "5.02ms CPU; a frame"));
	assert_int_equal(well_formed(text, "rect"), 1 + 6);
	render_end(&render);
}

static void titles_stay_text(void **state)
{
	static const char *const hostile[] = {
		"@0 fork 9 -> 100",
		"+0 exec 100 -- \"</title><script>alert(1)<\" x",
		"+0 fork 100 -> 101",
		"+0 exec 101 -- \"\\xff\\xef\\xbf\\xbf\\x1b&\\n]]>\" x",
		"+1ms exit 101 status=0",
		"+0 settled 101 exact=1 cpu_user_ns=7000000",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "flamegraph", hostile);

	assert_int_equal(well_formed(text, "script"), 0);
	assert_non_null(strstr(text, "title&gt;&lt;script&gt;alert(1)&lt;: 7.00ms"));
	assert_null(strstr(text, "\xef\xbf\xbf"));
	assert_null(strpbrk(text, "\x1b\xff"));
	render_end(&render);
}

static void nobody_used_the_cpu(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "flamegraph", (const char *const[]){NULL});

	assert_non_null(strstr(text, "No CPU time was recorded."));
	assert_int_equal(well_formed(text, "g"), 0);
	render_end(&render);
}

/* Each forks the next: what is too deep counts to who stands above it. */
static void depth_is_bounded(void **state)
{
	struct render render = {0};
	const char *text;
	unsigned lines = 0;

	render_begin(&render, "folded");
	for (int i = 0; i < 1000; i++) {
		struct ident self = ident_exact(1000 + i, (uint64_t)(RENDER_START_NS + i));
		struct record record =
			record_make(RECORD_FORK, RENDER_START_NS + i, self, 1000 + i);

		record.fork.comm = STR("sh");
		if (i > 0)
			record.fork.parent =
				ident_exact(999 + i, (uint64_t)(RENDER_START_NS + i - 1));
		render_apply(&render, &record);
	}
	for (int i = 0; i < 1000; i++) {
		struct ident self = ident_exact(1000 + i, (uint64_t)(RENDER_START_NS + i));
		struct record record =
			record_make(RECORD_SETTLED, RENDER_START_NS + 1000 + i, self, 1000 + i);

		usage_set(&record.settled.usage, USAGE_CPU_USER_NS, 1000);
		render_apply(&render, &record);
	}
	render_close(&render);
	text = buf_cstr(&render.text);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, STACKS_DEPTH);
	assert_non_null(strstr(text, ";sh 745\n")); /* 1000 - 255 */
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_summed),
		cmocka_unit_test(names_stay_in_their_frames),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(frames_are_as_wide_as_their_share),
		cmocka_unit_test(titles_stay_text),
		cmocka_unit_test(nobody_used_the_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
