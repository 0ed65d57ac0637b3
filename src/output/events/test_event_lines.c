/* The lines of the event log: every kind, the columns, whose events, who is called what. */
#include "output/events/test_event_log.h"

#define ALL                                                                                        \
	(struct event_options)                                                                     \
	{                                                                                          \
		.events = EVENTS_ALL, .stamp = STAMP_TIME                                          \
	}
#define HEADING "Time     Event       PID Info    Duration Process\n"

static const char *const family[] = {
	"@-9ms seen 7 ppid=1 pgid=7 sid=7 comm=sh uid=1000 euid=1000 gid=1000 egid=1000 "
	"filename=/bin/sh -- -sh",
	"@0 fork 7 -> 100 pgid=7 sid=7 uid=1000 euid=1000 suid=1000 gid=1000 egid=1000 comm=sh",
	"+1ms bad_exec 100 filename=/usr/local/bin/make error=2",
	"+1ms exec 100 filename=/usr/bin/make comm=make -- make -j2 \"two words\"",
	"+1ms comm 100 tid=100 comm=busy",
	"+1ms uid 100 real_id=1000 effective_id=0 saved_id=0",
	"+1ms gid 100 real_id=0 effective_id=1000",
	"+1ms sid 100 new_id=100",
	"+1ms pgid 100 new_id=99",
	"+1ms pgid 100 new_id=0",
	"+1ms clone 100 tid=101 parent_tid=100",
	"+1ms clone 100 tid=102 parent_tid=101",
	"+1ms comm 100 tid=102 old=busy comm=worker",
	"+1ms thread_exit 100 tid=102",
	"+1ms thread_exit 100 tid=100",
	"+1ms ptrace 100 tracer=7",
	"+1ms ptrace 100 tid=101 tracer=999",
	"+1ms ptrace 100",
	"+1ms oom 100 rss_bytes=900000000",
	"+1ms signal 100 signal=10 code=0 sender_pid=7",
	"+1ms signal 100 signal=11 code=1 sender_pid=7 sender_comm=\"a b\" fatal=1",
	"+1ms core 100 signal=11",
	"+1ms exit 100 status=139",
	"+1ms gap ? lost=1234 reason=full from=0 to=0",
	"+1ms gap ? lost=1 reason=full from=0 to=0",
	"+1ms gap ? reason=full from=0 to=0",
	"+1ms mark ? text=\"a note\\x1b[2J\"",
	"+1ms sample 7 rss_bytes=1",
	NULL,
};

/* What each kind looks like. Only the chosen ones come, losses and notes always. */
static void every_kind(void **state)
{
	check_log(
		event_lines_new, &ALL, family,
		HEADING
		"22:13:20 fork          7 parent           -sh\n"
		"22:13:20 fork        100 child            -sh\n"
		"22:13:20 badexec     100 ENOENT           -sh -> /usr/local/bin/make\n"
		"22:13:20 exec        100                  make -j2 'two words'\n"
		"22:13:20 comm        100                  make -> busy\n"
		"22:13:20 uid         100 1000 -> 0        make -j2 'two words'\n"
		"22:13:20 gid         100 real 1000 -> 0   make -j2 'two words'\n"
		"22:13:20 sid         100     100          make -j2 'two words'\n"
		"22:13:20 pgid        100      99          make -j2 'two words'\n"
		"22:13:20 pgid        100       ?          make -j2 'two words'\n"
		"22:13:20 clone       100 parent           make -j2 'two words'\n"
		"22:13:20 clone       101 thread           make -j2 'two words' (thread of 100)\n"
		"22:13:20 clone       101 parent           make -j2 'two words' (thread of 100)\n"
		"22:13:20 clone       102 thread           make -j2 'two words' (thread of 100)\n"
		"22:13:20 comm        102                  busy -> worker (thread of 100)\n"
		"22:13:20 clone       102 ended            make -j2 'two words' (thread of 100)\n"
		"22:13:20 ptrce       100 attach           make -j2 'two words' (by 7 -sh)\n"
		"22:13:20 ptrce       101 attach           make -j2 'two words' (thread of 100) "
		"(by 999)\n"
		"22:13:20 ptrce       100 detach           make -j2 'two words'\n"
		"22:13:20 oom         100    858M          make -j2 'two words'\n"
		"22:13:20 signal      100 SIGSEGV          make -j2 'two words' (sent by 7 'a b')\n"
		"22:13:20 core        100 SIGSEGV   0.020s make -j2 'two words'\n"
		"22:13:20 exit        100 SIGSEGV   0.021s make -j2 'two words' (core dumped) "
		"(killed by 7 'a b')\n"
		"22:13:20 recv    ------- 1,234 events lost: full\n"
		"22:13:20 recv    ------- 1 event lost: full\n"
		"22:13:20 recv    ------- events lost, unknown how many: full\n"
		"22:13:20 note    ------- a note\\x1b[2J\n");
}

static void only_the_chosen(void **state)
{
	static const struct {
		unsigned events;
		const char *lines;
	} cases[] = {
		{EVENT_BIT(EVENT_COMM), "22:13:20 comm      100          "
					"        make -> busy\n"         },
		{EVENT_BIT(EVENT_CORE), "22:13:20 core      100 SIGSEGV "
					"  0.020s make -j2 'two words'\n"},
		{EVENT_BIT(EVENT_SID),  "22:13:20 sid       100     100 "
				       "         make -j2 'two words'\n"  },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct event_options options = ALL;
		struct render render = {0};
		const char *text;

		options.events = cases[i].events;
		text = event_log(&render, event_lines_new, &options, family);
		/* the Event column is as narrow as the chosen names let it be */
		assert_non_null(strstr(text, "Time     Event     PID Info    Duration Process\n"));
		text = strchr(text, '\n') + 1;
		assert_int_equal(strncmp(text, cases[i].lines, strlen(cases[i].lines)), 0);
		assert_non_null(strstr(text, "22:13:20 recv  ------- 1,234 events lost: full\n"));
		render_end(&render);
	}
}

/* The default set, and threads that name themselves only for who wants threads. */
static void names_of_threads(void **state)
{
	struct event_options options = {.events = EVENTS_DEFAULT};
	struct render render = {0}, threads = {0};

	assert_null(strstr(event_log(&render, event_lines_new, &options, family), "worker"));
	options.threads = true;
	assert_non_null(strstr(event_log(&threads, event_lines_new, &options, family),
			       "busy -> worker (thread of 100)"));
	render_end(&render);
	render_end(&threads);
}

static const char *const endings[] = {
	"@0 fork 7 -> 100 pgid=50 comm=sh",
	"@0 fork 7 -> 101 pgid=51 comm=sh",
	"@0 fork 7 -> 102 pgid=50 comm=sh",
	"@0 fork 7 -> 103 pgid=51 comm=sh",
	"@0 exec 103 -- victim",
	"+400us exit 100 status=0",
	"+600us exit 101 status=768",
	"+1ms bad_exec 102 filename=/x error=13",
	"+58s signal 103 signal=9 sender_pid=103 fatal=1",
	"+1s exit 103 status=9",
	"+1h exit 102 status=-1",
	"+0 exit 104 status=43",
	NULL,
};

/* Statuses, durations, and who cannot be told when it began. */
static void ends(void **state)
{
	struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};

	check_log(event_lines_new, &options, endings,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit      100       0 0.00040s sh\n"
		  "22:13:20 exit      101       3   0.001s sh\n"
		  "22:14:19 exit      103 SIGKILL  59.002s victim (killed by itself)\n"
		  "23:14:19 exit      102       ?   1.016h sh\n"
		  "23:14:19 exit      104 SIGRTMIN+11 unknown (unknown)\n");
	options.raw_status = true;
	check_log(event_lines_new, &options, endings,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit      100       0 0.00040s sh\n"
		  "22:13:20 exit      101     768   0.001s sh\n"
		  "22:14:19 exit      103       9  59.002s victim (killed by itself)\n"
		  "23:14:19 exit      102       ?   1.016h sh\n"
		  "23:14:19 exit      104      43  unknown (unknown)\n");
}

static void long_durations(void **state)
{
	static const struct {
		const char *exit, *text;
	} cases[] = {
		{"@59999ms exit 9 status=0", " 59.999s"},
                {"@60s exit 9 status=0",     "  1.000m"},
		{"@5400s exit 9 status=0",   "  1.500h"},
                {"@36h exit 9 status=0",     "  1.500d"},
		{"@252h exit 9 status=0",    "  1.500w"},
                {"@17532h exit 9 status=0",  "  2.000y"},
	};
	struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const script[] = {"@0 fork 1 -> 9", cases[i].exit, NULL};
		struct render render = {0};
		const char *text = event_log(&render, event_lines_new, &options, script);

		if (!strstr(text, cases[i].text))
			fail_msg("%s: %s", cases[i].text, text);
		render_end(&render);
	}
}

static void failures_only(void **state)
{
	struct event_options options = ALL;

	options.failed_only = true;
	check_log(event_lines_new, &options, endings,
		  HEADING "22:13:20 exit        101       3   0.001s sh\n"
			  "22:13:20 badexec     102 EACCES           sh -> /x\n"
			  "22:14:18 signal      103 SIGKILL          victim (sent by itself)\n"
			  "22:14:19 exit        103 SIGKILL  59.002s victim (killed by itself)\n"
			  "23:14:19 exit        104 SIGRTMIN+11 unknown (unknown)\n");
	/* the event of that name says it of exits alone */
	options =
		(struct event_options){.events = EVENT_BIT(EVENT_FAILED_EXIT), .stamp = STAMP_TIME};
	check_log(event_lines_new, &options, endings,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit      101       3   0.001s sh\n"
		  "22:14:19 exit      103 SIGKILL  59.002s victim (killed by itself)\n"
		  "23:14:19 exit      104 SIGRTMIN+11 unknown (unknown)\n");
}

/* Also of the dead, whom getpgid could not ask any more. */
static void one_process_group(void **state)
{
	struct event_options options = ALL;

	options.pgid = 51;
	options.events = EVENTS_DEFAULT;
	check_log(event_lines_new, &options, endings,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 fork        7 parent           sh\n"
		  "22:13:20 fork      101 child            sh\n"
		  "22:13:20 fork        7 parent           sh\n"
		  "22:13:20 fork      103 child            sh\n"
		  "22:13:20 exec      103                  victim\n"
		  "22:13:20 exit      101       3   0.001s sh\n"
		  "22:14:19 exit      103 SIGKILL  59.002s victim (killed by itself)\n");
}

struct wish {
	int32_t pid;
	int64_t asked_ns;
};

static bool is_wish(void *context, const struct proc *proc, int64_t time_ns)
{
	struct wish *wish = context;

	if (proc->pid != wish->pid)
		return false;
	wish->asked_ns = time_ns - RENDER_START_NS;
	return true;
}

/* The filter is asked of each process at the time of its event; of its cost when that is known. */
static void filtered(void **state)
{
	static const char *const script[] = {
		"@0 fork 7 -> 100 comm=a",  "@0 fork 7 -> 101 comm=b",
		"+1ms exit 101 status=0",   "+1ms exit 100 status=0",
		"+1ms mark ? text=between", "+1ms settled 101 exact=1",
		"+1ms settled 100 exact=1", NULL,
	};
	struct wish wish = {.pid = 101};
	struct event_options options = {.events = EVENT_BIT(EVENT_EXIT),
					.stamp = STAMP_TIME,
					.wanted = is_wish,
					.wanted_context = &wish};
	struct render render = {.options.live = true};

	check_log(event_lines_new, &options, script,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit      101       0   0.001s b\n"
		  "22:13:20 note  ------- between\n");
	assert_int_equal(wish.asked_ns, 1000000);
	options.settled_ends = true;
	check_lines(event_log(&render, event_lines_new, &options, script),
		    "Time     Event     PID Info    Duration Process\n"
		    "22:13:20 note  ------- between\n"
		    "22:13:20 exit      101       0   0.001s b\n");
	assert_int_equal(wish.asked_ns, 1000000);
	render_end(&render);
}

/* What was inferred says so; a number that comes back is another process. */
static void reuse_and_inference(void **state)
{
	static const char *const script[] = {
		"@0 fork 7 -> 100 pgid=7 uid=0 euid=0 suid=0 comm=sh",
		"+1ms exec 100 -- first",
		"+1ms fork 7 -> 100 pgid=7 uid=0 euid=0 suid=0 comm=sh",
		"+1ms exec 100 pgid=100 uid=1000 euid=1000 suid=1000 -- second",
		"+1ms exec 100 -- second",
		"+0 exec 100 -- second",
		"+1ms exit 100 status=0",
		"+0 exit 100 status=0",
		NULL,
	};

	check_log(event_lines_new, &ALL, script,
		  HEADING "22:13:20 fork          7 parent           sh\n"
			  "22:13:20 fork        100 child            sh\n"
			  "22:13:20 exec        100                  first\n"
			  "22:13:20 exit        100       ?   0.002s first (inferred)\n"
			  "22:13:20 fork          7 parent           sh\n"
			  "22:13:20 fork        100 child            sh\n"
			  "22:13:20 pgid        100     100          sh (inferred)\n"
			  "22:13:20 uid         100 0 -> 1000        sh (inferred)\n"
			  "22:13:20 exec        100                  second\n"
			  "22:13:20 exec        100                  second\n"
			  "22:13:20 exit        100       0   0.003s second\n");
}

/* A source that is too late for a program: what it learns of it afterwards is no event. */
static void missed_programs(void **state)
{
	static const char *const script[] = {
		"@0 fork 7 -> 100 comm=sh",
		"+1ms exec 100 inferred=1",
		"+1ms comm 100 inferred=1 comm=true",
		"+0 exit 100 status=0",
		NULL,
	};

	check_log(event_lines_new, &ALL, script,
		  HEADING "22:13:20 fork          7 parent           sh\n"
			  "22:13:20 fork        100 child            sh\n"
			  "22:13:20 exec        100                  (sh)\n"
			  "22:13:20 exit        100       0   0.002s true\n");
}

/* Who sent the signal that it died of, not one that came before. */
static void killers(void **state)
{
	static const char *const script[] = {
		"@0 fork 7 -> 100 comm=a",
		"+1ms signal 100 signal=15 sender_pid=7 sender_comm=sh fatal=1",
		"+1ms exit 100 status=9",
		NULL,
	};
	struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};

	check_log(event_lines_new, &options, script,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit      100 SIGKILL   0.002s a\n");
}

/*
 * A parent that is not the forker, and one whose number only is known: a child begins with the name
 * of its forker.
 */
static void parents(void **state)
{
	static const char *const script[] = {
		"@0 fork 7 -> 100 comm=a",
		"+1ms fork 7 -> 101 forker=100 forker_pid=100",
		"+1ms fork 555 -> 102 ppid=555 comm=c",
		NULL,
	};
	struct event_options options = {.events = EVENT_BIT(EVENT_FORK), .stamp = STAMP_TIME};

	check_log(event_lines_new, &options, script,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 fork        7 parent           a\n"
		  "22:13:20 fork      100 child            a\n"
		  "22:13:20 fork        7 parent           (unknown)\n"
		  "22:13:20 fork      101 child            a (forked by 100)\n"
		  "22:13:20 fork      555 parent           c\n"
		  "22:13:20 fork      102 child            c\n");
}

static struct str user_name(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : uid == 1000 ? STR("systemd-timesync") : STR_NONE;
}

static struct str group_name(void *context, uint32_t gid)
{
	return gid == 0 ? STR("wheel") : STR_NONE;
}

static struct str tty_name(void *context, const struct proc *proc)
{
	return proc->pid == 7 ? STR("pts/123") : STR("tty1");
}

static void users_and_glyphs(void **state)
{
	struct event_options options = {
		.events = EVENT_BIT(EVENT_FORK) | EVENT_BIT(EVENT_UID) | EVENT_BIT(EVENT_GID) |
			  EVENT_BIT(EVENT_EXEC) | EVENT_BIT(EVENT_EXIT) | EVENT_BIT(EVENT_CORE) |
			  EVENT_BIT(EVENT_COMM),
		.stamp = STAMP_TIME,
		.user_columns = true,
		.glyphs = true,
		.short_name = true,
		.pid_width = 5,
		.user_name = user_name,
		.group_name = group_name,
		.tty_name = tty_name,
	};
	struct render ascii = {.options.ascii = true};
	const char *text;

	check_log(event_lines_new, &options, family,
		  "Time     Event   PID     UID    EUID    TTY   Info    Duration Process\n"
		  "22:13:20 fork      7 system+ system+ pts/123 ┬ parent           -sh\n"
		  "22:13:20 fork    100 system+ system+   tty1 └ child            -sh\n"
		  "22:13:20 exec    100 system+ system+   tty1 →                  make\n"
		  "22:13:20 comm    100 system+ system+   tty1 ↻                  make -> busy\n"
		  "22:13:20 uid     100 system+    root   tty1   systemd-timesync -> root make\n"
		  "22:13:20 gid     100 system+    root   tty1   real 1000 -> wheel make\n"
		  "22:13:20 core    100 system+    root   tty1 ☠ SIGSEGV   0.020s make\n"
		  "22:13:20 exit    100 system+    root   tty1 ⇥ SIGSEGV   0.021s make "
		  "(core dumped) (killed by 7 'a b')\n"
		  "22:13:20 recv  ----- 1,234 events lost: full\n"
		  "22:13:20 recv  ----- 1 event lost: full\n"
		  "22:13:20 recv  ----- events lost, unknown how many: full\n"
		  "22:13:20 note  ----- a note\\x1b[2J\n");
	/* without the functions: numbers, and no terminal is known */
	options.user_name = options.group_name = NULL;
	options.tty_name = NULL;
	text = event_log(&ascii, event_lines_new, &options, family);
	assert_non_null(strstr(text, "fork      7    1000    1000      ? + parent "));
	assert_non_null(strstr(text, "fork    100    1000    1000      ? ` child "));
	assert_non_null(strstr(text, "uid     100    1000       0      ?   1000 -> 0        make"));
	render_end(&ascii);
}

/* Seven digits fit; who says how many there can be gets no more than needed. */
static void wide_pids(void **state)
{
	static const char *const script[] = {"@0 fork 1 -> 4194303", "+1ms exit 4194303 status=0",
					     NULL};
	struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};

	check_log(event_lines_new, &options, script,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 exit  4194303       0   0.001s (unknown)\n");
	options.pid_width = 3;
	check_log(event_lines_new, &options, script,
		  "Time     Event   PID Info    Duration Process\n"
		  "22:13:20 exit  4194303       0   0.001s (unknown)\n");
	options.pid_width = 99;
	check_log(event_lines_new, &options, script,
		  "Time     Event        PID Info    Duration Process\n"
		  "22:13:20 exit     4194303       0   0.001s (unknown)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),          cmocka_unit_test(only_the_chosen),
		cmocka_unit_test(names_of_threads),    cmocka_unit_test(ends),
		cmocka_unit_test(long_durations),      cmocka_unit_test(failures_only),
		cmocka_unit_test(one_process_group),   cmocka_unit_test(filtered),
		cmocka_unit_test(reuse_and_inference), cmocka_unit_test(parents),
		cmocka_unit_test(missed_programs),     cmocka_unit_test(killers),
		cmocka_unit_test(users_and_glyphs),    cmocka_unit_test(wide_pids),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
