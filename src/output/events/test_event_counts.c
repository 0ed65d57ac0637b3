/* The event log for programs: JSON Lines of the chosen events, and the statistics in both forms. */
#include "output/events/test_event_log.h"

static const char *const script[] = {
	"@0 seen 7 ppid=1 pgid=7 sid=7 comm=sh uid=0 filename=/bin/sh -- -sh",
	"+1ms fork 7 -> 100 pgid=7 sid=7 uid=0 comm=sh",
	"+1ms exec 100 filename=/usr/bin/make uid=0 comm=make -- /usr/bin/make -j2",
	"+1ms fork 100 -> 101 pgid=7 sid=7 uid=0 comm=make",
	"+1ms exec 101",
	"+1ms comm 100 tid=102 old=make comm=worker",
	"+1ms signal 101 signal=9 sender_pid=7 sender_comm=sh fatal=1",
	"+1ms exit 101 status=9",
	"+1ms gap ? lost=3 reason=full from=0 to=0",
	"+1ms exit 100 status=0",
	"+1ms settled 100 exact=1 cpu_user_ns=5",
	"+1ms sample 7 rss_bytes=1",
	"+1ms exit 999 status=256",
	NULL,
};

#define COST                                                                                       \
	"\"cpu_sys_ns\":null,\"rss_peak_bytes\":null,\"read_bytes\":null,\"write_bytes\":null,"    \
	"\"read_chars\":null,\"write_chars\":null,\"minor_faults\":null,\"major_faults\":null,"    \
	"\"voluntary_switches\":null,\"involuntary_switches\":null,\"threads\":null,"              \
	"\"cpu_wait_ns\":null"

/* Without the Header and the Footer, which test_json knows. */
static void check_body(const char *text, const char *want)
{
	struct str got = str_of(text), expected = str_of(want), line;

	line = str_cut(&got, '\n');
	assert_true(str_starts(line, STR("{\"Header\":")));
	while (expected.n > 0) {
		struct str wanted = str_cut(&expected, '\n');

		line = str_cut(&got, '\n');
		if (!str_eq(line, wanted))
			fail_msg("%.*s\n want %.*s", (int)line.n, line.p, (int)wanted.n, wanted.p);
	}
	assert_true(str_starts(str_cut(&got, '\n'), STR("{\"Footer\":")));
	assert_int_equal(got.n, 0);
}

/* The recording's own shapes, with a choice of lines, each with the name of its process. */
static void json_of_the_chosen(void **state)
{
	struct event_options options = {.events = EVENTS_DEFAULT};
	struct render render = {.options.live = true}, failed = {.options.live = true};

	check_body(event_log(&render, event_json_new, &options, script),
		   "{\"Fork\":{\"timestamp\":1000000,\"parent_pid\":7,\"child_pid\":100,"
		   "\"parent_pgid\":7,\"parent_tid\":null,\"uid\":0,\"name\":\"-sh\"}}\n"
		   "{\"Exec\":{\"timestamp\":2000000,\"pid\":100,\"ppid\":7,\"pgid\":7,"
		   "\"cmdline\":[\"/usr/bin/make\",\"-j2\"],\"filename\":\"/usr/bin/make\","
		   "\"cwd\":null,\"uid\":0,\"gid\":null,\"cgroup_id\":null,"
		   "\"args_truncated\":false,\"args_bytes\":18,\"name\":\"make\"}}\n"
		   "{\"ExecArgs\":{\"timestamp\":2000000,\"pid\":100,\"args\":\"/usr/bin/make "
		   "-j2\",\"name\":\"make\"}}\n"
		   "{\"Fork\":{\"timestamp\":3000000,\"parent_pid\":100,\"child_pid\":101,"
		   "\"parent_pgid\":7,\"parent_tid\":null,\"uid\":0,\"name\":\"make\"}}\n"
		   "{\"Exec\":{\"timestamp\":4000000,\"pid\":101,\"ppid\":100,\"pgid\":7,"
		   "\"cmdline\":null,\"filename\":null,\"cwd\":null,\"uid\":0,\"gid\":null,"
		   "\"cgroup_id\":null,\"args_truncated\":false,\"args_bytes\":null,"
		   "\"name\":\"make\",\"name_inherited\":true}}\n"
		   "{\"Gap\":{\"timestamp\":8000000,\"reason\":\"full\",\"lost\":3,\"from\":0,"
		   "\"to\":0}}\n"
		   "{\"Exit\":{\"timestamp\":9000000,\"pid\":100,\"ppid\":7,\"pgid\":7,"
		   "\"exit_code\":0,\"signal\":null,\"core_dumped\":false,\"duration_ns\":8000000,"
		   "\"cpu_user_ns\":5," COST ",\"exact\":true,\"name\":\"make\"}}\n"
		   "{\"Exit\":{\"timestamp\":7000000,\"pid\":101,\"ppid\":100,\"pgid\":7,"
		   "\"exit_code\":null,\"signal\":\"SIGKILL\",\"core_dumped\":false,"
		   "\"duration_ns\":4000000,\"cpu_user_ns\":null," COST ",\"exact\":false,"
		   "\"killer_pid\":7,\"killer_comm\":\"sh\",\"name\":\"make\",\"name_inherited\":"
		   "true}}\n"
		   "{\"Exit\":{\"timestamp\":12000000,\"pid\":999,\"ppid\":null,\"pgid\":null,"
		   "\"exit_code\":1,\"signal\":null,\"core_dumped\":false,\"duration_ns\":null,"
		   "\"cpu_user_ns\":null," COST ",\"exact\":false,\"name\":null}}\n");
	options.events = EVENTS_ALL;
	options.failed_only = true;
	check_body(event_log(&failed, event_json_new, &options, script),
		   "{\"Signal\":{\"timestamp\":6000000,\"pid\":101,\"signal\":\"SIGKILL\","
		   "\"code\":0,\"sender_pid\":7,\"sender_comm\":\"sh\",\"sender_uid\":null,"
		   "\"fatal\":true,\"name\":\"make\",\"name_inherited\":true}}\n"
		   "{\"Gap\":{\"timestamp\":8000000,\"reason\":\"full\",\"lost\":3,\"from\":0,"
		   "\"to\":0}}\n"
		   "{\"Exit\":{\"timestamp\":7000000,\"pid\":101,\"ppid\":100,\"pgid\":7,"
		   "\"exit_code\":null,\"signal\":\"SIGKILL\",\"core_dumped\":false,"
		   "\"duration_ns\":4000000,\"cpu_user_ns\":null," COST ",\"exact\":false,"
		   "\"killer_pid\":7,\"killer_comm\":\"sh\",\"name\":\"make\",\"name_inherited\":"
		   "true}}\n"
		   "{\"Exit\":{\"timestamp\":12000000,\"pid\":999,\"ppid\":null,\"pgid\":null,"
		   "\"exit_code\":1,\"signal\":null,\"core_dumped\":false,\"duration_ns\":null,"
		   "\"cpu_user_ns\":null," COST ",\"exact\":false,\"name\":null}}\n");
	render_end(&render);
	render_end(&failed);
}

static void json_leaves_at_once(void **state)
{
	static const char *const one[] = {"@0 fork 7 -> 100 comm=sh", NULL};
	struct event_options options = {.events = EVENTS_DEFAULT, .line_buffered = true};
	struct render render = {.options.live = true};

	render_prepare(&render);
	render.sink = event_json_new(&options, &render.options);
	render_open(&render);
	render_lines(&render, one);
	assert_non_null(strstr(render_read(&render), "{\"Fork\":"));
	render_close(&render);
	render_end(&render);
}

/* Sorted by total, then by name; a fork is its parent's; a loss is said. */
static void table_of_names(void **state)
{
	struct event_options options = {.events = EVENTS_DEFAULT};

	check_log(
		event_statistics_new, &options, script,
		"\n"
		"    Fork     Exec     Exit Coredump     Comm    Clone   Ptrace      Uid      Gid  "
		"    Sid NonzeroExit    Total Process\n"
		"       1        1        1        0        0        0        0        0        0  "
		"      0           0        3 make\n"
		"       0        1        1        0        0        0        0        0        0  "
		"      0           1        2 (make)\n"
		"       0        0        1        0        0        0        0        0        0  "
		"      0           1        1 (unknown)\n"
		"       1        0        0        0        0        0        0        0        0  "
		"      0           0        1 -sh\n"
		"       2        2        3        0        0        0        0        0        0  "
		"      0           2        7 (total)\n"
		"3 events were lost and are not counted here.\n");
}

/* Even when what the child ran came first. */
static void forks_are_the_parents(void **state)
{
	static const char *const late[] = {"@0 seen 7 comm=sh -- sh", "+1ms exec 100 -- tool",
					   "+0 fork 7 -> 100", NULL};
	struct event_options options = {.events = EVENT_BIT(EVENT_FORK)};
	struct render render = {0};

	assert_non_null(
		strstr(event_log(&render, event_statistics_new, &options, late), " 1 sh\n"));
	render_end(&render);
}

/* Only what is chosen counts; what forkstat has no column for has one when it is asked for. */
static void columns_of_the_chosen(void **state)
{
	struct event_options options = {.events = EVENT_BIT(EVENT_SIGNAL) |
						  EVENT_BIT(EVENT_FAILED_EXIT)};
	struct render render = {0};
	const char *text = event_log(&render, event_statistics_new, &options, script);

	assert_non_null(strstr(text, "     Sid   Signal NonzeroExit    Total Process\n"));
	assert_non_null(strstr(text, "       0        1           1        2 (make)\n"));
	assert_null(strstr(text, "-sh"));
	assert_null(strstr(text, "Pgid"));
	render_end(&render);
}

/* A terminal that is too narrow loses blanks first, then columns of zeros. */
static void table_on_a_terminal(void **state)
{
	struct event_options options = {.events = EVENTS_DEFAULT};
	struct render narrow = {.options.width = 100}, narrower = {.options.width = 80};

	check_lines(
		event_log(&narrow, event_statistics_new, &options, script),
		"\n"
		"Fork Exec Exit Coredump Comm Clone Ptrace Uid Gid Sid NonzeroExit Total Process\n"
		"   1    1    1        0    0     0      0   0   0   0           0     3 make\n"
		"   0    1    1        0    0     0      0   0   0   0           1     2 (make)\n"
		"   0    0    1        0    0     0      0   0   0   0           1     1 "
		"(unknown)\n"
		"   1    0    0        0    0     0      0   0   0   0           0     1 -sh\n"
		"   2    2    3        0    0     0      0   0   0   0           2     7 (total)\n"
		"3 events were lost and are not counted here.\n");
	check_lines(event_log(&narrower, event_statistics_new, &options, script),
		    "\n"
		    "Fork Exec Exit NonzeroExit Total Process\n"
		    "   1    1    1           0     3 make\n"
		    "   0    1    1           1     2 (make)\n"
		    "   0    0    1           1     1 (unknown)\n"
		    "   1    0    0           0     1 -sh\n"
		    "   2    2    3           2     7 (total)\n"
		    "3 events were lost and are not counted here.\n");
	render_end(&narrow);
	render_end(&narrower);
}

static void statistics_as_objects(void **state)
{
	struct event_options options = {.events = EVENT_BIT(EVENT_FORK), .json = true};

#define REST                                                                                       \
	"\"exec\":0,\"exit\":0,\"core\":0,\"comm\":0,\"clone\":0,\"ptrace\":0,\"uid\":0,"          \
	"\"gid\":0,\"sid\":0,\"pgid\":0,\"signal\":0,\"oom\":0,\"badexec\":0,\"nonzeroexit\":0,"
	check_log(event_statistics_new, &options, script,
		  "{\"Statistics\":{\"name\":\"-sh\",\"fork\":1," REST "\"total\":1}}\n"
		  "{\"Statistics\":{\"name\":\"make\",\"fork\":1," REST "\"total\":1}}\n"
		  "{\"Statistics\":{\"name\":null,\"fork\":2," REST "\"total\":2}}\n");
}

static void nothing_gathered(void **state)
{
	static const char *const nobody[] = {NULL};
	struct event_options options = {.events = EVENTS_DEFAULT};

	check_log(event_statistics_new, &options, nobody, "No statistics gathered.\n");
}

/* A storm of names keeps the frequent ones and the sum. */
static void names_are_bounded(void **state)
{
	struct event_options options = {.events = EVENTS_DEFAULT};
	struct render render = {0};
	char name[400];
	size_t lines = 0;

	render_prepare(&render);
	render.sink = event_statistics_new(&options, &render.options);
	render_open(&render);
	for (int i = 0; i < 30000; i++) {
		struct record exec = record_make(RECORD_EXEC, RENDER_START_NS + i,
						 ident_provisional(10 + i), 10 + i);
		bool often = i % 100 == 0;

		/* also names that are longer than a line */
		snprintf(name, sizeof name, often ? "often" : "%0*d", i % 2 ? 300 : 1, i);
		exec.exec.argv = (struct str){name, strlen(name) + 1};
		render_apply(&render, &exec);
	}
	render_close(&render);
	assert_int_equal(render.result, 0);
	for (size_t i = 0; i < render.text.n; i++)
		lines += render.text.p[i] == '\n';
	assert_in_range(lines, 4096, 8192 + 8);
	assert_non_null(strstr(buf_cstr(&render.text), "     300 often\n"));
	assert_non_null(strstr(buf_cstr(&render.text), "   30000 (total)\n"));
	assert_non_null(strstr(buf_cstr(&render.text), " (others)\n"));
	assert_non_null(strstr(buf_cstr(&render.text),
			       "There were more than 8,192 names: the rarest are counted together "
			       "as (others).\n"));
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_the_chosen),    cmocka_unit_test(json_leaves_at_once),
		cmocka_unit_test(table_of_names),        cmocka_unit_test(table_on_a_terminal),
		cmocka_unit_test(columns_of_the_chosen), cmocka_unit_test(forks_are_the_parents),
		cmocka_unit_test(statistics_as_objects), cmocka_unit_test(nothing_gathered),
		cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
