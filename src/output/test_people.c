/* What people read: the tree, the chart and the summary. */
#include "base/clock.h"
#include "output/mermaid_label.h"
#include "output/test_render.h"
#include "output/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const small[] = {
	"@0 fork 9 -> 100",
	"+1ms exec 100 filename=/bin/sh -- /bin/sh run",
	"+1ms exec 100 filename=/bin/make -- make -j2",
	"+1ms fork 100 -> 101 comm=make",
	"+1ms fork 101 -> 102",
	"+1ms exec 102 -- cc a.c",
	"+5ms exit 102 status=256",
	"+0 settled 102 exact=1 cpu_user_ns=4000000 cpu_sys_ns=1000000 rss_peak_bytes=2097152 "
	"threads=3",
	"+1ms exit 101 status=0",
	"+0 settled 101 cpu_user_ns=1000000 cpu_sys_ns=0 rss_peak_bytes=1048576 bound=4",
	"+1ms fork 100 -> 103",
	"+1ms exec 103 -- daemon",
	"+1ms exit 100 status=139",
	"+0 settled 100 exact=1 cpu_user_ns=1000000 cpu_sys_ns=1000000 rss_peak_bytes=3145728 "
	"threads=1",
	NULL,
};

static void tree_of_everything(void **state)
{
	struct render render = {0};

	assert_string_equal(render_script(&render, "tree", small),
			    "PID    TIME      CPU    PEAK  THR  STATUS         COMMAND\n"
			    "100  14.0ms   2.00ms   3.00M       SIGSEGV, core  /bin/sh run\n"
			    "                                                  → make -j2\n"
			    "101  8.00ms  ~1.00ms  <1.00M                      ├─ (fork) make\n"
			    "102  6.00ms   5.00ms   2.00M    3  exit 1         │  └─ cc a.c\n"
			    "103  2.00ms        -       -       running        └─ daemon\n");
	render_end(&render);
}

static void tree_in_ascii_and_narrow(void **state)
{
	struct render render = {
		.options = {.ascii = true, .width = 76}
        };

	assert_string_equal(render_script(&render, "tree", small),
			    "PID    TIME      CPU    PEAK  THR  STATUS         COMMAND\n"
			    "100  14.0ms   2.00ms   3.00M       SIGSEGV, core  sh run\n"
			    "                                                  > make -j2\n"
			    "101  8.00ms  ~1.00ms  <1.00M                      |- (fork) make\n"
			    "102  6.00ms   5.00ms   2.00M    3  exit 1         |  `- cc a.c\n"
			    "103  2.00ms        -       -       running        `- daemon\n");
	render_end(&render);
}

static void tree_in_colour(void **state)
{
	struct render render = {.options.colour = true};

	assert_non_null(
		strstr(render_script(&render, "tree", small),
		       "\x1b[2m6.00ms\x1b[0m   5.00ms   2.00M    3  \x1b[1;31mexit 1\x1b[0m"));
	render_end(&render);
}

/* What is left out is said, with what failed and what it cost. */
static void tree_folds(void **state)
{
	struct render deep = {.options.max_depth = 1}, brief = {.options.min_duration_ns = 7000000};

	assert_non_null(strstr(render_script(&deep, "tree", small),
			       "└─ … 3 more, 1 failed, total CPU 6.00ms\n"));
	assert_null(strstr(buf_cstr(&deep.text), "cc a.c"));
	render_script(&brief, "tree", small);
	assert_non_null(strstr(buf_cstr(&brief.text),
			       "├─ (fork) make\n"
			       "                                             "
			       "│  └─ … 1 more, 1 failed, total CPU 5.00ms\n"));
	assert_non_null(strstr(buf_cstr(&brief.text), "└─ … 1 more\n"));
	render_end(&deep);
	render_end(&brief);
}

static void tree_of_nobody(void **state)
{
	struct render render = {0};

	assert_string_equal(render_script(&render, "tree", (const char *const[]){NULL}),
			    "No process was recorded.\n");
	render_end(&render);
}

/* `count` processes: a chain when `chain`, else children of one; each lives for i + 1 ms. */
static void apply_many(struct render *render, int count, bool chain)
{
	for (int i = 0; i < count; i++) {
		struct ident ident = ident_exact(1000 + i, (uint64_t)(RENDER_START_NS + i));
		struct record record =
			record_make(RECORD_FORK, RENDER_START_NS + i, ident, 1000 + i);
		int parent = chain ? i - 1 : 0;

		if (i > 0)
			record.fork.parent =
				ident_exact(1000 + parent, (uint64_t)(RENDER_START_NS + parent));
		record.fork.comm = STR("sh");
		render_apply(render, &record);
	}
	for (int i = 0; i < count; i++) {
		struct ident ident = ident_exact(1000 + i, (uint64_t)(RENDER_START_NS + i));
		struct record record = record_make(
			RECORD_EXIT, RENDER_START_NS + (i + 1) * INT64_C(1000000), ident, 1000 + i);

		record.exit.status = i % 1000 == 999 ? 256 : 0;
		render_apply(render, &record);
	}
	render->run.end_ns = RENDER_START_NS + count * INT64_C(1000000);
}

static size_t longest_line(struct str text)
{
	size_t longest = 0;

	while (text.p && text.n > 0) {
		struct str line = str_cut(&text, '\n');

		longest = line.n > longest ? line.n : longest;
	}
	return longest;
}

static size_t count_lines(struct str text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

/* Of whom a look knew the name only: no fork of what its parent runs; nor is a kernel thread. */
static void tree_of_names(void **state)
{
	static const char *const script[] = {
		"@0 seen 2 comm=kthreadd",
		"+0 seen 30 parent=2 ppid=2 comm=kswapd0",
		"+0 seen 50 comm=sh -- sh x",
		"+0 seen 51 parent=50 ppid=50 comm=sleep",
		"+0 seen 52 parent=50 ppid=50 comm=sh",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "tree", script);

	assert_non_null(strstr(text, "  [kthreadd]\n"));
	assert_non_null(strstr(text, " [kswapd0]\n"));
	assert_non_null(strstr(text, "─ sleep\n"));
	assert_non_null(strstr(text, "─ (fork) sh\n"));
	render_end(&render);
}

/* A chain of forks must neither recurse nor indent without bound. */
static void deep_chain(void **state)
{
	struct render render = {0};

	render_begin(&render, "tree");
	apply_many(&render, 10000, true);
	render_close(&render);
	assert_int_equal(render.result, 0);
	assert_int_equal(count_lines(buf_str(&render.text)), 10001);
	assert_true(longest_line(buf_str(&render.text)) < 200);
	render_end(&render);
}

static void chart_of_everything(void **state)
{
	struct render render = {0};

	assert_string_equal(render_script(&render, "mermaid", small),
			    "gantt\n"
			    "    title Process Trace\n"
			    "    dateFormat x\n"
			    "    axisFormat %S.%L\n"
			    "    todayMarker off\n"
			    "\n"
			    "    section 100 execs\n"
			    "    [100] /bin/sh run :active, 0, 2ms\n"
			    "    [100] make -j2 (SIGSEGV, core) :crit, 2, 12ms\n"
			    "    section other\n"
			    "    [101] <fork> :active, 3, 8ms\n"
			    "    [102] cc a.c (exit 1) :crit, 4, 6ms\n"
			    "    [103] daemon (running) :active, 12, 2ms\n");
	render_end(&render);
}

/* Mermaid draws an error picture above 50,000 characters; the shortest lives go first. */
static void chart_is_bounded(void **state)
{
	struct render render = {0};
	struct str text;

	render_begin(&render, "mermaid");
	apply_many(&render, 5000, false);
	render_close(&render);
	text = buf_str(&render.text);
	assert_in_range(text.n, 40000, 48000);
	assert_non_null(strstr(text.p, "[5999] <fork> (exit 1) :crit, 0, 4999ms\n"));
	assert_null(strstr(text.p, "[1001] "));
	assert_non_null(strstr(text.p, "    [others] 3,"));
	assert_non_null(strstr(text.p, "others, each of 3."));
	render_end(&render);
}

static void check_label(struct str argv, size_t columns, bool full, const char *want)
{
	struct proc_exec exec = {.argv = argv};
	struct buf out = BUF_INIT;

	mermaid_add_command(&out, &exec, columns, full);
	assert_string_equal(buf_cstr(&out), want);
	buf_deinit(&out);
}

static void labels_are_text(void **state)
{
	check_label(STR("a:b\0;#\0%%{init}\0"), 99, false, "a#58;b #59;#35; %#37;{init}");
	check_label(STR("<b>&\0"), 99, false, "#lt;b#gt;#amp;");
	check_label(STR("a\nb\0\xff\0"), 99, false, "a\\nb \\xff");
	check_label(STR("abcdef\0"), 4, false, "abc…");
	check_label(STR("abcd\0e\0"), 4, false, "abcd…");
	check_label(STR("abcd\0"), 4, false, "abcd");
	check_label(STR("\0"), 4, false, "");
}

static void store_paths_are_short(void **state)
{
	check_label(STR("/nix/store/abc-x/bin/ls\0-l\0"), 99, false, "<store>/ls -l");
	check_label(STR("/nix/store/abc-x/bin/ls\0-l\0"), 99, true, "/nix/store/abc-x/bin/ls -l");
	check_label(STR("/nix/store/a/bin/x /nix/store/b/lib/y /nix/store/c/bin/z\0"), 99, false,
		    "<store>/x /nix/store/b/lib/y <store>/z");
	check_label(STR("a\0/nix/store/abc-x/bin/ls\0"), 4, false, "a …");
}

static void summary_of_everything(void **state)
{
	struct render render = {.options.width = 80};

	render_begin(&render, "summary");
	render.run.tried_count = 2;
	render.run.tried[0].name = "bpf";
	snprintf(render.run.tried[0].reason, sizeof render.run.tried[0].reason,
		 "it needs root, or the two capabilities that `pscope doctor` names, and a kernel");
	render.run.tried[1].name = "ptrace";
	render.run.source = "ptrace";
	render.run.user_change = STR("root -> ada");
	render_lines(&render, small);
	render_close(&render);
	assert_string_equal(
		buf_cstr(&render.text),
		"make -j2  SIGSEGV, core\n"
		"  wall time      14.0ms\n"
		"  processes      4, 4 execs, 2 failed\n"
		"  CPU            8.00ms = 6.00ms user + 2.00ms system, 0.57 of 2 cores busy; not\n"
		"                 exact for 1 process\n"
		"  peak memory    3.00M in one process\n"
		"  failed         exit 1         [102] cc a.c\n"
		"                 SIGSEGV, core  [100] make -j2\n"
		"  still running  [103] daemon\n"
		"  most CPU       5.00ms  62%  [102] cc a.c\n"
		"                 2.00ms  25%  [100] make -j2\n"
		"                 1.00ms  12%  [101] (fork) make\n"
		"  most memory     3.00M       [100] make -j2\n"
		"                  2.00M       [102] cc a.c\n"
		"                 <1.00M       [101] (fork) make\n"
		"  source         ptrace, 14 records, none lost\n"
		"                 not bpf: it needs root, or the two capabilities that `pscope\n"
		"                 doctor` names, and a kernel\n"
		"  user           root -> ada\n");
	render_end(&render);
}

static void summary_of_losses_and_samples(void **state)
{
	static const char *const script[] = {
		"@0 fork 9 -> 100",
		"+1ms fork 100 -> 101",
		"+1ms sample 100 rss_bytes=1048576",
		"+0 sample 101 rss_bytes=2097152",
		"+1ms sample 101 rss_bytes=4194304", /* 5 MiB together */
		"+1ms exit 101 status=0",
		"+1ms sample 100 rss_bytes=2097152", /* 2 MiB left */
		"+1ms gap ? lost=1000 reason=full from=0 to=0",
		"+1ms gap ? lost=500 reason=full from=0 to=0",
		"+1ms mark ? text=\"a note\\x1b[2J\"",
		"+0 exit 100 status=0",
		/* the exact cost comes when it had been given up on */
		"+1ms settled 100 cpu_user_ns=1000000",
		"+1ms settled 100 exact=1 cpu_user_ns=3000000 cpu_sys_ns=1000000",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "summary", script);

	assert_non_null(strstr(text, "5.00M in the whole tree at once (sampled)\n"));
	assert_non_null(strstr(text, "  lost           1,500 records: full\n"));
	assert_non_null(strstr(text, "  note           a note\\x1b[2J\n"));
	assert_non_null(strstr(text, "4.00ms = 3.00ms user + 1.00ms system"));
	assert_non_null(strstr(text, "4.00ms 100%  [100]"));
	render_end(&render);
}

/* The five largest of many, largest first. */
static void summary_names_the_largest(void **state)
{
	struct render render = {0};
	const char *text;
	struct buf line = BUF_INIT;

	render_begin(&render, "summary");
	for (int i = 0; i < 1000; i++) {
		int pid = 1000 + i * 7 % 1000; /* in no order */
		struct ident ident = ident_provisional(pid);
		struct record fork = record_make(RECORD_FORK, RENDER_START_NS + i, ident, pid);
		struct record settled =
			record_make(RECORD_SETTLED, RENDER_START_NS + i, ident, pid);
		struct record exit = record_make(RECORD_EXIT, RENDER_START_NS + i, ident, pid);

		fork.fork.comm = STR("x");
		usage_set(&settled.settled.usage, USAGE_CPU_USER_NS, (uint64_t)pid * 1000000);
		settled.settled.exact = true;
		exit.exit.status = 0;
		render_apply(&render, &fork);
		render_apply(&render, &settled);
		render_apply(&render, &exit);
	}
	render_close(&render);
	text = buf_cstr(&render.text);
	for (int pid = 1999; pid >= 1995; pid--) {
		buf_clear(&line);
		buf_printf(&line, "[%d] (fork) x\n", pid);
		text = strstr(text, buf_cstr(&line));
		assert_non_null(text);
	}
	assert_null(strstr(text, "[1994]"));
	assert_true(count_lines(buf_str(&render.text)) <= 25);
	buf_deinit(&line);
	render_end(&render);
}

/* Many short lives: what they cost together is said by program. */
static void summary_sums_up_programs(void **state)
{
	struct render render = {0};

	render_begin(&render, "summary");
	for (int i = 0; i < 3000; i++) {
		struct ident ident = ident_provisional(10 + i);
		struct record exec = record_make(RECORD_EXEC, RENDER_START_NS + i, ident, 10 + i);
		struct record settled =
			record_make(RECORD_SETTLED, RENDER_START_NS + i, ident, 10 + i);
		struct record exit = record_make(RECORD_EXIT, RENDER_START_NS + i, ident, 10 + i);
		char name[16];

		/* 1,200 of cc, 600 of as, and more other names than are kept apart */
		snprintf(name, sizeof name, i % 5 < 2 ? "cc" : i % 5 == 2 ? "as" : "x%d", i);
		exec.exec.argv = (struct str){name, strlen(name) + 1};
		usage_set(&settled.settled.usage, USAGE_CPU_USER_NS, i % 5 < 3 ? 1000000 : 1000);
		render_apply(&render, &exec);
		render_apply(&render, &settled);
		render_apply(&render, &exit);
	}
	render_close(&render);
	assert_non_null(strstr(buf_cstr(&render.text),
			       "by program     cc 1.20s (1,200), as 600ms (600), "
			       "(more) 690us (690), x3 1.00us, 509 others 509us\n"));
	render_end(&render);
}

static void counts_have_commas(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} cases[] = {
		{0,       "0"        },
                {999,     "999"      },
                {1000,    "1,000"    },
                {1234005, "1,234,005"}
        };
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		value_add_count(&out, cases[i].count);
		assert_string_equal(buf_cstr(&out), cases[i].text);
	}
	buf_deinit(&out);
}

/* Nobody of the target came: that is known of the time for which it was waited. */
static void summary_of_nobody(void **state)
{
	struct render render = {.options.width = 80};

	render_begin(&render, "summary");
	render.run.end_ns = render.run.start_ns + 2 * NS_PER_SEC;
	render_close(&render);
	assert_non_null(strstr(buf_cstr(&render.text), "  wall time      2.00s\n"));
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_of_everything),
		cmocka_unit_test(tree_in_ascii_and_narrow),
		cmocka_unit_test(tree_in_colour),
		cmocka_unit_test(tree_folds),
		cmocka_unit_test(tree_of_names),
		cmocka_unit_test(tree_of_nobody),
		cmocka_unit_test(deep_chain),
		cmocka_unit_test(chart_of_everything),
		cmocka_unit_test(chart_is_bounded),
		cmocka_unit_test(labels_are_text),
		cmocka_unit_test(store_paths_are_short),
		cmocka_unit_test(summary_of_everything),
		cmocka_unit_test(summary_of_nobody),
		cmocka_unit_test(summary_of_losses_and_samples),
		cmocka_unit_test(summary_names_the_largest),
		cmocka_unit_test(summary_sums_up_programs),
		cmocka_unit_test(counts_have_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
