/* The shape of a tracked snapshot, of hostile and of unreadable processes too. */
#include "output/track/track_snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct run run = {.started_real_ns = 1700000000000000000, .start_ns = 1000};

static void assert_shape(const struct snapshot *s, const char *wanted)
{
	struct record record = record_make(RECORD_SAMPLE, 2001000, (struct ident){7}, 7);
	struct buf text = BUF_INIT;
	struct json j = json_into(&text);

	json_open(&j, '{');
	track_snapshot_json(&j, &run, &record, s);
	track_snapshot_denied(&j, s);
	json_close(&j, '}');
	assert_string_equal(buf_cstr(&text), wanted);
	buf_deinit(&text);
}

#define BEGIN "{\"timestamp\":\"2023-11-14T22:13:20.002000000Z\",\"pid\":7,"

static void test_whole(void **state)
{
	static const struct snapshot_fd fds[] = {
		{0, {"/dev/null", 9}},
                {5, {NULL, 0}       }
        };
	struct usage io = {
		.value = {[USAGE_READ_CHARS] = 1,
			  [USAGE_WRITE_CHARS] = 2,
			  [USAGE_READ_BYTES] = 3,
			  [USAGE_WRITE_BYTES] = 4}
        };
	struct snapshot s = {
		.known = TRACK_PARTS,
		.cmdline = STR("a\0b \"c\"\0\0"),
		.cwd = STR("/tmp"),
		.exe = STR("/bin/\xff"),
		.status_text =
			STR("Name:\t12 kB\nUmask:\t0022\nPid:\t7\nno colon\nVmRSS:\t   40 kB\n"
			    "VmSwap:\t kB\nUid:\t0\t1\nThreads:\tmany\nGroups:\t"),
		.io = &io,
		.io_calls_read = 5,
		.io_calls_written = 6,
		.fds = fds,
		.fd_link_count = 2,
		.syscall = STR("running"),
	};

	assert_shape(&s, BEGIN
		     "\"cmdline\":[\"a\",\"b \\\"c\\\"\",\"\"],\"cwd\":\"/tmp\","
		     "\"exe\":\"/bin/\xef\xbf\xbd\",\"exe_b64\":\"L2Jpbi//\","
		     "\"memory\":{\"VmRSS\":40},"
		     "\"io\":{\"rchar\":1,\"wchar\":2,\"syscr\":5,\"syscw\":6,\"read_bytes\":3,"
		     "\"write_bytes\":4,\"cancelled_write_bytes\":0},\"fds\":[0,5],"
		     "\"status\":{\"Name\":\"12 kB\",\"Umask\":\"0022\",\"Pid\":7,"
		     "\"VmRSS\":\"40 kB\",\"VmSwap\":\"kB\",\"Uid\":\"0\\t1\","
		     "\"Threads\":\"many\",\"Groups\":\"\"},\"syscall\":\"running\"}");
}

/* What may not be read is null, and named. */
static void test_denied(void **state)
{
	struct snapshot s = {
		.known = PART_BIT(PART_CMDLINE) | PART_BIT(PART_STATUS_TEXT),
		.denied = PART_BIT(PART_IO) | PART_BIT(PART_EXE),
		.cmdline = STR(""),
		.status_text = STR(""),
	};

	assert_shape(&s, BEGIN "\"cmdline\":[],\"cwd\":null,\"exe\":null,\"memory\":{},"
			       "\"io\":null,\"fds\":null,\"status\":{},\"syscall\":null,"
			       "\"denied\":[\"io\",\"exe\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
