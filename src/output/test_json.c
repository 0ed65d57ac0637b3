/* The JSON formats: keys and their order, late costs, order of time, hostile bytes, full disks. */
#include "output/ordered_lines.h"
#include "output/test_render.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#define UNKNOWN_COST                                                                               \
	"\"cpu_user_ns\":null,\"cpu_sys_ns\":null,\"rss_peak_bytes\":null,\"read_bytes\":null,"    \
	"\"write_bytes\":null,\"read_chars\":null,\"write_chars\":null,\"minor_faults\":null,"     \
	"\"major_faults\":null,\"voluntary_switches\":null,\"involuntary_switches\":null,"         \
	"\"threads\":null,\"cpu_wait_ns\":null"

#define HEADER                                                                                     \
	"{\"Header\":{\"version\":1,\"pscope\":\"0.1.0\",\"command\":[\"make\",\"-j2\"],"          \
	"\"target\":null,"                                                                         \
	"\"source\":\"bpf\",\"sources_tried\":[],\"host\":\"forge\",\"kernel\":\"6.1.0\","         \
	"\"boot_id\":\"b00t\",\"started\":\"2023-11-14T22:13:20.123456789Z\","                     \
	"\"boot_time_ns\":1000000000000,\"cpus\":2,\"user_change\":null}}\n"

/* Compares line by line, so that a difference is readable. */
static void check_text(const char *text, const char *want)
{
	struct str got = str_of(text), expected = str_of(want);

	while (got.p && expected.p) {
		struct str a = str_cut(&got, '\n'), b = str_cut(&expected, '\n');

		if (!str_eq(a, b))
			fail_msg("line %.*s\n    want %.*s", (int)a.n, a.p, (int)b.n, b.p);
	}
	assert_null(got.p);
	assert_null(expected.p);
}

/* One line of each kind, in the documented order of keys. */
static void every_kind(void **state)
{
	static const char *const script[] = {
		"@-2ms seen 7 ppid=1 pgid=7 sid=7 comm=init uid=1000 filename=/sbin/init -- init "
		"-z",
		"@0 fork 7 -> 100 pgid=7 sid=7 uid=1000 tid=0 forker_tid=8",
		"+1ms exec 100 ppid=7 pgid=7 uid=1000 gid=100 filename=/bin/sh cwd=/tmp "
		"cgroup_id=42 args_bytes=9 -- sh a b",
		"+1ms bad_exec 100 filename=/bin/nope error=2",
		"+1ms comm 100 tid=100 old=sh comm=busy",
		"+1ms uid 100 real_id=0 effective_id=0 saved_id=0",
		"+1ms gid 100 real_id=0 effective_id=0 saved_id=0",
		"+1ms sid 100 new_id=100",
		"+1ms pgid 100 new_id=99",
		"+1ms clone 100 tid=101 parent_tid=100",
		"+1ms thread_exit 100 tid=101",
		"+1ms ptrace 100 tracer=7",
		"+1ms signal 100 signal=11 code=1 sender_pid=7 sender_uid=0 sender_comm=init "
		"fatal=1",
		"+1ms core 100 signal=11",
		"+1ms oom 100 rss_bytes=4096",
		"+1ms sample 100 cpu_user_ns=5 cpu_sys_ns=6 rss_bytes=7 read_bytes=8",
		"+1ms gap ? reason=full lost=3 from=1000000 to=2000000",
		"+1ms mark ? text=hello",
		NULL,
	};
	struct render render = {0};

	check_text(render_script(&render, "multiplexed", script), HEADER
		   "{\"Seen\":{\"timestamp\":-2000000,\"pid\":7,\"ppid\":1,\"pgid\":7,\"sid\":7,"
		   "\"start\":null,\"comm\":\"init\",\"cmdline\":[\"init\",\"-z\"],\"uid\":1000,"
		   "\"filename\":\"/sbin/init\"}}\n"
		   "{\"Fork\":{\"timestamp\":0,\"parent_pid\":7,\"child_pid\":100,"
		   "\"parent_pgid\":7,\"parent_tid\":8,\"uid\":1000}}\n"
		   "{\"Exec\":{\"timestamp\":1000000,\"pid\":100,\"ppid\":7,\"pgid\":7,"
		   "\"cmdline\":[\"sh\",\"a\",\"b\"],\"filename\":\"/bin/sh\",\"cwd\":\"/tmp\","
		   "\"uid\":1000,\"gid\":100,\"cgroup_id\":42,\"args_truncated\":false,"
		   "\"args_bytes\":9}}\n"
		   "{\"ExecArgs\":{\"timestamp\":1000000,\"pid\":100,\"args\":\"sh a b\"}}\n"
		   "{\"BadExec\":{\"timestamp\":2000000,\"pid\":100,\"filename\":\"/bin/nope\","
		   "\"errno\":2,\"error\":\"No such file or directory\"}}\n"
		   "{\"Comm\":{\"timestamp\":3000000,\"pid\":100,\"tid\":100,\"old\":\"sh\","
		   "\"comm\":\"busy\"}}\n"
		   "{\"Uid\":{\"timestamp\":4000000,\"pid\":100,\"real\":0,\"effective\":0,"
		   "\"saved\":0,\"old_effective\":null}}\n"
		   "{\"Gid\":{\"timestamp\":5000000,\"pid\":100,\"real\":0,\"effective\":0,"
		   "\"saved\":0,\"old_effective\":null}}\n"
		   "{\"SetSID\":{\"timestamp\":6000000,\"pid\":100,\"ppid\":7,\"pgid\":100,"
		   "\"sid\":100,\"inferred\":false}}\n"
		   "{\"SetPGID\":{\"timestamp\":7000000,\"pid\":100,\"ppid\":7,\"pgid\":99,"
		   "\"inferred\":false}}\n"
		   "{\"Clone\":{\"timestamp\":8000000,\"pid\":100,\"tid\":101,"
		   "\"parent_tid\":100}}\n"
		   "{\"ThreadExit\":{\"timestamp\":9000000,\"pid\":100,\"tid\":101}}\n"
		   "{\"Ptrace\":{\"timestamp\":10000000,\"pid\":100,\"tracer_pid\":7}}\n"
		   "{\"Signal\":{\"timestamp\":11000000,\"pid\":100,\"signal\":\"SIGSEGV\","
		   "\"code\":1,\"sender_pid\":7,\"sender_comm\":\"init\",\"sender_uid\":0,"
		   "\"fatal\":true}}\n"
		   "{\"Core\":{\"timestamp\":12000000,\"pid\":100,\"signal\":\"SIGSEGV\"}}\n"
		   "{\"Oom\":{\"timestamp\":13000000,\"pid\":100,\"rss_bytes\":4096}}\n"
		   "{\"Sample\":{\"timestamp\":14000000,\"pid\":100,\"cpu_ns\":11,\"rss_bytes\":7,"
		   "\"read_bytes\":8,\"write_bytes\":null}}\n"
		   "{\"Gap\":{\"timestamp\":15000000,\"reason\":\"full\",\"lost\":3,"
		   "\"from\":1000000,\"to\":2000000}}\n"
		   "{\"Mark\":{\"timestamp\":16000000,\"text\":\"hello\"}}\n"
		   "{\"Footer\":{\"timestamp\":16000000,\"records\":18,\"lost\":3,"
		   "\"exit_code\":null,\"signal\":null,\"core_dumped\":null,\"outside\":0}}\n");
	render_end(&render);
}

/* What the lines are and when, in ms: "Header Fork@0 Exit@2 Footer@2". */
static const char *outline(const char *text, struct buf *ret)
{
	struct str rest = str_of(text), line;

	buf_clear(ret);
	while (rest.p && (line = str_cut(&rest, '\n')).n > 0) {
		const char *at = memmem(line.p, line.n, "\"timestamp\":", 12);
		struct str tag = str_skip(line, 2);

		buf_add_str(ret, str_cut(&tag, '"'));
		if (at)
			buf_printf(ret, "@%lld", atoll(at + 12) / 1000000);
		if (rest.n > 0)
			buf_add_char(ret, ' ');
	}
	return buf_cstr(ret);
}

static const char *const late_cost[] = {
	"@0 fork 1 -> 2",
	"+1ms fork 2 -> 3",
	"+1ms exit 3 status=139",
	"+1ms fork 2 -> 4",
	"+0 fork 2 -> 4", /* known already: no line */
	"+1ms settled 3 exact=1 cpu_user_ns=7 cpu_sys_ns=8 rss_peak_bytes=9 read_bytes=10 "
	"write_bytes=11 read_chars=12 write_chars=13 minor_faults=14 major_faults=15 "
	"voluntary_switches=16 involuntary_switches=17 threads=18 cpu_wait_ns=19 bound=4",
	"+1ms exit 4 status=256",
	NULL,
};

static const char exit_of_3[] =
	"{\"Exit\":{\"timestamp\":2000000,\"pid\":3,\"ppid\":2,\"pgid\":null,"
	"\"exit_code\":null,\"signal\":\"SIGSEGV\",\"core_dumped\":true,\"duration_ns\":1000000,"
	"\"cpu_user_ns\":7,\"cpu_sys_ns\":8,\"rss_peak_bytes\":9,\"read_bytes\":10,"
	"\"write_bytes\":11,\"read_chars\":12,\"write_chars\":13,\"minor_faults\":14,"
	"\"major_faults\":15,\"voluntary_switches\":16,\"involuntary_switches\":17,"
	"\"threads\":18,\"cpu_wait_ns\":19,\"exact\":true,\"rss_peak_bound\":true}}\n";
static const char exit_of_4[] =
	"{\"Exit\":{\"timestamp\":5000000,\"pid\":4,\"ppid\":2,\"pgid\":null,"
	"\"exit_code\":1,\"signal\":null,\"core_dumped\":false,"
	"\"duration_ns\":2000000," UNKNOWN_COST ",\"exact\":false}}\n";

/* A rendering is in order of time: what follows an Exit waits for its cost. */
static void exit_waits_for_its_cost(void **state)
{
	struct render render = {0};
	struct buf text = BUF_INIT;
	const char *all = render_script(&render, "multiplexed", late_cost);

	assert_int_equal(render.result, 0);
	assert_string_equal(outline(all, &text),
			    "Header Fork@0 Fork@1 Exit@2 Fork@3 Exit@5 Footer@5");
	assert_non_null(strstr(all, exit_of_3));
	assert_non_null(strstr(all, exit_of_4));
	buf_deinit(&text);
	render_end(&render);
}

/* Live, each line is written as soon as it is true, an Exit when its cost is known. */
static void live_exit_comes_late(void **state)
{
	struct render render = {.options.live = true};
	struct buf text = BUF_INIT;
	const char *all;

	render_begin(&render, "multiplexed");
	assert_string_equal(outline(render_read(&render), &text), "Header");
	render_lines(&render, late_cost);
	render.sink->ops->tick(render.sink, &render.table, RENDER_START_NS, &render.error);
	assert_string_equal(outline(render_read(&render), &text),
			    "Header Fork@0 Fork@1 Fork@3 Exit@2");
	render_close(&render);
	all = buf_cstr(&render.text);
	assert_string_equal(outline(all, &text),
			    "Header Fork@0 Fork@1 Fork@3 Exit@2 Exit@5 Footer@5");
	assert_non_null(strstr(all, exit_of_3));
	assert_non_null(strstr(all, exit_of_4));
	buf_deinit(&text);
	render_end(&render);
}

/* A recorder that was killed wrote no end, so neither does a rendering of it. */
static void no_footer_without_an_end(void **state)
{
	struct render render = {0};
	struct buf text = BUF_INIT;

	render_begin(&render, "multiplexed");
	render_lines(&render, (const char *const[]){"@0 fork 1 -> 2", NULL});
	render.result =
		render.sink->ops->close(render.sink, &render.table, &render.run, &render.error);
	assert_string_equal(outline(render_read(&render), &text), "Header Fork@0");
	buf_deinit(&text);
	render_end(&render);
}

static void bytes_that_are_not_text(void **state)
{
	static const char *const script[] = {
		"@0 exec 5 filename=\"/\\xff\" cwd=\"a\\nb\" -- \"\\xfe\" \"\\xe2\\x80\\xae\" "
		"\"q\\\"\\\\\\x1b\"",
		NULL,
	};
	struct render render = {0};

	assert_non_null(strstr(render_script(&render, "multiplexed", script),
			       "\"cmdline\":[\"\xef\xbf\xbd\",\"\\u202e\","
			       "\"q\\\"\\\\\\u001b\"],\"filename\":\"/\xef\xbf\xbd\","
			       "\"filename_b64\":\"L/8=\",\"cwd\":\"a\\nb\",\"uid\":null,"
			       "\"gid\":null,\"cgroup_id\":null,\"args_truncated\":false,"
			       "\"args_bytes\":11,\"cmdline_b64\":\"/gDigK4AcSJcGwA=\"}}\n"));
	render_end(&render);
}

static void sequential_is_proctrace(void **state)
{
	static const char *const script[] = {
		"@0 fork 9 -> 100 pgid=9",
		"+1ms exec 100 ppid=9 pgid=100 filename=/bin/sh -- sh -c x",
		"+1ms sid 100 new_id=100",
		"+1ms comm 100 comm=other",
		"+1ms exit 100 status=0",
		NULL,
	};
	struct render render = {0};

	check_text(render_script(&render, "sequential", script),
		   "{\"Fork\":{\"seq\":0,\"timestamp\":0,\"parent_pid\":9,\"child_pid\":100,"
		   "\"parent_pgid\":9}}\n"
		   "{\"SetPGID\":{\"seq\":1,\"timestamp\":1000000,\"pid\":100,\"ppid\":9,"
		   "\"pgid\":100}}\n"
		   "{\"ExecFull\":{\"seq\":2,\"timestamp\":1000000,\"pid\":100,\"ppid\":9,"
		   "\"pgid\":100,\"filename\":\"/bin/sh\",\"args\":\"sh -c x\"}}\n"
		   "{\"SetSID\":{\"seq\":3,\"timestamp\":2000000,\"pid\":100,\"ppid\":9,"
		   "\"pgid\":100,\"sid\":100}}\n"
		   "{\"Exit\":{\"seq\":4,\"timestamp\":4000000,\"pid\":100,\"ppid\":9,"
		   "\"pgid\":100}}\n");
	render_end(&render);
}

static void by_process_groups(void **state)
{
	static const char *const script[] = {
		"@0 fork 9 -> 100",
		"+1ms exec 100 -- /bin/sh ./x",
		"+1ms fork 100 -> 101",
		"+1ms exit 101 status=0",
		"+1ms exec 100 -- second",
		"+1ms exit 100 status=0",
		"+1ms gap ? reason=full lost=3",
		NULL,
	};
	struct render render = {0};
	struct buf text = BUF_INIT;
	struct str rest = str_of(render_script(&render, "by-process", script)), line;

	while (rest.p) {
		line = str_cut(&rest, '\n');
		buf_add_str(&text, line.n && line.p[0] == '{' ? (struct str){line.p + 2, 3} : line);
		buf_add_char(&text, '|');
	}
	assert_string_equal(buf_cstr(&text),
			    "PID 100: sh ./x|For|Exe|Exe|Exe|Exe|Exi||PID 101, forked from 100|"
			    "For|Exi||The recording|Gap|||");
	buf_deinit(&text);
	render_end(&render);
}

/* A recording as text gives the same records again. */
static void records_come_back(void **state)
{
	struct render first = {0}, second = {0};
	const char *lines[16] = {NULL};
	struct str rest = str_of(render_script(&first, "records", late_cost));
	struct buf copy = BUF_INIT;

	buf_add_str(&copy, rest);
	rest = (struct str){buf_cstr(&copy), copy.n};
	for (size_t n = 0; rest.n > 0 && n < 15; n++) {
		struct str line = str_cut(&rest, '\n');

		copy.p[line.p + line.n - copy.p] = 0;
		lines[n] = line.p;
	}
	assert_string_equal(render_script(&second, "records", lines), buf_cstr(&first.text));
	buf_deinit(&copy);
	render_end(&first);
	render_end(&second);
}

static int collect(void *context, struct str text, struct error *err)
{
	buf_add_str(context, text);
	return 0;
}

static void lines_in_order(void **state)
{
	struct buf out = BUF_INIT;
	struct ordered_lines *lines = ordered_lines_new(collect, &out);
	const int64_t s = INT64_C(1000000000);

	ordered_lines_add(lines, 3, STR("c"), 0, true, NULL);
	ordered_lines_add(lines, 1, STR("a"), 0, true, NULL);
	ordered_lines_add(lines, 3, STR("d"), 0, true, NULL); /* equal times keep their order */
	ordered_lines_add(lines, 2, STR("?"), 7, false, NULL);
	ordered_lines_add(lines, 2 * s, STR("e"), 0, true, NULL);
	assert_string_equal(buf_cstr(&out), "a"); /* the rest waits for 7 */
	ordered_lines_settle(lines, 8, STR("x"), NULL);
	ordered_lines_settle(lines, 7, STR("b"), NULL);
	assert_string_equal(buf_cstr(&out), "abcd");
	ordered_lines_add(lines, 2 * s, STR("!"), 7, false, NULL); /* never settled */
	ordered_lines_finish(lines, NULL);
	assert_string_equal(buf_cstr(&out), "abcde!");
	ordered_lines_free(lines);
	buf_deinit(&out);
}

/* What can never be written out because one line waits must not grow without bound. */
static void waiting_is_bounded(void **state)
{
	struct buf out = BUF_INIT, big = BUF_INIT;
	struct ordered_lines *lines = ordered_lines_new(collect, &out);

	buf_add_repeat(&big, 'x', 1 << 20);
	ordered_lines_add(lines, 0, STR("waits"), 1, false, NULL);
	for (int i = 1; i < 80 && out.n == 0; i++)
		ordered_lines_add(lines, i, buf_str(&big), 0, true, NULL);
	assert_true(out.n >= 5);
	assert_memory_equal(out.p, "waits", 5);
	ordered_lines_free(lines);
	buf_deinit(&out);
	buf_deinit(&big);
}

static void full_disk_is_an_error(void **state)
{
	static const char *const costly[] = {
		"@0 fork 1 -> 2 comm=sh",
		"+1ms exec 2 filename=/bin/sh -- sh",
		"+9ms exit 2 status=0",
		"+0 settled 2 exact=1 cpu_user_ns=5000000 cpu_sys_ns=1000000",
		NULL,
	};

	for (unsigned i = 0; i < output_format_count; i++) {
		struct render render = {.options.path = "/dev/full"};

		render_script(&render, output_formats[i]->name, costly);
		assert_int_equal(render.result, -ENOSPC);
		assert_non_null(strstr(render.error.text, "/dev/full"));
		render_end(&render);
	}
}

/* Until a rendering is whole, the old file stays. */
static void failure_leaves_the_old_file(void **state)
{
	char folder[] = "/tmp/pscope-output-XXXXXX", path[64];
	struct render render = {.options.path = path};
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/old", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "old", 3), 3);
	close(fd);
	render_begin(&render, "multiplexed");
	render_lines(&render, late_cost);
	render_end(&render); /* never closed */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3);
	render.options.path = path;
	render_script(&render, "multiplexed", late_cost);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 500);
	render_end(&render);
	unlink(path);
	assert_int_equal(rmdir(folder), 0); /* nothing else was left behind */
}

static void names_and_aliases(void **state)
{
	assert_string_equal(output_find("multiplexed")->name, "multiplexed");
	assert_ptr_equal(output_find("jsonl"), output_find("multiplexed"));
	assert_null(output_find("nothing"));
	assert_null(output_find(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(exit_waits_for_its_cost),
		cmocka_unit_test(live_exit_comes_late),
		cmocka_unit_test(no_footer_without_an_end),
		cmocka_unit_test(bytes_that_are_not_text),
		cmocka_unit_test(sequential_is_proctrace),
		cmocka_unit_test(by_process_groups),
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(lines_in_order),
		cmocka_unit_test(waiting_is_bounded),
		cmocka_unit_test(full_disk_is_an_error),
		cmocka_unit_test(failure_leaves_the_old_file),
		cmocka_unit_test(names_and_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
