/* The text form of records: what is written reads back the same, what is wrong is said. */
#include "model/record_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void round_trip(const char *line)
{
	struct record_text text = {.start_ns = 1000};
	struct buf out = BUF_INIT;
	struct error err = {""};
	struct record record;
	int r = record_text_parse(&text, str_of(line), &record, &err);

	if (r != 1)
		fail_msg("%s: %d %s", line, r, err.text);
	record_text_format(&record, 1000, &out);
	out.n--;
	assert_string_equal(buf_cstr(&out), line);
	/* a clone says the same */
	struct record *copy = record_clone(&record);

	record_text_deinit(&text);
	buf_clear(&out);
	record_text_format(copy, 1000, &out);
	out.n--;
	assert_string_equal(buf_cstr(&out), line);
	free(copy);
	buf_deinit(&out);
}

static void test_round_trips(void **state)
{
	round_trip("@0 fork 99 -> 100");
	round_trip(
		"@-5ms fork ? -> 100 tid=7 pgid=3 sid=2 uid=0 euid=1000 forker=5@77 comm=\"a b\"");
	round_trip("@1001ns fork 99:1099@5 -> 100:1100@123456789~10000000");
	round_trip("@3ms exec 100 filename=/bin/sh cwd=/ args_bytes=9 args_truncated=1 -- sh -c "
		   "\"a b\" \"\"");
	round_trip("@3ms exec 100 --");
	round_trip("@3ms exec 100 filename=\"\\xff\\x0a\"");
	round_trip("@3us bad_exec 100 filename=/x error=2");
	round_trip("@4ms exit 100 status=256");
	round_trip("@4ms exit 100");
	round_trip("@4ms settled 100 exact=1 bound=4 cpu_user_ns=0 rss_peak_bytes=4096");
	round_trip("@5ms comm 100 tid=101 old=sh comm=\"\\x1b]\"");
	round_trip("@5ms uid 100 inferred=1 real_id=0 effective_id=0 saved_id=0");
	round_trip("@5ms sid 100 new_id=100");
	round_trip("@5ms clone 100 tid=101 parent_tid=100");
	round_trip("@5ms thread_exit 100 tid=101");
	round_trip("@5ms ptrace 100 tracer=3");
	round_trip("@5ms core 100 signal=11");
	round_trip("@5ms signal 100 signal=9 code=0 sender_pid=1 sender_uid=0 sender_comm=init "
		   "fatal=1");
	round_trip("@5ms oom 100 rss_bytes=1");
	round_trip("@5ms sample 100 cpu_user_ns=5 rss_bytes=1");
	round_trip("@5ms gap ? reason=\"the ring was full\" lost=18446744073709551615 from=0 to=5");
	round_trip("@5ms mark ? text=\"a note\"");
	round_trip("@5ms seen 100:100@5 parent=1@1 comm=init filename=/sbin/init -- init");
}

static void test_relative_times(void **state)
{
	struct record_text text = {.start_ns = 50};
	struct record record;

	assert_int_equal(record_text_parse(&text, STR("# nothing"), &record, NULL), 0);
	assert_int_equal(record_text_parse(&text, STR("  "), &record, NULL), 0);
	assert_int_equal(record_text_parse(&text, STR("@1ms exit 1"), &record, NULL), 1);
	assert_int_equal(record_text_parse(&text, STR("+1.5us exit 1"), &record, NULL), 1);
	assert_int_equal(record.time_ns, 50 + 1000000 + 1500);
	record_text_deinit(&text);
}

static void test_mistakes(void **state)
{
	static const char *const lines[] = {
		"exit 1",
		"@x exit 1",
		"@1 nothing 1",
		"@1 exit",
		"@1 exit x",
		"@1 exit -1",
		"@1 fork 1",
		"@1 fork 1 > 2",
		"@1 exit 1 status",
		"@1 exit 1 status=x",
		"@1 exit 1 foo=1",
		"@1 exit 1 -- x",
		"@1 mark ? text=\"x",
		"@1 exit 1 status=99999999999",
		"@1 exec 1 filename=a\"b",
		"@99999999999999d exit 1",
		"@1 exit 1@5~0",
		"@1 settled 1 exact=7",
		"@1 mark ? text=\"\\xzz\"",
	};
	struct record_text text = {0};
	struct record record;
	struct error err;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		err.text[0] = 0;
		if (record_text_parse(&text, str_of(lines[i]), &record, &err) != -EINVAL)
			fail_msg("accepted: %s", lines[i]);
		assert_true(err.text[0]);
	}
	record_text_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_relative_times),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
