/* The view: every key, orders, who is selected, search, filter, sizes, and many rows. */
#include "view/test_stage.h"
#include "view/view_internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

/* Pids 101 to 104: CPU 40 10 30 20, memory 1M 4M 2M 3M, all children of 100; 105 has ended. */
static const char *const cast[] = {
	"@0 fork 1 -> 100",
	"@0 exec 100 -- master",
	"@1ms fork 100 -> 101",
	"@1ms exec 101 -- alpha --one",
	"@2ms fork 100 -> 102",
	"@2ms exec 102 -- beta --two",
	"@3ms fork 101 -> 103",
	"@3ms exec 103 -- alpha --three",
	"@4ms fork 102 -> 104",
	"@4ms exec 104 -- gamma",
	"@5ms fork 104 -> 105",
	"@5ms exec 105 -- brief",
	"@6ms exit 105 status=256",
	"@6ms settled 105 exact=1 cpu_user_ns=900000 cpu_sys_ns=0",
	NULL,
};

static void sample(struct stage *stage, int ms)
{
	static const struct {
		int pid, percent, megabytes, disk;
	} use[] = {
		{100, 0,  5, 0},
                {101, 40, 1, 5},
                {102, 10, 4, 9},
                {103, 30, 2, 0},
                {104, 20, 3, 0},
	};
	char line[256];

	for (size_t i = 0; i < sizeof use / sizeof *use; i++) {
		snprintf(line, sizeof line,
			 "@%dms sample %d cpu_user_ns=%d0000 cpu_sys_ns=0 rss_bytes=%d000000 "
			 "read_bytes=%d000 write_bytes=0 read_chars=0 write_chars=0",
			 ms, use[i].pid, use[i].percent * ms, use[i].megabytes, use[i].disk * ms);
		assert_int_equal(stage_line(stage, line), 0);
	}
	stage_round(stage);
}

static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);

	stage_begin(stage);
	for (size_t i = 0; cast[i]; i++)
		assert_int_equal(stage_line(stage, cast[i]), 0);
	sample(stage, 1000);
	sample(stage, 2000);
	*state = stage;
	return 0;
}

static int teardown(void **state)
{
	stage_end(*state);
	free(*state);
	return 0;
}

/* The pids of what is shown, in order. */
static void assert_shown(struct stage *stage, const char *expected)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < stage->view->shown_count; i++)
		buf_printf(&text, "%s%d", i ? " " : "", stage->view->shown[i]->of.pid);
	assert_string_equal(buf_cstr(&text), expected);
	buf_deinit(&text);
}

static int selected(const struct stage *stage)
{
	return stage->view->shown[stage->view->selected]->of.pid;
}

static void assert_drawn(struct stage *stage, const char *text)
{
	if (!strstr(stage_draw(stage), text))
		fail_msg("no '%s' in\n%s", text, buf_cstr(&stage->drawn));
}

static void assert_not_drawn(struct stage *stage, const char *text)
{
	if (strstr(stage_draw(stage), text))
		fail_msg("'%s' in\n%s", text, buf_cstr(&stage->drawn));
}

static void keys_order_the_rows(void **state)
{
	struct stage *stage = *state;
	static const struct {
		const char *key, *shown;
	} orders[] = {
		{"P", "101 103 104 102 100 105"},
                {"M", "100 102 104 103 101 105"},
		{"T", "101 103 104 102 105 100"},
                {"N", "100 101 102 103 104 105"},
		{"r", "105 104 103 102 101 100"},
                {"I", "102 101 103 104 100 105"},
	};

	assert_shown(stage, orders[0].shown);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		stage_press(stage, orders[i].key);
		assert_shown(stage, orders[i].shown);
	}
}

static void the_order_moves_over_every_column(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "N");
	for (unsigned i = 0; i + 1 < view_column_count; i++) { /* open files are not counted */
		assert_int_equal(stage->view->shown_count, 6);
		stage_press(stage, i % 2 ? ">" : "Right");
	}
	assert_string_equal(stage->view->order->name, "pid");
	stage_press(stage, "<");
	assert_string_equal(stage->view->order->name, "command");
	assert_shown(stage, "101 103 102 105 104 100");
}

static void the_tree_keeps_families_together(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "t");
	assert_shown(stage, "100 101 103 102 104 105");
	assert_drawn(stage, "└─ beta --two");
	assert_drawn(stage, "   └─ gamma");
	/* without its parent a child hangs on whoever of its ancestors is there */
	assert_int_equal(view_filter(stage->view, STR("pid != 102"), &stage->error), 0);
	assert_shown(stage, "100 101 103 104 105");
	assert_drawn(stage, "├─ alpha --one");
	assert_drawn(stage, "└─ gamma");
}

static void circles_of_parents_lose_nobody(void **state)
{
	struct stage *stage = *state;
	struct view_row *row;

	for (row = stage->view->rows; row; row = row->hh.next)
		if (row->of.pid == 101)
			row->parent_id = view_row_of(stage->view, 4)->of.id;
	stage_press(stage, "t");
	assert_int_equal(stage->view->shown_count, 6);
	stage_draw(stage);
}

static void who_is_selected_stays_it(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(selected(stage), 101);
	stage_press(stage, "Down");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "N");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "End");
	assert_int_equal(selected(stage), 105);
	stage_press(stage, "d"); /* it is not there any more: its place is */
	assert_int_equal(selected(stage), 104);
	stage_press(stage, "Up");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "Home");
	assert_int_equal(selected(stage), 100);
	stage_press(stage, "P"); /* nobody in particular */
	assert_int_equal(selected(stage), 101);
	stage_press(stage, "PgDn");
	stage_press(stage, "PgUp");
	assert_int_equal(selected(stage), 101);
}

static void the_ended_are_kept_or_hidden(void **state)
{
	struct stage *stage = *state;

	assert_drawn(stage, "brief");
	stage_press(stage, "d");
	assert_not_drawn(stage, "brief");
	stage_press(stage, "d");
	assert_drawn(stage, "brief");
}

static void kernel_threads_can_be_hidden(void **state)
{
	struct stage *stage = *state;

	stage_line(stage, "@2500ms seen 2 comm=kthreadd");
	stage_line(stage, "@2500ms fork 2 -> 8 comm=kworker/0");
	stage_line(stage, "@2500ms fork 2 -> 9");
	stage_line(stage, "@2500ms exec 9 -- helper");
	sample(stage, 3000);
	stage_press(stage, "N");
	assert_shown(stage, "2 8 9 100 101 102 103 104 105");
	stage_press(stage, "K");
	assert_shown(stage, "9 100 101 102 103 104 105");
}

static void a_search_goes_as_it_is_typed(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "/");
	stage_press(stage, "AlPh");
	assert_int_equal(selected(stage), 101);
	assert_drawn(stage, "Search: AlPh_");
	stage_press(stage, "a --t");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "zz");
	assert_drawn(stage, "no 'AlPha --tzz' here");
	stage_press(stage, "Ctrl-U");
	stage_press(stage, "alphax");
	stage_press(stage, "Backspace");
	stage_press(stage, "Enter");
	assert_int_equal(selected(stage), 101);
	stage_press(stage, "n");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "N"); /* back, right behind n */
	assert_int_equal(selected(stage), 101);
	stage_press(stage, "N");
	assert_int_equal(selected(stage), 103);
	stage_press(stage, "Up");
	stage_press(stage, "N"); /* anywhere else the order by number */
	assert_shown(stage, "100 101 102 103 104 105");
}

static void a_search_that_is_left_goes_back(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "n");
	assert_drawn(stage, "nothing is searched for");
	stage_press(stage, "Down");
	stage_press(stage, "/");
	stage_press(stage, "gamma");
	assert_int_equal(selected(stage), 104);
	stage_press(stage, "Esc");
	assert_int_equal(selected(stage), 103);
}

static void a_filter_chooses(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "\\");
	stage_press(stage, "rss > 2500K");
	stage_press(stage, "Enter");
	assert_shown(stage, "104 102 100");
	assert_drawn(stage, "filter rss > 2500K");
	sample(stage, 3000);
	assert_shown(stage, "104 102 100");
	stage_press(stage, "\\");
	stage_press(stage, "Ctrl-U");
	stage_press(stage, "cpu_percent >= 30 or exit_code = 1");
	stage_press(stage, "Enter");
	assert_shown(stage, "101 103 105");
	stage_press(stage, "\\");
	stage_press(stage, "Ctrl-U");
	stage_press(stage, "pid = 4711");
	stage_press(stage, "Enter");
	assert_drawn(stage, "the filter chooses nobody");
	stage_press(stage, "Enter"); /* nobody to open */
	stage_press(stage, "\\");
	stage_press(stage, "Ctrl-U");
	stage_press(stage, "Enter");
	assert_int_equal(stage->view->shown_count, 6);
}

static void a_wrong_filter_stays_to_be_corrected(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "\\");
	stage_press(stage, "rsss > 1");
	stage_press(stage, "Enter");
	assert_drawn(stage, "Filter: rsss > 1_");
	assert_drawn(stage, "rss");
	assert_int_equal(stage->view->shown_count, 6);
	stage_press(stage, "Esc");
	assert_not_drawn(stage, "Filter:");
	assert_int_equal(view_filter(stage->view, STR("("), &stage->error), -EINVAL);
}

static void a_message_gives_way(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "M");
	sample(stage, 3000);
	assert_drawn(stage, "sorted by MEM");
	sample(stage, 6000);
	assert_not_drawn(stage, "sorted by MEM");
	assert_drawn(stage, "? help");
}

static void tags_mark(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "Space");
	stage_press(stage, "Space");
	assert_drawn(stage, "*    101");
	assert_drawn(stage, "*    103");
	assert_int_equal(selected(stage), 104);
	stage_press(stage, "U");
	assert_not_drawn(stage, "*");
}

static void a_paused_view_stands_still(void **state)
{
	struct stage *stage = *state;
	char *before;

	stage_press(stage, "p");
	before = strdup(stage_draw(stage));
	stage_line(stage, "@2500ms exit 101 status=9");
	sample(stage, 3000);
	assert_string_equal(stage_draw(stage), before);
	free(before);
	stage_press(stage, "p");
	sample(stage, 4000);
	assert_drawn(stage, "KILL");
}

static void the_interval_goes_in_steps(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "-");
	assert_int_equal(view_interval_ns(stage->view), 500000000);
	for (int i = 0; i < 20; i++)
		stage_press(stage, "-");
	assert_int_equal(view_interval_ns(stage->view), 100000000);
	for (int i = 0; i < 20; i++)
		stage_press(stage, "+");
	assert_true(view_interval_ns(stage->view) == INT64_C(60000000000));
	assert_drawn(stage, "a round every 60s");
}

static void pages_open_scroll_and_close(void **state)
{
	struct stage *stage = *state;

	stage_press(stage, "Enter");
	assert_drawn(stage, "101 alpha --one");
	assert_drawn(stage, "least");
	canvas_resize(&stage->canvas, 80, 6);
	stage_draw(stage);
	stage_press(stage, "Down");
	assert_not_drawn(stage, "101 alpha --one");
	stage_press(stage, "PgUp");
	assert_drawn(stage, "101 alpha --one");
	stage_press(stage, "End");
	assert_not_drawn(stage, "101 alpha --one");
	canvas_resize(&stage->canvas, 80, 60); /* all of it is in sight again */
	assert_drawn(stage, "101 alpha --one");
	assert_int_equal(stage_press(stage, "q"), VIEW_GOES_ON);
	assert_drawn(stage, "COMMAND");
	stage_press(stage, "F1");
	assert_drawn(stage, "Keys of the list");
	stage_press(stage, "Esc");
	assert_drawn(stage, "Tracked");
}

static void it_ends_where_one_says_so(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage_press(stage, "q"), VIEW_ENDS);
	assert_int_equal(stage_press(stage, "Ctrl-C"), VIEW_ENDS);
	stage_press(stage, "/");
	assert_int_equal(stage_press(stage, "q"), VIEW_GOES_ON);
	assert_int_equal(stage_press(stage, "Ctrl-C"), VIEW_ENDS);
	assert_int_equal(view_key(stage->view, INPUT_NONE), VIEW_GOES_ON);
	assert_int_equal(view_key(stage->view, 0x1f600), VIEW_GOES_ON);
}

/* No size and no order of keys is too much. */
static void every_key_at_every_size(void **state)
{
	struct stage *stage = *state;
	static const unsigned sizes[][2] = {
		{0,   0  },
                {1,   1  },
                {3,   200},
                {200, 3  },
                {7,   4  },
                {80,  24 },
                {20,  5  },
                {200, 50 }
        };
	static const int special[] = {INPUT_UP,        INPUT_DOWN,      INPUT_LEFT,  INPUT_RIGHT,
				      INPUT_PAGE_UP,   INPUT_PAGE_DOWN, INPUT_HOME,  INPUT_END,
				      INPUT_F1,        INPUT_RESIZE,    INPUT_ENTER, INPUT_ESCAPE,
				      INPUT_BACKSPACE, INPUT_CTRL_U,    0x65e5,      0x1f600};
	unsigned random = 1;

	for (int step = 0; step < 4000; step++) {
		const unsigned *size = sizes[step % (sizeof sizes / sizeof *sizes)];

		random = random * 1103515245 + 12345;
		if (random >> 30)
			view_key(stage->view, ' ' + (int)(random >> 16) % 95);
		else
			view_key(stage->view, special[(random >> 16) % 16]);
		if (step % 97 == 0)
			sample(stage, 3000 + step);
		canvas_resize(&stage->canvas, size[0], size[1]);
		view_draw(stage->view, &stage->canvas);
	}
}

static void nobody_is_fine(void **state)
{
	struct stage stage = {0};

	stage_begin(&stage);
	assert_drawn(&stage, "nobody here");
	stage_round(&stage);
	stage_press(&stage, "Down");
	stage_press(&stage, "End");
	stage_press(&stage, "Space");
	stage_press(&stage, "Enter");
	stage_press(&stage, "/");
	stage_press(&stage, "x");
	stage_press(&stage, "Enter");
	stage_press(&stage, "n");
	assert_drawn(&stage, "no 'x' here");
	stage_end(&stage);
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Drawing is about what is in sight, however many there are. */
static void thousands_cost_no_more_to_draw(void **state)
{
	struct stage stage = {0};
	char line[96];
	double began, few = 0;

	stage_begin(&stage);
	for (int i = 0; i < 10000; i++) {
		snprintf(line, sizeof line, "@1ms fork 1 -> %d", 1000 + i);
		stage_line(&stage, line);
		if (i != 50)
			continue;
		stage_round(&stage);
		began = milliseconds();
		for (int k = 0; k < 50; k++)
			stage_draw(&stage);
		few = milliseconds() - began;
	}
	stage_round(&stage);
	assert_int_equal(stage.view->shown_count, 10000);
	stage_press(&stage, "End");
	assert_drawn(&stage, "10000/10000");
	assert_drawn(&stage, " 10999 "); /* who is selected is in sight */
	for (int i = 0; i < 100; i++)
		stage_press(&stage, "Up");
	assert_drawn(&stage, " 10899 ");
	began = milliseconds();
	for (int k = 0; k < 50; k++)
		stage_draw(&stage);
	assert_true(milliseconds() - began < 5 * few + 50);
	stage_end(&stage);
}

static void names_of_columns_are_checked(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(view_sort_by(stage->view, STR("mem"), &stage->error), 0);
	assert_shown(stage, "100 102 104 103 101 105");
	assert_int_equal(view_sort_by(stage->view, STR("memory\n"), &stage->error), -EINVAL);
	for (unsigned i = 0; i < view_column_count; i++)
		if (!strstr(view_sort_by(stage->view, STR("?"), &stage->error) ? stage->error.text
									       : "",
			    view_columns[i].name))
			fail_msg("%s is not offered", view_columns[i].name);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(keys_order_the_rows),
		CASE(the_order_moves_over_every_column),
		CASE(the_tree_keeps_families_together),
		CASE(circles_of_parents_lose_nobody),
		CASE(who_is_selected_stays_it),
		CASE(the_ended_are_kept_or_hidden),
		CASE(kernel_threads_can_be_hidden),
		CASE(a_search_goes_as_it_is_typed),
		CASE(a_search_that_is_left_goes_back),
		CASE(a_filter_chooses),
		CASE(a_wrong_filter_stays_to_be_corrected),
		CASE(a_message_gives_way),
		CASE(tags_mark),
		CASE(a_paused_view_stands_still),
		CASE(the_interval_goes_in_steps),
		CASE(pages_open_scroll_and_close),
		CASE(it_ends_where_one_says_so),
		CASE(every_key_at_every_size),
		CASE(nobody_is_fine),
		CASE(thousands_cost_no_more_to_draw),
		CASE(names_of_columns_are_checked),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
