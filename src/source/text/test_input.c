/* Text inputs: what each format gives as records, and what is said of bad ones. */
#include "source/text/input.h"

#include "model/record_text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int fd_of(struct str text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert_int_equal(write(fd, text.p, text.n), (ssize_t)text.n);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* All records as text, or the sentence of the error behind "!". */
static void load(int fd, enum input_kind kind, int32_t root_pid, struct run *ret_run,
		 struct buf *out)
{
	struct input_options options = {.fd = fd, .name = "in", .kind = kind, .root_pid = root_pid};
	struct source *source = input_source_new(&options);
	struct error err = {""};
	struct run run = {0};
	struct record record;
	int result = source->ops->open(source, &err);

	if (result == 0) {
		source->ops->describe(source, &run);
		while ((result = source->ops->next(source, &record, &err)) == SOURCE_RECORD)
			record_text_format(&record, run.start_ns, out);
		assert_int_equal(result, SOURCE_END);
		assert_int_equal(source->ops->next(source, &record, &err), SOURCE_END);
		source->ops->describe(source, &run);
		if (ret_run)
			*ret_run = run; /* its strings go with the source */
	} else {
		assert_true(result < 0 && err.text[0]);
		buf_printf(out, "!%s", err.text);
	}
	source->ops->close(source);
}

static void gives(struct str text, int32_t root_pid, const char *expected)
{
	struct buf out = BUF_INIT;

	load(fd_of(text), INPUT_UNKNOWN, root_pid, NULL, &out);
	assert_string_equal(buf_cstr(&out), expected);
	buf_deinit(&out);
}

static void refuses(struct str text, const char *why)
{
	struct buf out = BUF_INIT;

	load(fd_of(text), INPUT_UNKNOWN, 0, NULL, &out);
	if (buf_cstr(&out)[0] != '!' || !strstr(buf_cstr(&out), why))
		fail_msg("\"%s\" lacks \"%s\"", buf_cstr(&out), why);
	buf_deinit(&out);
}

#define GIVES(text, root, expected) gives(STR(text), root, expected)
#define REFUSES(text, why)          refuses(STR(text), why)
#define OWN                         "{\"Header\":{\"version\":1,\"boot_time_ns\":500}}\n"

/* -- which format -- */

static enum input_kind kind_of(const char *text)
{
	return input_recognise(text, strlen(text));
}

static void test_recognise(void **state)
{
	assert_int_equal(kind_of(""), INPUT_UNKNOWN);
	assert_int_equal(kind_of("\n \n{\"Fork\""), INPUT_JSON);
	assert_int_equal(kind_of("# note\n"), INPUT_SCRIPT);
	assert_int_equal(kind_of("@0 fork 1 -> 2"), INPUT_SCRIPT);
	assert_int_equal(kind_of("Attaching 3 probes...\nEXIT: ts=1"), INPUT_RAW);
	assert_int_equal(kind_of("hello\n{\"Fork\""), INPUT_UNKNOWN);
	assert_int_equal(kind_of("PID 3\n{\"Fork\""), INPUT_UNKNOWN);
}

static void test_not_recognised(void **state)
{
	REFUSES("", "empty");
	REFUSES("\n\n", "empty");
	REFUSES("hello\n", "neither");
	REFUSES("SQLite format 3\0......", "file name");
}

static void test_directory(void **state)
{
	struct buf out = BUF_INIT;

	load(open(".", O_RDONLY | O_CLOEXEC | O_DIRECTORY), INPUT_JSON, 0, NULL, &out);
	assert_non_null(strstr(buf_cstr(&out), "is a directory"));
	buf_deinit(&out);
}

static void test_pipe(void **state)
{
	const char text[] = "{\"Exit\":{\"timestamp\":1,\"pid\":2}}";
	struct buf out = BUF_INIT;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	load(ends[0], INPUT_UNKNOWN, 0, NULL, &out);
	assert_string_equal(buf_cstr(&out), "@1ns exit 2\n@1ns settled 2\n");
	buf_deinit(&out);
}

static void test_script(void **state)
{
	/* as it stands, also out of order */
	GIVES("# two\n@5ms exec 7 filename=/x -- x \"\"\n\n@1ms exit 7 status=256\n", 0,
	      "@5ms exec 7 filename=/x -- x \"\"\n@1ms exit 7 status=256\n");
	REFUSES("@1ms exit 7\n@2ms nothing 7\n", "line 2");
}

/* -- our own lines -- */

static void test_own_exit(void **state)
{
	GIVES(OWN "{\"Exit\":{\"timestamp\":7,\"pid\":2,\"ppid\":1,\"pgid\":2,\"exit_code\":null,"
		  "\"signal\":\"SIGSEGV\",\"core_dumped\":true,\"cpu_user_ns\":0,\"cpu_sys_ns\":5,"
		  "\"rss_peak_bytes\":4096,\"threads\":null,\"exact\":true,\"rss_peak_bound\":true,"
		  "\"new_key\":[]}}\r\n",
	      0,
	      "@7ns exit 2 ppid=1 pgid=2 status=139\n"
	      "@7ns settled 2 exact=1 bound=4 cpu_user_ns=0 cpu_sys_ns=5 rss_peak_bytes=4096\n");
}

static void test_own_order(void **state)
{
	/* an Exit that was written late; times before the start */
	GIVES(OWN "{\"Fork\":{\"timestamp\":5,\"parent_pid\":2,\"child_pid\":3,\"parent_pgid\":2,"
		  "\"parent_tid\":4,\"uid\":0,\"forker_pid\":9}}\n"
		  "{\"Exit\":{\"timestamp\":-3,\"pid\":1,\"exit_code\":3}}\n",
	      0,
	      "@-3ns exit 1 status=768\n@-3ns settled 1\n"
	      "@5ns fork 2 -> 3 pgid=2 uid=0 forker=9 forker_pid=9 forker_tid=4\n");
}

static void test_own_bytes(void **state)
{
	GIVES(OWN
	      "{\"Exec\":{\"timestamp\":1,\"pid\":2,\"ppid\":1,\"pgid\":2,\"cmdline\":[\"\xef\xbf"
	      "\xbd\"],\"filename\":\"x\",\"filename_b64\":\"/w==\",\"args_truncated\":true,"
	      "\"args_bytes\":9,\"cmdline_b64\":\"/wA=\"}}\n"
	      "{\"ExecArgs\":{\"timestamp\":1,\"pid\":2,\"args\":\"something longer\"}}\n",
	      0,
	      "@1ns exec 2 ppid=1 pgid=2 filename=\"\\xff\" args_bytes=9 args_truncated=1 -- "
	      "\"\\xff\"\n");
}

static void test_own_kinds(void **state)
{
	GIVES(OWN
	      "{\"Seen\":{\"timestamp\":0,\"pid\":1,\"ppid\":0,\"start\":-400,\"comm\":\"init\","
	      "\"cmdline\":[\"/init\"],\"uid\":0}}\n"
	      "{\"BadExec\":{\"timestamp\":1,\"pid\":1,\"filename\":\"/"
	      "x\",\"errno\":2,\"error\":\"\"}}\n"
	      "{\"SetSID\":{\"timestamp\":2,\"pid\":1,\"sid\":1,\"inferred\":true}}\n"
	      "{\"SetPGID\":{\"timestamp\":3,\"pid\":1,\"pgid\":4,\"inferred\":false}}\n"
	      "{\"Comm\":{\"timestamp\":4,\"pid\":1,\"tid\":1,\"old\":\"a\",\"comm\":\"b\"}}\n"
	      "{\"Uid\":{\"timestamp\":5,\"pid\":1,\"real\":1,\"effective\":0,\"saved\":null}}\n"
	      "{\"Signal\":{\"timestamp\":6,\"pid\":1,\"signal\":\"SIGKILL\",\"code\":-6,"
	      "\"sender_pid\":9,\"sender_comm\":\"k\",\"sender_uid\":0,\"fatal\":true}}\n"
	      "{\"Core\":{\"timestamp\":7,\"pid\":1,\"signal\":\"SIGSEGV\"}}\n"
	      "{\"Oom\":{\"timestamp\":8,\"pid\":1,\"rss_bytes\":4096}}\n"
	      "{\"Sample\":{\"timestamp\":9,\"pid\":1,\"cpu_ns\":5,\"rss_bytes\":null}}\n"
	      "{\"Gap\":{\"timestamp\":10,\"reason\":\"full\",\"lost\":3,\"from\":1,\"to\":9}}\n"
	      "{\"Mark\":{\"timestamp\":11,\"text\":\"hi\"}}\n",
	      0,
	      "@0 seen 1:1@100 uid=0 comm=init -- /init\n"
	      "@1ns bad_exec 1 filename=/x error=2\n"
	      "@2ns sid 1 inferred=1 new_id=1\n"
	      "@3ns pgid 1 new_id=4\n"
	      "@4ns comm 1 tid=1 old=a comm=b\n"
	      "@5ns uid 1 real_id=1 effective_id=0\n"
	      "@6ns signal 1 signal=9 code=-6 sender_pid=9 sender_uid=0 sender_comm=k fatal=1\n"
	      "@7ns core 1 signal=11\n"
	      "@8ns oom 1 rss_bytes=4096\n"
	      "@9ns sample 1 cpu_user_ns=5\n"
	      "@10ns gap ? reason=full lost=3 from=1 to=9\n"
	      "@11ns mark ? text=hi\n");
}

static void test_own_run(void **state)
{
	struct buf out = BUF_INIT;
	struct run run = {0};

	load(fd_of(STR("{\"Header\":{\"version\":1,\"boot_time_ns\":77,\"cpus\":2,"
		       "\"started\":\"2001-09-09T01:46:40.000000005Z\"}}\n"
		       "{\"Footer\":{\"timestamp\":9,\"records\":4,\"lost\":1,\"exit_code\":null,"
		       "\"signal\":\"SIGKILL\",\"core_dumped\":false,\"outside\":2}}\n")),
	     INPUT_JSON, 0, &run, &out);
	assert_int_equal(run.start_ns, 77);
	assert_int_equal(run.started_real_ns, INT64_C(1000000000000000005));
	assert_int_equal(run.end_ns, 86);
	assert_int_equal(run.status, 9);
	assert_int_equal(run.records, 4);
	assert_int_equal(run.lost, 1);
	assert_int_equal(run.outside, 2);
	assert_int_equal(run.cpus, 2);
	assert_true(run.ended);
	/* no Footer: the recorder was killed */
	load(fd_of(STR(OWN "{\"Exit\":{\"timestamp\":7,\"pid\":2}}\n")), INPUT_JSON, 0, &run, &out);
	assert_false(run.ended);
	assert_int_equal(run.end_ns, 507);
	buf_deinit(&out);
}

static void test_own_late_header(void **state)
{
	GIVES("{\"Gap\":{\"timestamp\":10,\"lost\":3,\"from\":1,\"to\":9}}\n"
	      "{\"Exit\":{\"timestamp\":7,\"pid\":2}}\n" OWN,
	      0, "@7ns exit 2\n@7ns settled 2\n@10ns gap ? lost=3 from=1 to=9\n");
}

static void test_tree_of_root(void **state)
{
	/* 5 is reused by a stranger; 9 is one from the beginning */
	GIVES("{\"Fork\":{\"timestamp\":1,\"parent_pid\":1,\"child_pid\":4}}\n"
	      "{\"Fork\":{\"timestamp\":2,\"parent_pid\":4,\"child_pid\":5}}\n"
	      "{\"Exec\":{\"timestamp\":3,\"pid\":9,\"cmdline\":[\"no\"]}}\n"
	      "{\"Exit\":{\"timestamp\":3,\"pid\":5}}\n"
	      "{\"Exec\":{\"timestamp\":4,\"pid\":5,\"cmdline\":[\"no\"]}}\n"
	      "{\"Fork\":{\"timestamp\":5,\"parent_pid\":9,\"child_pid\":5}}\n"
	      "{\"Exit\":{\"timestamp\":6,\"pid\":5}}\n",
	      4, "@1ns fork 1 -> 4\n@2ns fork 4 -> 5\n@3ns exit 5\n@3ns settled 5\n");
	GIVES("{\"Exit\":{\"timestamp\":6,\"pid\":5}}\n", 4,
	      "!in says nothing about process 4: give --root-pid the command's number");
}

static void test_bad_json(void **state)
{
	/* pscope was killed while it wrote: all but the last line is good */
	GIVES(OWN "{\"Exit\":{\"timestamp\":1,\"pi", 0,
	      "@0 mark ? text=\"the last line was cut off and is left out\"\n");
	REFUSES(OWN "{\"Exit\":{\"timestamp\":1,\"pi\n", "in, line 2: this is not JSON");
	REFUSES("{\"A\":1}\n", "line 1: this is no event");
	REFUSES("{}\n", "no event");
	REFUSES("{\"A\":{},\"B\":{}}\n", "no event");
	REFUSES("{\"Exit\":{\"timestamp\":1}}\n", "\"pid\" is missing");
	REFUSES("{\"Exit\":{\"pid\":1}}\n", "\"timestamp\" is missing");
	REFUSES("{\"Exit\":{\"timestamp\":1,\"pid\":0}}\n", "out of its range");
	REFUSES("{\"Exit\":{\"timestamp\":1,\"pid\":-1}}\n", "out of its range");
	REFUSES("{\"Exit\":{\"timestamp\":1,\"pid\":4294967297}}\n", "out of its range");
	REFUSES("{\"Exit\":{\"timestamp\":1,\"pid\":\"1\"}}\n", "not an integer");
	REFUSES("{\"Exit\":{\"timestamp\":9223372036854775807,\"pid\":1}}\n", "out of its range");
	REFUSES("{\"Exit\":{\"timestamp\":92233720368547758070,\"pid\":1}}\n", "not JSON");
	REFUSES("{\"Exit\":{\"timestamp\":1,\"pid\":1,\"exit_code\":256}}\n", "out of its range");
	REFUSES("{\"Exec\":{\"timestamp\":1,\"pid\":1,\"cmdline\":[1]}}\n", "array of strings");
	REFUSES("{\"Exec\":{\"timestamp\":1,\"pid\":1,\"cmdline_b64\":\"?\"}}\n", "base64");
	REFUSES("{\"Mark\":{\"timestamp\":1,\"text\":\"a\0\"}}\n", "NUL");
	REFUSES("{\"Mark\":{\"timestamp\":1\0,\"text\":\"a\"}}\n", "NUL");
	REFUSES("{\"Mark\":{\"timestamp\":1,\"text\":\"a\\u0000\"}}\n", "not JSON");
	REFUSES(OWN OWN, "a second Header");
	REFUSES("{\"Header\":{\"version\":2}}\n", "newer pscope");
	REFUSES("{\"Header\":{\"boot_time_ns\":9223372036854775807}}\n", "boot_time_ns");
	GIVES("{\"Later\":{}}\n{\"Exit\":{\"timestamp\":1,\"pid\":1}}\n", 0,
	      "@1ns exit 1\n@1ns settled 1\n"
	      "@1ns mark ? text=\"1 of 2 input lines were not understood and skipped\"\n");
	GIVES("{\"Exit\":{\"timestamp\":1,\"pid\":1}}\n{\"Statistics\":{\"name\":null,\"total\":1}}"
	      "\n",
	      0, "@1ns exit 1\n@1ns settled 1\n");
}

/* -- proctrace: births, cycles, noise -- */

static void test_exec_before_fork(void **state)
{
	/* a chain of births, each written after what the child did */
	GIVES("{\"Exec\":{\"timestamp\":1,\"pid\":4,\"cmdline\":[\"c\"]}}\n"
	      "{\"Fork\":{\"timestamp\":2,\"parent_pid\":3,\"child_pid\":4}}\n"
	      "{\"Fork\":{\"timestamp\":3,\"parent_pid\":2,\"child_pid\":3}}\n"
	      "{\"Fork\":{\"timestamp\":4,\"parent_pid\":1,\"child_pid\":2}}\n"
	      "{\"Exit\":{\"timestamp\":5,\"pid\":4}}\n",
	      2,
	      "@1ns fork 1 -> 2\n@1ns fork 2 -> 3\n@1ns fork 3 -> 4\n@1ns exec 4 -- c\n"
	      "@5ns exit 4\n@5ns settled 4\n");
	/* the parent's birth had its right place, but the child's moves before it */
	GIVES("{\"Exec\":{\"timestamp\":1,\"pid\":4,\"cmdline\":[\"c\"]}}\n"
	      "{\"Fork\":{\"timestamp\":2,\"parent_pid\":1,\"child_pid\":3}}\n"
	      "{\"Fork\":{\"timestamp\":3,\"parent_pid\":3,\"child_pid\":4}}\n",
	      0, "@1ns fork 1 -> 3\n@1ns fork 3 -> 4\n@1ns exec 4 -- c\n");
	/* after its exit it is another process */
	GIVES("{\"Exit\":{\"timestamp\":1,\"pid\":4}}\n"
	      "{\"Fork\":{\"timestamp\":2,\"parent_pid\":3,\"child_pid\":4}}\n",
	      0, "@1ns exit 4\n@1ns settled 4\n@2ns fork 3 -> 4\n");
}

static void test_byte_order_mark(void **state)
{
	GIVES("\xef\xbb\xbf{\"Exit\":{\"timestamp\":1,\"pid\":2}}\r\n", 0,
	      "@1ns exit 2\n@1ns settled 2\n");
}

static void test_cycle(void **state)
{
	GIVES("{\"Fork\":{\"timestamp\":1,\"parent_pid\":2,\"child_pid\":2}}\n"
	      "{\"Fork\":{\"timestamp\":2,\"parent_pid\":2,\"child_pid\":3}}\n"
	      "{\"Fork\":{\"timestamp\":3,\"parent_pid\":3,\"child_pid\":2}}\n",
	      0, "@1ns fork 2 -> 2\n@2ns fork 2 -> 3\n@3ns fork 3 -> 2\n");
}

static void test_failed_calls(void **state)
{
	GIVES("{\"Fork\":{\"timestamp\":1,\"parent_pid\":2,\"child_pid\":-11}}\n"
	      "{\"SetSID\":{\"timestamp\":2,\"pid\":2,\"sid\":-1}}\n"
	      "{\"Exit\":{\"timestamp\":3,\"pid\":2}}\n",
	      0, "@3ns exit 2\n@3ns settled 2\n");
}

static void test_forged_lines(void **state)
{
	GIVES("FORK: ts=1,parent_pid=1,child_pid=2,parent_pgid=1\n"
	      " EXIT: ts=1,pid=2,ppid=1,pgid=1\n"
	      "EXIT: ts=1,pid=2,ppid=1,pgid=1 \n"
	      "EXIT: ts=1,pid=2,ppid=1,pgid=1,x\n"
	      "EXIT: ts=-1,pid=2,ppid=1,pgid=1\n"
	      "EXIT: ts=1,pid=99999999999999999999,ppid=1,pgid=1\n"
	      "EXIT: ts=1,pid=0,ppid=1,pgid=1\n"
	      "EXIT: ts=1,pid=2,ppid=1\n"
	      "EXEC: ts=2,pid=2,ppid=1,pgid=2\n"
	      "EXEC_ARGS: ts=2,pid=2,a  b,EXIT: ts=1,pid=2,ppid=1,pgid=1\n"
	      "EXEC_ARGS: ts=2,pid=2,a\0b\n"
	      "EXIT: ts=9,pid=2,ppid=1,pgid=2",
	      2,
	      "@1ns fork 1 -> 2\n"
	      "@2ns exec 2 ppid=1 -- a \"\" b,EXIT: ts=1,pid=2,ppid=1,pgid=1\n"
	      "@9ns exit 2 ppid=1\n@9ns settled 2\n"
	      "@9ns mark ? text=\"8 of 12 input lines were not understood and skipped\"\n");
	REFUSES("EXIT: ts=9,pid=2,ppid=1,pgid=2\n", "--root-pid");
	GIVES("EXIT: ts=9,pid=2,ppid=1,pgid=2\r\nFORK: ts=3,parent_pid=1,child_pid=2,parent_pgid=1,"
	      "\r\n",
	      2, "@3ns fork 1 -> 2\n@9ns exit 2 ppid=1\n@9ns settled 2\n");
}

/* Each fixture and what it must give stand side by side. */
static void fixture(const char *name, int32_t root_pid)
{
	char path[512], expected_path[520];
	struct buf out = BUF_INIT, expected = BUF_INIT;
	int fd;

	snprintf(path, sizeof path, FIXTURES "/proctrace/%s", name);
	snprintf(expected_path, sizeof expected_path, "%s.records", path);
	load(open(path, O_RDONLY | O_CLOEXEC), INPUT_UNKNOWN, root_pid, NULL, &out);
	fd = open(expected_path, O_RDONLY | O_CLOEXEC);
	for (ssize_t n = 1; fd >= 0 && n > 0; expected.n += (size_t)(n > 0 ? n : 0))
		n = read(fd, buf_reserve(&expected, 4096), 4096);
	close(fd);
	assert_string_equal(buf_cstr(&out), buf_cstr(&expected));
	buf_deinit(&out);
	buf_deinit(&expected);
}

static void test_fixtures(void **state)
{
	fixture("gen1.jsonl", 0);
	fixture("gen2.jsonl", 0);
	fixture("gen3.jsonl", 0);
	fixture("gen3-parts.jsonl", 0);
	fixture("gen1.raw", 60);
	fixture("gen3.raw", 41207);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recognise),       cmocka_unit_test(test_not_recognised),
		cmocka_unit_test(test_directory),       cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_script),          cmocka_unit_test(test_own_exit),
		cmocka_unit_test(test_own_order),       cmocka_unit_test(test_own_bytes),
		cmocka_unit_test(test_own_kinds),       cmocka_unit_test(test_own_run),
		cmocka_unit_test(test_own_late_header), cmocka_unit_test(test_tree_of_root),
		cmocka_unit_test(test_bad_json),        cmocka_unit_test(test_exec_before_fork),
		cmocka_unit_test(test_byte_order_mark), cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_failed_calls),    cmocka_unit_test(test_forged_lines),
		cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
