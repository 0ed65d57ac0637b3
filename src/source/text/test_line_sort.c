/* Sorting JSON Lines: stable, bytes untouched, all or nothing. */
#include "source/text/line_sort.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void sorts(const char *input, const char *expected)
{
	struct buf out = BUF_INIT;
	struct error err = {""};

	if (line_sort(str_of(input), &out, "in", &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_cstr(&out), expected);
	buf_deinit(&out);
}

static void refuses(struct str input, const char *line, const char *why)
{
	struct buf out = BUF_INIT;
	struct error err = {""};

	assert_int_equal(line_sort(input, &out, "in", &err), -EINVAL);
	assert_int_equal(out.n, 0);
	if (!strstr(err.text, line) || !strstr(err.text, why))
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", err.text, line, why);
	buf_deinit(&out);
}

static void test_order(void **state)
{
	sorts("", "");
	sorts("{\"A\":{\"timestamp\":2}}\n{\"B\":{\"timestamp\":1}}\n",
	      "{\"B\":{\"timestamp\":1}}\n{\"A\":{\"timestamp\":2}}\n");
	/* equal times keep their order; the last line gets its LF */
	sorts("{\"A\":{\"timestamp\":1}}\n{\"B\":{\"timestamp\":1}}\n{\"C\":{\"timestamp\":0}}",
	      "{\"C\":{\"timestamp\":0}}\n{\"A\":{\"timestamp\":1}}\n{\"B\":{\"timestamp\":1}}\n");
	sorts("{\"Footer\":{\"timestamp\":0}}\n{\"A\":{\"timestamp\":-9223372036854775808}}\n"
	      "{\"B\":{\"timestamp\":9223372036854775807}}\n{\"Header\":{}}\n",
	      "{\"Header\":{}}\n{\"A\":{\"timestamp\":-9223372036854775808}}\n"
	      "{\"B\":{\"timestamp\":9223372036854775807}}\n{\"Footer\":{\"timestamp\":0}}\n");
}

static void test_bytes_stay(void **state)
{
	sorts("{\"A\":{\"timestamp\":2}}\n"
	      " { \"B\" : { \"x\" : [1e400, 99999999999999999999, {\"timestamp\":7}], "
	      "\"timestamp\" : 1, \"s\" : \"\\ud800\\u0000\xc3\xa9\" } } \r\n\n",
	      " { \"B\" : { \"x\" : [1e400, 99999999999999999999, {\"timestamp\":7}], "
	      "\"timestamp\" : 1, \"s\" : \"\\ud800\\u0000\xc3\xa9\" } } \r\n\n"
	      "{\"A\":{\"timestamp\":2}}\n");
	/* the last of two counts, as JSON readers have it */
	sorts("{\"A\":{\"timestamp\":1,\"timestamp\":3}}\n{\"B\":{\"timestamp\":2}}\n",
	      "{\"B\":{\"timestamp\":2}}\n{\"A\":{\"timestamp\":1,\"timestamp\":3}}\n");
}

#define REFUSES(text, line, why) refuses(STR(text), line, why)

static void test_bad_lines(void **state)
{
	REFUSES("{\"A\":{\"timestamp\":1}}\n{\"B\":{\"timestamp\":2", "line 2", "cut off");
	REFUSES("\n\nx\n", "line 3", "not a JSON object");
	REFUSES("[]", "line 1", "not a JSON object");
	REFUSES("{}", "line 1", "no kind");
	REFUSES("{\"A\":{}}", "line 1", "no timestamp");
	REFUSES("{\"A\":1}", "line 1", "not an object");
	REFUSES("{\"A\":{\"timestamp\":1},\"B\":{\"timestamp\":1}}", "line 1",
		"more than one kind");
	REFUSES("{\"A\":{\"timestamp\":1.5}}", "line 1", "64 bits");
	REFUSES("{\"A\":{\"timestamp\":9223372036854775808}}", "line 1", "64 bits");
	REFUSES("{\"A\":{\"timestamp\":\"1\"}}", "line 1", "not an integer");
	REFUSES("{\"A\":{\"timestamp\":[1]}}", "line 1", "not an integer");
	REFUSES("{\"A\":{\"timestamp\":01}}", "line 1", "expected");
	REFUSES("{\"A\":{\"timestamp\":1,}}", "line 1", "name");
	REFUSES("{\"A\":{\"timestamp\":1}} x", "line 1", "behind");
	REFUSES("{\"A\":{\"timestamp\":1,\"x\":\"\xff\"}}", "line 1", "UTF-8");
	REFUSES("{\"A\":{\"timestamp\":1,\"x\":\"a\0b\"}}", "line 1", "control");
	REFUSES("{\"A\":{\"timestamp\":1,\"x\":\"\\x\"}}", "line 1", "escape");
	REFUSES("{\"A\":{\"timestamp\":1,\"x\":tru}}", "line 1", "value");
}

static void test_depth(void **state)
{
	static char deep[100000];
	size_t n = 0;

	n = (size_t)sprintf(deep, "{\"A\":{\"x\":");
	memset(deep + n, '[', sizeof deep - n);
	refuses((struct str){deep, sizeof deep}, "line 1", "deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bytes_stay),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
