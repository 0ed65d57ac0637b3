/* Tests of base/: what every other layer takes for granted. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/outfile.h"
#include "base/root.h"
#include "base/text.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static void assert_buf(struct buf *buf, const char *expected)
{
	assert_string_equal(buf_cstr(buf), expected);
	buf_clear(buf);
}

static void test_str(void **state)
{
	struct str rest = STR("a,b,,c");
	long long number;
	unsigned long long u;

	assert_true(str_is(str_cut(&rest, ','), "a"));
	assert_true(str_is(str_cut(&rest, ','), "b"));
	assert_int_equal(str_cut(&rest, ',').n, 0);
	assert_true(str_is(str_cut(&rest, ','), "c"));
	assert_null(rest.p);
	assert_true(str_is(str_basename(STR("/usr/bin/cc")), "cc"));
	assert_int_equal(str_basename(STR("/usr/")).n, 0);
	assert_int_equal(str_to_i64(STR("-9223372036854775808"), &number), 0);
	assert_true(number == INT64_MIN);
	assert_int_equal(str_to_i64(STR("9223372036854775808"), &number), -ERANGE);
	assert_int_equal(str_to_i64(STR(""), &number), -EINVAL);
	assert_int_equal(str_to_i64(STR("1x"), &number), -EINVAL);
	assert_int_equal(str_to_u64(STR("0xff"), &u), 0);
	assert_int_equal(u, 255);
	assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), -ERANGE);
}

static void test_safe_text(void **state)
{
	struct buf buf = BUF_INIT;

	text_add_safe(&buf, STR("ok \xc3\xa9"));
	assert_buf(&buf, "ok \xc3\xa9");
	text_add_safe(&buf, STR("\x1b[31mred\n\t\r\x07\x7f"));
	assert_buf(&buf, "\\x1b[31mred\\n\\t\\r\\x07\\x7f");
	text_add_safe(&buf, STR("\xc2\x9b"
				"31m \xe2\x80\xae"
				"evil \xff\xc3"));
	assert_buf(&buf, "\\u009b31m \\u202eevil \\xff\\xc3");
	text_add_safe(&buf, STR("\xed\xa0\x80\xc0\xaf"));
	assert_buf(&buf, "\\xed\\xa0\\x80\\xc0\\xaf");
	text_add_safe_cut(&buf, STR("abcdef"), 6);
	assert_buf(&buf, "abcdef");
	text_add_safe_cut(&buf, STR("abcdefg"), 6);
	assert_buf(&buf, "abcde…");
	text_add_safe_cut(&buf, STR("ab\ndef"), 3);
	assert_buf(&buf, "ab…");
	buf_deinit(&buf);
}

static void check_fit(const char *text, size_t columns, const char *want, size_t want_columns)
{
	struct buf b = BUF_INIT;

	assert_int_equal(text_add_fit(&b, str_of(text), columns, "+"), want_columns);
	assert_string_equal(buf_cstr(&b), want);
	if (columns >= want_columns)
		assert_int_equal(text_columns(buf_str(&b)), want_columns);
	buf_deinit(&b);
}

static void test_columns(void **state)
{
	assert_int_equal(utf8_columns('a'), 1);
	assert_int_equal(utf8_columns(0xe9), 1);
	assert_int_equal(utf8_columns(0x301), 0);
	assert_int_equal(utf8_columns(0x4e2d), 2);
	assert_int_equal(utf8_columns(0x1f600), 2);
	assert_int_equal(utf8_columns(0x10ffff), 1);
	check_fit("plain", 5, "plain", 5);
	check_fit("plain", 4, "pla+", 4);
	check_fit("plain", 1, "+", 1);
	check_fit("plain", 0, "", 0);
	check_fit("", 0, "", 0);
	check_fit("中文", 4, "中文", 4);
	check_fit("中文", 3, "中+", 3);
	check_fit("中文", 2, "+", 1);
	check_fit("a中", 2, "a+", 2);
	check_fit("ab\x1b[31m", 6, "ab+", 3);
	check_fit("ab\x1b", 6, "ab\\x1b", 6);
	check_fit("abcd\n", 5, "abcd+", 5);
	check_fit("e\u0301e\u0301", 2, "e\u0301e\u0301", 2);
	check_fit("\xff+", 5, "\\xff+", 5);
	check_fit("\xff++", 5, "\\xff+", 5);
}

static void test_words(void **state)
{
	struct buf buf = BUF_INIT;

	text_add_cmdline(&buf, STR("sh\0-c\0it's  $x\0\0"), true);
	assert_buf(&buf, "sh -c 'it'\\''s  $x' ''");
	text_add_cmdline(&buf, STR("a\0b"), false);
	assert_buf(&buf, "a b");
	text_add_shell_safe(&buf, STR("it's \u00e9"));
	assert_buf(&buf, "'it'\\''s \u00e9'");
	text_add_shell_safe(&buf, STR("a\n\x1b[2J'\\\xff"
				      "7\u202e"));
	assert_buf(&buf, "$'a\\n\\033[2J\\'\\\\\\3777\\342\\200\\256'");
	base64_encode(&buf, STR("a\xff\0"));
	assert_buf(&buf, "Yf8A");
	base64_encode(&buf, STR("ab"));
	assert_buf(&buf, "YWI=");
	assert_int_equal(base64_decode(&buf, STR("Yf8A")), 0);
	assert_memory_equal(buf.p, "a\xff\0", 3);
	buf_clear(&buf);
	assert_int_equal(base64_decode(&buf, STR("Y")), -EINVAL);
	assert_int_equal(base64_decode(&buf, STR("Y!==")), -EINVAL);
	buf_deinit(&buf);
}

static void test_json(void **state)
{
	struct buf buf = BUF_INIT;
	struct json j = json_into(&buf);

	json_open(&j, '{');
	json_key(&j, "a"), json_i64(&j, INT64_MIN);
	json_key(&j, "b"), json_u64(&j, UINT64_MAX);
	json_key(&j, "c"), json_open(&j, '[');
	json_text(&j, "q\"\\\n\x01"), json_null(&j), json_bool(&j, true);
	json_open(&j, '{'), json_close(&j, '}');
	json_close(&j, ']');
	json_key_str(&j, "d", STR("\xff x"));
	json_key_str(&j, "e", STR_NONE);
	json_key(&j, "f"), json_double(&j, 1.0 / 0.0);
	json_close(&j, '}');
	assert_buf(&buf, "{\"a\":-9223372036854775808,\"b\":18446744073709551615,"
			 "\"c\":[\"q\\\"\\\\\\n\\u0001\",null,true,{}],"
			 "\"d\":\"\xef\xbf\xbd x\",\"d_b64\":\"/yB4\",\"e\":null,\"f\":null}");
	buf_deinit(&buf);
}

static void assert_duration(int64_t ns, const char *expected)
{
	struct buf buf = BUF_INIT;

	units_add_duration(&buf, ns);
	assert_buf(&buf, expected);
	buf_deinit(&buf);
}

static void test_units(void **state)
{
	struct buf buf = BUF_INIT;
	int64_t ns;
	uint64_t bytes;

	assert_duration(0, "0ns");
	assert_duration(999, "999ns");
	assert_duration(1500, "1.50us");
	assert_duration(999499, "999us");
	assert_duration(999500, "1.00ms");
	assert_duration(45600000, "45.6ms");
	assert_duration(59400000000, "59.4s");
	assert_duration(59990000000, "1m00s");
	assert_duration(3661 * NS_PER_SEC, "1h01m");
	assert_duration(-1500, "-1.50us");
	assert_duration(INT64_MIN, "-106751d23h");
	units_add_bytes(&buf, 1023);
	assert_buf(&buf, "1023B");
	units_add_bytes(&buf, 1536);
	assert_buf(&buf, "1.50K");
	units_add_bytes(&buf, UINT64_MAX);
	assert_buf(&buf, "16.0E");
	assert_int_equal(units_parse_duration(STR("1.5ms"), NS_PER_SEC, &ns), 0);
	assert_int_equal(ns, 1500000);
	assert_int_equal(units_parse_duration(STR("0.5"), NS_PER_SEC, &ns), 0);
	assert_int_equal(ns, 500000000);
	assert_int_equal(units_parse_duration(STR(".25"), NS_PER_SEC, &ns), 0);
	assert_int_equal(ns, 250000000);
	assert_int_equal(units_parse_duration(STR("."), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_duration(STR(".s"), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_duration(STR(""), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_duration(STR("-1"), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_duration(STR("1."), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_duration(STR("99999999999d"), NS_PER_SEC, &ns), -ERANGE);
	assert_int_equal(units_parse_duration(STR("3 ms"), NS_PER_SEC, &ns), -EINVAL);
	assert_int_equal(units_parse_bytes(STR("32M"), &bytes), 0);
	assert_int_equal(bytes, 32u << 20);
	assert_int_equal(units_parse_bytes(STR("1KiB"), &bytes), 0);
	assert_int_equal(bytes, 1024);
	assert_int_equal(units_parse_bytes(STR("1X"), &bytes), -EINVAL);
	buf_deinit(&buf);
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"record", "render", NULL, "sort"};

	assert_string_equal(nearest_name("recrod", names, 4), "record");
	assert_string_equal(nearest_name("srot", names, 4), "sort");
	assert_null(nearest_name("xyzzy", names, 4));
	assert_int_equal(nearest_distance("abc", "acb"), 1);
}

static void test_outfile(void **state)
{
	char dir[] = "/tmp/pscope-test-XXXXXX", path[64];
	struct outfile file;
	struct error err;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x", dir);
	assert_int_equal(outfile_open(&file, path, OUTFILE_RENAME, -1, -1, -1, &err), 0);
	buf_add_text(&file.pending, "hello");
	assert_int_equal(lstat(path, &st), -1);
	assert_int_equal(outfile_commit(&file, &err), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* a failure leaves the old file */
	assert_int_equal(outfile_open(&file, path, OUTFILE_RENAME, -1, -1, -1, &err), 0);
	outfile_abort(&file);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(outfile_open(&file, "/dev/full", OUTFILE_RENAME, -1, -1, -1, &err), 0);
	buf_add_text(&file.pending, "x");
	assert_int_equal(outfile_commit(&file, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(outfile_open(&file, dir, OUTFILE_RENAME, -1, -1, -1, &err), -EISDIR);
	unlink(path);
	rmdir(dir);
}

static void test_root(void **state)
{
	struct root root;
	struct error err;
	struct buf buf = BUF_INIT;

	assert_int_equal(root_open(&root, "/nonexistent", &err), -ENOENT);
	assert_int_equal(root_open(&root, NULL, &err), 0);
	cleanup_close int self = root_open_pid(&root, getpid());
	assert_true(self >= 0);
	assert_int_equal(root_read(self, "comm", &buf, 7), 0);
	assert_int_equal(buf.n, 7);
	assert_int_equal(root_read(self, "nothing", &buf, 7), -ENOENT);
	buf_deinit(&buf);
	root_close(&root);
}

static void test_clock(void **state)
{
	char text[40];

	clock_rfc3339(1, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000001Z");
	clock_rfc3339(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
	assert_true(clock_boot_ns() >= clock_mono_ns() - NS_PER_SEC);
}

/* The sanitizer ends a program whose allocation fails unless it is told otherwise. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int exhaust(void)
{
	mem_realloc(NULL, SIZE_MAX / 2, 4);
	return 0;
}

static int escaping(int (*body)(void))
{
	struct mem_escape escape;
	int r;

	mem_escape_enter(&escape);
	r = setjmp(escape.jump) == 0 ? body() : -ENOMEM;
	mem_escape_leave(&escape);
	return r;
}

static int exhaust_inside(void)
{
	assert_int_equal(escaping(exhaust), -ENOMEM);
	return 7;
}

static int child_status(void (*child)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		child();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void end_without_escape(void)
{
	close(STDERR_FILENO);
	exhaust();
}

static int forked_ends(void)
{
	struct mem_escape escape;

	mem_escape_enter(&escape);
	if (setjmp(escape.jump))
		_exit(9);
	mem_escape_forked();
	exhaust();
	return 0;
}

static void end_forked(void)
{
	forked_ends();
}

static void test_escape(void **state)
{
	assert_int_equal(escaping(exhaust), -ENOMEM);
	assert_int_equal(escaping(exhaust_inside), 7);
	assert_int_equal(child_status(end_without_escape), 125);
	assert_int_equal(child_status(end_forked), 125);
}

static void test_error(void **state)
{
	struct error err;

	assert_int_equal(
		error_set(&err, EIO, "cannot read %s", "a\x1b[31m\x7f\xc2\x9b\xc3\xa9\tb\nc"),
		-EIO);
	assert_string_equal(err.text, "cannot read a?[31m???\xc3\xa9\tb\nc");
	error_prefix(&err, "%s", "\x1b");
	assert_string_equal(err.text, "?: cannot read a?[31m???\xc3\xa9\tb\nc");
	assert_int_equal(error_set(NULL, EIO, "nobody listens"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str),     cmocka_unit_test(test_safe_text),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_words),
		cmocka_unit_test(test_json),    cmocka_unit_test(test_units),
		cmocka_unit_test(test_nearest), cmocka_unit_test(test_outfile),
		cmocka_unit_test(test_root),    cmocka_unit_test(test_clock),
		cmocka_unit_test(test_escape),  cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
