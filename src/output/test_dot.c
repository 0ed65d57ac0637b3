/* The graph: its nodes and edges, and names that look like syntax. */
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const small[] = {
	"@0 fork 9 -> 100",         "+0 exec 100 -- make -j2",
	"+1ms fork 100 -> 101",     "+0 exec 101 -- /usr/bin/cc a.c",
	"+4ms exit 101 status=256", "+0 settled 101 exact=1 cpu_user_ns=2000000 cpu_sys_ns=1000000",
	"+1ms fork 100 -> 102",     NULL,
};

static void nodes_and_edges(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "dot", small);

	assert_non_null(strstr(text, "  p1 [label=\"100 make -j2\\n6.00ms, running\", "
				     "style=\"filled,dashed\"];\n"));
	assert_non_null(strstr(text, "  p2 [label=\"101 cc a.c\\n4.00ms, CPU 3.00ms, exit 1\", "
				     "color=\"#c62828\", fillcolor=\"#ffcdd2\"];\n"
				     "  p1 -> p2;\n"));
	assert_non_null(strstr(text, "  p1 -> p3;\n}\n"));
	render_end(&render);
}

static void folds_are_said(void **state)
{
	struct render render = {.options.max_depth = 1};
	const char *text = render_script(&render, "dot", small);

	assert_non_null(strstr(text, "  f1 [style=dashed, label=\"2 more, 1 failed\"];\n"
				     "  p1 -> f1 [style=dashed];\n"));
	assert_null(strstr(text, "p2"));
	render_end(&render);
}

static void names_stay_in_their_labels(void **state)
{
	static const char *const hostile[] = {
		"@0 fork 9 -> 100",
		"+0 exec 100 -- \"a\\\"]; evil -> p1; //\" \"&lt;b\\nc\\\\\" \"\\xff\"",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "dot", hostile);

	/* the name of the file behind the last slash is empty, so the word is whole */
	assert_non_null(strstr(text, "[label=\"100 'a\\\"]; evil -> p1; //' '&amp;lt;b\\\\nc"));
	assert_non_null(strstr(text, "\\\\xff"));
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_edges),
		cmocka_unit_test(folds_are_said),
		cmocka_unit_test(names_stay_in_their_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
