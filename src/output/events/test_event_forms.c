/* The forms of the event log: what processes are called, times, headings, colours, terminals. */
#include "output/events/test_event_log.h"

#define EXECS                                                                                      \
	(struct event_options)                                                                     \
	{                                                                                          \
		.events = EVENT_BIT(EVENT_EXEC), .stamp = STAMP_TIME                               \
	}

/* -- the Process column -- */

/* What stands there on the first line. */
static void check_process(const struct event_options *options, const char *const *script,
			  const char *want)
{
	struct render render = {0};
	struct str text = str_of(event_log(&render, event_lines_new, options, script)), line;

	str_cut(&text, '\n');
	line = str_skip(str_cut(&text, '\n'), 40); /* behind what the columns take */
	if (!str_is(line, want))
		fail_msg("|%.*s|\n want |%s|", (int)line.n, line.p, want);
	render_end(&render);
}

/* Wider than clang-format can align. */
/* clang-format off */
static const struct {
	const char *exec, *plain, *dirstrip, *brief, *both, *comm;
} commands[] = {
	{"filename=/usr/bin/ls comm=ls -- /usr/bin/ls -l /tmp/x",
	 "/usr/bin/ls -l /tmp/x", "ls -l /tmp/x", "/usr/bin/ls", "ls", "ls"},
	/* no word at all: the file tells */
	{"filename=\"/opt/a b\" comm=\"a b\" -- ",
	 "'/opt/a b'", "'a b'", "'/opt/a b'", "'a b'", "'a b'"},
	/* an empty word; and one that is all directory */
	{"filename=/bin/x comm=x -- \"\"", "''", "''", "/bin/x", "x", "x"},
	{"filename=/bin/x comm=x -- /tmp/", "/tmp/", "/tmp/", "/bin/x", "x", "x"},
	/* a title, as daemons set it; an option with a slash is no directory */
	{"comm=sshd -- \"sshd: ada [priv]\"",
	 "'sshd: ada [priv]'", "'sshd: ada [priv]'", "sshd:", "sshd:", "sshd"},
	{"comm=cc -- cc -I/usr/include a/b.c",
	 "cc -I/usr/include a/b.c", "cc -I/usr/include a/b.c", "cc", "cc", "cc"},
	/* what would control a terminal, or pretend to be a note or another line */
	{"comm=\"\\x1b[2J\" -- \"\\x1b]0;x\\x07\" \"\\xe2\\x80\\xae\" \"\\xff\" \"a\\nb\"",
	 "'\\x1b]0;x\\x07' '\\u202e' '\\xff' 'a\\nb'", "'\\x1b]0;x\\x07' '\\u202e' '\\xff' 'a\\nb'",
	 "'\\x1b]0;x\\x07'", "'\\x1b]0;x\\x07'", "'\\x1b[2J'"},
	{"comm=\"[kworker]\" -- \"(killed by 1 init)\" \"[kworker/0:1]\" \"->\"",
	 "'(killed by 1 init)' '[kworker/0:1]' '->'", "'(killed by 1 init)' '[kworker/0:1]' '->'",
	 "'(killed'", "'(killed'", "'[kworker]'"},
	/* longer than the source follows */
	{"args_truncated=1 comm=a -- a b", "a b ...", "a b ...", "a", "a", "a"},
};

/* Whose name it is: its own, its forker's image, its parent's because its own was missed, none. */
static const struct {
	const char *script[5], *want;
} marks[] = {
	{{"+0 seen 2 ppid=0 comm=kthreadd", "+0 exit 2 status=0"}, "[kthreadd]"},
	{{"+0 seen 30 ppid=2 comm=\"kworker/0:1\\n\"", "+0 exit 30 status=0"}, "[kworker/0:1\\n]"},
	{{"+0 seen 2 ppid=0 comm=kthreadd", "+0 fork 2 -> 30 comm=kthreadd", "+0 exit 30 status=0"},
	 "[kthreadd]"},
	/* the kernel starts a helper: a process like any other */
	{{"+0 fork 2 -> 30 comm=kworker", "+0 exec 30 -- /sbin/modprobe", "+0 exit 30 status=0"},
	 "/sbin/modprobe"},
	/* in a container 2 is anybody's number */
	{{"+0 seen 2 ppid=1 comm=sh -- sh", "+0 fork 2 -> 30 comm=sh", "+0 exit 30 status=0"}, "sh"},
	/* a fork runs what its forker ran then, not what that runs now */
	{{"+0 seen 5 comm=sh -- sh -c x", "+1ms fork 5 -> 30 comm=sh", "+1ms exec 5 -- other",
	  "+1ms exit 30 status=0"}, "sh -c x"},
	/* looked at in the middle of its exec, or too late for more; or it is a fork that runs the same */
	{{"+0 seen 5 comm=sh -- sh -c x", "+0 seen 30 parent=5 comm=sleep", "+0 exit 30 status=0"},
	 "sleep"},
	{{"+0 seen 5 comm=sh -- sh -c x", "+0 seen 30 parent=5 comm=sh", "+0 exit 30 status=0"},
	 "sh -c x"},
	{{"+0 seen 2 ppid=1 comm=sh -- sh", "+0 seen 30 parent=2 ppid=2 comm=sleep",
	  "+0 exit 30 status=0"}, "sleep"},
	{{"+0 seen 2 ppid=0 comm=kthreadd", "+0 seen 30 parent=2 ppid=2 comm=kswapd0",
	  "+0 exit 30 status=0"}, "[kswapd0]"},
	/* an exec of what nobody saw */
	{{"+0 fork 5 -> 30 comm=bash", "+1ms exec 30", "+1ms exit 30 status=0"}, "(bash)"},
	{{"+0 fork 5 -> 30 comm=bash", "+1ms exec 30 comm=true", "+1ms exit 30 status=0"}, "true"},
	{{"+0 fork 5 -> 29 comm=bash", "+1ms exec 29", "+1ms fork 29 -> 30", "+1ms exit 30 status=0"},
	 "(bash)"},
	/* ... whose name came later, even if it is the same */
	{{"+0 fork 5 -> 30 comm=bash", "+1ms exec 30 inferred=1", "+1ms comm 30 inferred=1 comm=true",
	  "+1ms exit 30 status=0"}, "true"},
	{{"+0 fork 5 -> 30 comm=bash", "+1ms exec 30 inferred=1", "+1ms comm 30 inferred=1 comm=bash",
	  "+1ms exit 30 status=0"}, "bash"},
	/* a zombie has a comm and no more; somebody unknown not even that */
	{{"+0 seen 30 ppid=5 comm=gone", "+0 exit 30 status=0"}, "gone"},
	{{"+0 exit 30 status=0"}, "(unknown)"},
};
/* clang-format on */

static void forms_of_commands(void **state)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		struct buf exec = BUF_INIT;
		struct event_options options = EXECS;

		buf_printf(&exec, "+0 exec 9 %s", commands[i].exec);
		const char *const script[] = {buf_cstr(&exec), NULL};

		check_process(&options, script, commands[i].plain);
		options.dirstrip = true;
		check_process(&options, script, commands[i].dirstrip);
		options.short_name = true;
		check_process(&options, script, commands[i].both);
		options.dirstrip = false;
		check_process(&options, script, commands[i].brief);
		options.comm = true;
		check_process(&options, script, commands[i].comm);
		buf_deinit(&exec);
	}
}

static void marks_of_names(void **state)
{
	const struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};

	struct event_options comm = options;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		check_process(&options, marks[i].script, marks[i].want);
	comm.comm = true;
	check_process(&comm,
		      (const char *const[]){"+0 fork 2 -> 30 comm=kworker",
					    "+0 exec 30 comm=modprobe -- /sbin/modprobe",
					    "+0 exit 30 status=0", NULL},
		      "modprobe");
}

/* 128 KiB of arguments: all of them; on a terminal some rows where it is run, then one. */
static void long_commands(void **state)
{
	struct buf exec = BUF_INIT;
	struct event_options options = EXECS;
	struct render render = {0}, narrow = {.options.width = 72};
	const char *text;

	buf_add_text(&exec, "+0 exec 9 -- tool");
	for (int i = 0; i < 16384; i++)
		buf_add_text(&exec, " 1234567");
	const char *const script[] = {buf_cstr(&exec), "+1ms exit 9 status=0", NULL};

	text = event_log(&render, event_lines_new, &options, script);
	assert_int_equal(strlen(strchr(text, '\n') + 1), 40 + 4 + 16384 * 8 + 1);
	options.events = EVENTS_DEFAULT;
	text = strchr(event_log(&narrow, event_lines_new, &options, script), '\n') + 1;
	assert_int_equal(strchr(text, '\n') - text, 8 * 72 - 1 + (int)strlen("…"));
	assert_string_equal(strchr(text, '\n') + 1, "22:13:20 exit        9       0  unknown tool "
						    "1234567 1234567 1234567 12…\n");
	render_end(&render);
	render_end(&narrow);
	buf_deinit(&exec);
}

/* A note is worth more than the end of a command. */
static void cut_before_the_note(void **state)
{
	static const char *const script[] = {
		"+0 fork 7 -> 9",
		"+0 exec 9 -- tool with a command line of more than forty columns",
		"+0 exit 9 status=139", NULL};
	const struct event_options options = {.events = EVENT_BIT(EVENT_EXIT), .stamp = STAMP_TIME};
	struct render render = {
		.options = {.width = 80, .ascii = true}
        };

	check_lines(event_log(&render, event_lines_new, &options, script),
		    "Time     Event     PID Info    Duration Process\n"
		    "22:13:20 exit        9 SIGSEGV 0.00000s tool with a command line + (core "
		    "dumped)\n");
	render_end(&render);
}

/* -- times -- */

static const char *const three[] = {"@-123456789ns mark ? text=a", "@999us mark ? text=b",
				    "@12h mark ? text=c", NULL};

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* clang-format off */
static const struct {
	enum event_stamp stamp;
	const char *heading, *a, *b, *c;
} stamps[] = {
	{STAMP_DATE, "Time                Event",
	 "2023/11/15 03:43:20", "2023/11/15 03:43:20", "2023/11/15 15:43:20"},
	{STAMP_TIME, "Time     Event", "03:43:20", "03:43:20", "15:43:20"},
	{STAMP_ISO, "Time                             Event",
	 "2023-11-15T03:43:20.000000+05:30", "2023-11-15T03:43:20.124455+05:30",
	 "2023-11-15T15:43:20.123456+05:30"},
	{STAMP_BOOT, "Time          Event", "   999.876543", "  1000.000999", " 44200.000000"},
	{STAMP_DELTA, "Time        Event", "  +0.000000", "  +0.124455", "+43199.999001"},
};
/* clang-format on */

static void times(void **state)
{
	set_zone("XST-5:30");
	for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++) {
		struct event_options options = {.stamp = stamps[i].stamp};
		struct buf want = BUF_INIT;

		buf_printf(&want, "%s     PID Info    Duration Process\n", stamps[i].heading);
		buf_printf(&want, "%s note  ------- a\n", stamps[i].a);
		buf_printf(&want, "%s note  ------- b\n", stamps[i].b);
		buf_printf(&want, "%s note  ------- c\n", stamps[i].c);
		check_log(event_lines_new, &options, three, buf_cstr(&want));
		buf_deinit(&want);
	}
	set_zone("UTC0");
}

/* The hour that a zone gives back: the offset follows, and no line stands before its time. */
static void summer_time_ends(void **state)
{
	static const char *const script[] = {"@0 mark ? text=a", "@1s mark ? text=b", NULL};
	struct event_options options = {.stamp = STAMP_ISO};
	struct render render = {0};

	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	render_prepare(&render);
	render.run.started_real_ns = INT64_C(1698541199) * 1000000000; /* 02:59:59 CEST */
	render.sink = event_lines_new(&options, &render.options);
	render_open(&render);
	render_lines(&render, script);
	render_close(&render);
	assert_non_null(strstr(buf_cstr(&render.text), "2023-10-29T02:59:59.000000+02:00 note"));
	assert_non_null(strstr(buf_cstr(&render.text), "2023-10-29T02:00:00.000000+01:00 note"));
	render_end(&render);
	set_zone("UTC0");
}

/* A clock that was never set. */
static void before_the_epoch(void **state)
{
	static const char *const script[] = {"@-1s mark ? text=a", NULL};
	struct event_options options = {.stamp = STAMP_ISO};
	struct render render = {0};

	render_prepare(&render);
	render.run.started_real_ns = 250000000;
	render.sink = event_lines_new(&options, &render.options);
	render_open(&render);
	render_lines(&render, script);
	render_close(&render);
	assert_non_null(strstr(buf_cstr(&render.text), "1969-12-31T23:59:59.250000+00:00 note"));
	render_end(&render);
}

/* A recording that does not know when it began: seconds since then. */
static void unknown_start(void **state)
{
	const struct event_options options = {.stamp = STAMP_DATE};
	struct render render = {0};

	render_prepare(&render);
	render.run.started_real_ns = 0;
	render.sink = event_lines_new(&options, &render.options);
	render_open(&render);
	render_lines(&render, three);
	render_close(&render);
	check_lines(buf_cstr(&render.text),
		    "Time                Event     PID Info    Duration Process\n"
		    "          -0.123456 note  ------- a\n"
		    "           0.000999 note  ------- b\n"
		    "       43200.000000 note  ------- c\n");
	render_end(&render);
}

/* A replay may bring an end late, when its cost was known: it stands at its time nevertheless. */
static void in_order_of_time(void **state)
{
	static const char *const script[] = {"@1ms mark ? text=a", "@3ms mark ? text=c",
					     "@2ms mark ? text=b", NULL};
	struct event_options options = {.stamp = STAMP_DELTA};

	check_log(event_lines_new, &options, script,
		  "Time        Event     PID Info    Duration Process\n"
		  "  +0.000000 note  ------- a\n"
		  "  +0.001000 note  ------- b\n"
		  "  +0.001000 note  ------- c\n");
}

/* -- terminals -- */

/* A terminal's rows are counted, not lines. */
static void headings_repeat_by_rows(void **state)
{
	static const char *const script[] = {"+0 exec 1 -- a bb ccc dddd eeeee ffffff ggggggg",
					     "+0 exec 2 -- a", "+0 exec 3 -- a", NULL};
	struct event_options options = EXECS;
	struct render render = {.options.width = 60};

	options.rows = 5;
	check_lines(event_log(&render, event_lines_new, &options, script),
		    "Time     Event     PID Info    Duration Process\n"
		    "22:13:20 exec        1                  a bb ccc dddd eeeee ffffff ggggggg\n"
		    "22:13:20 exec        2                  a\n"
		    "Time     Event     PID Info    Duration Process\n"
		    "22:13:20 exec        3                  a\n");
	render_end(&render);
}

static void headings_repeat(void **state)
{
	static const char *const script[] = {"+0 mark ? text=a", "+0 mark ? text=b",
					     "+0 mark ? text=c", "+0 mark ? text=d",
					     "+0 mark ? text=e", NULL};
	struct event_options options = {.stamp = STAMP_TIME, .rows = 4};

	check_log(event_lines_new, &options, script,
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 note  ------- a\n"
		  "22:13:20 note  ------- b\n"
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 note  ------- c\n"
		  "22:13:20 note  ------- d\n"
		  "Time     Event     PID Info    Duration Process\n"
		  "22:13:20 note  ------- e\n");
}

static void colours(void **state)
{
	static const char *const script[] = {"+0 fork 7 -> 9", "+0 exec 9 -- tool",
					     "+0 exit 9 status=139",
					     "+0 gap ? lost=2 reason=full from=0 to=0", NULL};
	const struct event_options options = {.events = EVENTS_DEFAULT, .stamp = STAMP_TIME};
	struct render render = {.options.colour = true};

#define TIME "\x1b[2m22:13:20\x1b[0m "
#define RED  "\x1b[1;31m"
#define END  "\x1b[0m"
	check_lines(event_log(&render, event_lines_new, &options, script),
		    "\x1b[1mTime     Event     PID Info    Duration Process" END "\n" TIME
		    "fork        7 parent           (unknown)\n" TIME
		    "fork        9 child            (unknown)\n" TIME "\x1b[32mexec" END
		    "        9                  tool\n" TIME RED "exit" END "        9 " RED
		    "SIGSEGV" END " 0.00000s tool\x1b[2m (core dumped)" END "\n" TIME RED "recv" END
		    "  ------- " RED "2 events lost: full" END "\n");
	render_end(&render);
}

/* A live reader sees the heading at once, and lines at the next tick; with -l each at once. */
static void lines_leave_live(void **state)
{
	struct event_options options = {.stamp = STAMP_TIME};
	struct render render = {.options.live = true}, at_once = {.options.live = true};
	static const char *const script[] = {"+0 mark ? text=a", NULL};

	render_prepare(&render);
	render.sink = event_lines_new(&options, &render.options);
	render_open(&render);
	assert_non_null(strstr(render_read(&render), "Time     Event"));
	render_lines(&render, script);
	assert_null(strstr(render_read(&render), "note"));
	assert_int_equal(render.sink->ops->tick(render.sink, &render.table, 0, NULL), 0);
	assert_non_null(strstr(render_read(&render), "note  ------- a\n"));
	render_close(&render);
	render_end(&render);

	options.line_buffered = true;
	render_prepare(&at_once);
	at_once.sink = event_lines_new(&options, &at_once.options);
	render_open(&at_once);
	render_lines(&at_once, script);
	assert_non_null(strstr(render_read(&at_once), "note  ------- a\n"));
	render_close(&at_once);
	render_end(&at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_commands),
		cmocka_unit_test(marks_of_names),
		cmocka_unit_test(long_commands),
		cmocka_unit_test(cut_before_the_note),
		cmocka_unit_test(times),
		cmocka_unit_test(summer_time_ends),
		cmocka_unit_test(before_the_epoch),
		cmocka_unit_test(unknown_start),
		cmocka_unit_test(in_order_of_time),
		cmocka_unit_test(headings_repeat),
		cmocka_unit_test(headings_repeat_by_rows),
		cmocka_unit_test(colours),
		cmocka_unit_test(lines_leave_live),
	};

	set_zone("UTC0");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
