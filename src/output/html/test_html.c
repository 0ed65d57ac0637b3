/* The page: what is data stays data, whatever processes are called; what is folded is told. */
#include "output/html/html.h"
#include "output/test_render.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DATA_BEGIN "<script type=\"application/json\" id=\"data\">"
#define DATA_END   "</script>"

static const char *const hostile[] = {
	"@0 fork 9 -> 100",
	"+1ms exec 100 filename=/bin/sh cwd=\"/tmp/</script><script>alert(1)</script>\" -- sh "
	"\"</script><script>alert(2)</script>\" \"<img src=x onerror=alert(3)>\" "
	"\"'\\\"&lt;!--\" \"<!--\" \"\\xff\\xfe\" \"a\\xe2\\x80\\xa8z\" \"\\xe2\\x80\\xae\"",
	"+1ms fork 100 -> 101",
	"+1ms exec 101 filename=\"/tmp/</title></noscript><b>\" -- \"</noscript><b onclick=x>\"",
	"+5ms exit 101 status=9",
	"+1ms exit 100 status=256",
	NULL,
};

static unsigned times(const char *page, const char *what)
{
	unsigned n = 0;

	while ((page = strstr(page, what))) {
		page += strlen(what);
		n++;
	}
	return n;
}

/* The page's data as it stands there; the caller frees it. */
static json_t *read_data(const char *page)
{
	const char *begin = strstr(page, DATA_BEGIN), *end;
	json_error_t error;
	json_t *data;

	assert_non_null(begin);
	begin += strlen(DATA_BEGIN);
	end = strstr(begin, DATA_END);
	assert_non_null(end);
	assert_null(memchr(begin, '<', (size_t)(end - begin)));
	data = json_loadb(begin, (size_t)(end - begin), 0, &error);
	if (!data)
		fail_msg("%s", error.text);
	return data;
}

static const char *word(json_t *data, size_t command, size_t n)
{
	return json_string_value(
		json_array_get(json_array_get(json_object_get(data, "commands"), command), n));
}

static void names_stay_text(void **state)
{
	struct render render = {0};
	const char *page = render_script(&render, "html", hostile);
	json_t *data = read_data(page);

	assert_int_equal(times(page, "<script"), 2);
	assert_int_equal(times(page, "</script"), 2);
	assert_int_equal(times(page, "</noscript"), 1);
	assert_int_equal(times(page, "</title"), 1);
	assert_int_equal(times(page, "<img"), 0);
	assert_int_equal(times(page, "<b>") + times(page, "<b "), 0);
	assert_string_equal(word(data, 0, 1), "</script><script>alert(2)</script>");
	assert_string_equal(word(data, 0, 2), "<img src=x onerror=alert(3)>");
	assert_string_equal(word(data, 0, 3), "'\"&lt;!--");
	assert_string_equal(word(data, 0, 5), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(word(data, 0, 6), "a\xe2\x80\xa8z");
	assert_null(strstr(page, "\xe2\x80\xa8")); /* escaped, in the text as well */
	assert_null(strstr(page, "\xe2\x80\xae"));
	json_decref(data);
	render_end(&render);
}

/* Nothing but the one script and the one style may run, and nothing may be asked for. */
static void policy_is_strict(void **state)
{
	struct render render = {0};
	const char *page = render_script(&render, "html", hostile);

	assert_int_equal(times(page, "default-src 'none'; style-src 'sha256-"), 1);
	assert_int_equal(times(page, "script-src 'sha256-"), 1);
	assert_int_equal(times(page, "unsafe"), 0);
	assert_int_equal(times(page, "http:") + times(page, "https:"), 0);
	assert_int_equal(times(page, "innerHTML") + times(page, "eval("), 0);
	render_end(&render);
}

static void nobody_is_a_page_too(void **state)
{
	struct render render = {0};
	json_t *data = read_data(render_script(&render, "html", (const char *const[]){NULL}));

	assert_int_equal(json_array_size(json_object_get(json_object_get(data, "lives"), "pid")),
			 0);
	json_decref(data);
	render_end(&render);
}

/* A root with a long child, a short one that has a failed child, and `more` short ones. */
static void play_family(struct render *render, struct history *history, int more)
{
	char *lines[1024];
	int n = 0;

	assert_true(2 * more + 10 < 1024);
	lines[n++] = strdup("@0 fork 9 -> 100");
	lines[n++] = strdup("+1ms fork 100 -> 101");
	lines[n++] = strdup("+1ms fork 100 -> 102");
	lines[n++] = strdup("+0 fork 102 -> 103");
	lines[n++] = strdup("+1us exit 103 status=256");
	lines[n++] = strdup("+1us exit 102 status=0");
	for (int i = 0; i < more; i++) {
		assert_true(asprintf(&lines[n++], "+1us fork 100 -> %d", 200 + i) > 0);
		assert_true(asprintf(&lines[n++], "+%dus exit %d status=0", i + 1, 200 + i) > 0);
	}
	lines[n++] = strdup("+50ms exit 101 status=0");
	lines[n++] = strdup("+1ms exit 100 status=0");
	lines[n] = NULL;
	render_prepare(render);
	for (int i = 0; lines[i]; i++) {
		struct record_text text = {.start_ns = RENDER_START_NS,
					   .last_ns = render->run.end_ns ? render->run.end_ns
									 : RENDER_START_NS};
		struct record record;
		struct change change;

		assert_int_equal(
			record_text_parse(&text, str_of(lines[i]), &record, &render->error), 1);
		table_apply(&render->table, &record, &change);
		history_record(history, &record, &change);
		render->run.end_ns = text.last_ns;
		record_text_deinit(&text);
		free(lines[i]);
	}
	history_finish(history, &render->table, &render->run);
}

static void end_family(struct render *render, struct history *history)
{
	history_deinit(history);
	table_deinit(&render->table);
	close(render->options.out_fd);
}

static void smallest_are_folded(void **state)
{
	struct render render = {0};
	struct history history = HISTORY_INIT;
	struct html_lives lives;

	play_family(&render, &history, 300);
	html_lives_find(&lives, &history, &render.options, 10);
	assert_int_equal(lives.count, 10);
	assert_int_equal(lives.folded, 294);
	assert_int_equal(lives.folds[0].count, 294); /* all of them children of the root */
	assert_int_equal(history.lives[lives.order[0]].pid, 100);
	assert_int_equal(history.lives[lives.order[1]].pid, 101);
	assert_int_equal(history.lives[lives.order[2]].pid, 102); /* short, but of the failed one */
	assert_int_equal(history.lives[lives.order[3]].pid, 103);
	assert_int_equal(history.lives[lives.order[9]].pid, 499); /* the longest of the rest */
	for (uint32_t i = 0; i < lives.count; i++) {
		uint32_t parent = history.lives[lives.order[i]].parent;

		assert_true(parent == HISTORY_NONE || lives.place[parent] < i);
	}
	html_lives_deinit(&lives);
	end_family(&render, &history);
}

static void options_fold_too(void **state)
{
	struct render render = {0};
	struct history history = HISTORY_INIT;
	struct html_lives lives;

	play_family(&render, &history, 3);
	html_lives_find(&lives, &history, &(struct output_options){.max_depth = 2}, 100);
	assert_int_equal(lives.count, 6);
	assert_int_equal(lives.folded, 1);
	assert_int_equal(lives.folds[2].failures, 1);
	html_lives_deinit(&lives);
	html_lives_find(&lives, &history, &(struct output_options){.min_duration_ns = 1000000},
			100);
	assert_int_equal(lives.count, 2);
	assert_int_equal(lives.folds[0].count, 5);
	html_lives_deinit(&lives);
	html_lives_find(&lives, &history, &(struct output_options){0}, 0);
	assert_int_equal(lives.count, 0);
	assert_int_equal(lives.folds[0].count, 7); /* whole trees */
	html_lives_deinit(&lives);
	end_family(&render, &history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_text),      cmocka_unit_test(policy_is_strict),
		cmocka_unit_test(nobody_is_a_page_too), cmocka_unit_test(smallest_are_folded),
		cmocka_unit_test(options_fold_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
