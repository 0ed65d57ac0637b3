/* CSV: a row a life, every figure exact, every name one field. */
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define CELLS 64

/* Splits row `n` (0: the headings) of a page without quotes around line breaks; returns how many. */
static size_t row_of(const char *text, unsigned n, struct buf cells[CELLS])
{
	size_t count = 1;
	bool quoted = false;

	for (; n > 0; n--)
		text = strstr(text, "\r\n") + 2;
	for (size_t i = 0; i < CELLS; i++)
		buf_clear(&cells[i]);
	for (; quoted || *text != '\r'; text++) {
		if (*text == '"' && quoted && text[1] == '"')
			buf_add_char(&cells[count - 1], *text++);
		else if (*text == '"')
			quoted = !quoted;
		else if (*text == ',' && !quoted)
			count++;
		else
			buf_add_char(&cells[count - 1], *text);
	}
	assert_int_equal(text[1], '\n');
	return count;
}

/* What stands in row `n` under that heading. */
static const char *cell(const char *text, unsigned n, const char *heading, struct buf *ret)
{
	struct buf headings[CELLS] = {0}, cells[CELLS] = {0};
	size_t count = row_of(text, 0, headings), at = 0;

	assert_int_equal(row_of(text, n, cells), count);
	while (at < count && strcmp(buf_cstr(&headings[at]), heading) != 0)
		at++;
	assert_true(at < count);
	buf_clear(ret);
	buf_add_str(ret, buf_str(&cells[at]));
	for (size_t i = 0; i < CELLS; i++) {
		buf_deinit(&headings[i]);
		buf_deinit(&cells[i]);
	}
	return buf_cstr(ret);
}

static void expect(const char *text, unsigned n, const char *heading, const char *value)
{
	struct buf found = BUF_INIT;

	assert_string_equal(cell(text, n, heading, &found), value);
	buf_deinit(&found);
}

static const char *const small[] = {
	"@0 fork 9 -> 100 pgid=100 sid=90",
	"+1ms exec 100 filename=/usr/bin/make cwd=/src uid=1000 -- make -j2",
	"+1ms fork 100 -> 101",
	"+1ns exec 101 filename=/usr/bin/cc cwd=/src -- cc \"a b.c\"",
	"+1ns signal 101 signal=9 code=0 sender_pid=7 fatal=1",
	"+1ms exit 101 status=9",
	"+0 settled 101 exact=1 cpu_user_ns=4000001 cpu_sys_ns=0 rss_peak_bytes=2097153 bound=4",
	"+1ms fork 100 -> 102",
	NULL,
};

static void figures_are_exact(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "csv", small);

	expect(text, 1, "pid", "101");
	expect(text, 1, "id", "2");
	expect(text, 1, "parent_id", "1");
	expect(text, 1, "ppid", "100");
	expect(text, 1, "command", "cc 'a b.c'");
	expect(text, 1, "start_ns", "2000000");
	expect(text, 1, "end_ns", "3000002");
	expect(text, 1, "duration_ns", "1000002");
	expect(text, 1, "cpu_user_ns", "4000001");
	expect(text, 1, "cpu_sys_ns", "0");
	expect(text, 1, "rss_peak_bytes", "2097153");
	expect(text, 1, "rss_peak_bound", "true");
	expect(text, 1, "exit_code", "");
	expect(text, 1, "signal", "SIGKILL");
	expect(text, 1, "killer_pid", "7");
	expect(text, 1, "exact", "true");
	render_end(&render);
}

/* The living come last, and what is not known of them is empty. */
static void living_have_no_end(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "csv", small);

	expect(text, 2, "pid", "100");
	expect(text, 2, "uid", "1000");
	expect(text, 2, "end_ns", "");
	expect(text, 2, "duration_ns", "");
	expect(text, 2, "cpu_user_ns", "");
	expect(text, 3, "pid", "102");
	expect(text, 3, "command", "");
	expect(text, 3, "filename", "");
	render_end(&render);
}

static void names_stay_in_their_fields(void **state)
{
	static const char *const hostile[] = {
		"@0 fork 9 -> 100",
		"+1ms exec 100 filename=\"/tmp/a,b\" cwd=\"/tmp/\\\"q\\\"\\x0d\\nx,1\" -- "
		"\"a,\\\"b\\\"\\nc\" \"\\xff\\xfe\" \"\\x1b[2J\" \"=1+1\"",
		"+1ms exit 100 status=0",
		"+0 settled 100 exact=1",
		NULL,
	};
	struct render render = {0};
	const char *text = render_script(&render, "csv", hostile);

	expect(text, 1, "filename", "/tmp/a,b");
	expect(text, 1, "cwd", "/tmp/\"q\"\\r\\nx,1");
	expect(text, 1, "command", "'a,\"b\"\\nc' '\\xff\\xfe' '\\x1b[2J' =1+1");
	expect(text, 1, "exit_code", "0");
	assert_null(strpbrk(text, "\x1b\xff"));
	render_end(&render);
}

static void nobody_is_a_heading(void **state)
{
	struct render render = {0};
	const char *text = render_script(&render, "csv", (const char *const[]){NULL});

	assert_ptr_equal(strstr(text, "\r\n") + 2, text + strlen(text));
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_exact),
		cmocka_unit_test(living_have_no_end),
		cmocka_unit_test(names_stay_in_their_fields),
		cmocka_unit_test(nobody_is_a_heading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
