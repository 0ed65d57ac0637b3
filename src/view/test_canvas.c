/* The canvas: hostile text, wide characters, edges, graphs. What is on it is compared as text. */
#include "view/canvas.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct canvas canvas;
	struct buf text;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	canvas_init(&f->canvas, false);
	canvas_resize(&f->canvas, 10, 2);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	canvas_deinit(&f->canvas);
	buf_deinit(&f->text);
	free(f);
	return 0;
}

static void assert_canvas(struct fixture *f, const char *expected)
{
	buf_clear(&f->text);
	canvas_dump(&f->canvas, &f->text);
	assert_string_equal(buf_cstr(&f->text), expected);
}

static void text_is_cut_where_its_room_ends(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(canvas_put(&f->canvas, 0, 0, 4, STR("abc"), STYLE_PLAIN), 3);
	assert_int_equal(canvas_put(&f->canvas, 6, 0, 100, STR("defghi"), STYLE_PLAIN), 4);
	canvas_put_right(&f->canvas, 0, 1, 5, STR("12"), STYLE_PLAIN);
	canvas_put_right(&f->canvas, 6, 1, 3, STR("1234"), STYLE_PLAIN);
	assert_canvas(f, "abc   def…\n   12 12…\n");
}

static void what_is_beside_it_is_not_drawn(void **state)
{
	struct fixture *f = *state;
	const int places[][2] = {
		{0,       -1     },
                {0,       2      },
                {10,      0      },
                {-5,      1      },
                {INT_MAX, 0      },
                {0,       INT_MIN}
        };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		canvas_put(&f->canvas, places[i][0], places[i][1], 5, STR("abcde"), STYLE_PLAIN);
		canvas_blank(&f->canvas, places[i][0], places[i][1], 5, STYLE_BAD);
		canvas_restyle(&f->canvas, places[i][0], places[i][1], 5, STYLE_BAD);
	}
	assert_canvas(f, "\n\n");
	assert_int_equal(canvas_at(&f->canvas, 0, 1)->style, STYLE_PLAIN);
	/* on the left it is the begin that stays */
	canvas_put(&f->canvas, -2, 0, 5, STR("abcde"), STYLE_PLAIN);
	assert_canvas(f, "ab…\n\n");
}

static void hostile_bytes_become_visible(void **state)
{
	struct fixture *f = *state;

	canvas_resize(&f->canvas, 40, 1);
	canvas_put(&f->canvas, 0, 0, 40, STR("a\x1b[2J\n\xff\xe2\x80\xae"), STYLE_PLAIN);
	assert_canvas(f, "a\\x1b[2J\\n\\xff\\u202e\n");
}

static void wide_characters_are_never_halved(void **state)
{
	struct fixture *f = *state;

	canvas_put(&f->canvas, 0, 0, 10, STR("日本語"), STYLE_PLAIN);
	assert_int_equal(canvas_at(&f->canvas, 1, 0)->bytes, 0);
	canvas_put(&f->canvas, 1, 0, 1, STR("x"), STYLE_PLAIN); /* the right half */
	canvas_put(&f->canvas, 4, 0, 1, STR("y"), STYLE_PLAIN); /* the left half */
	canvas_put(&f->canvas, 0, 1, 4, STR("日本語"), STYLE_PLAIN);
	assert_canvas(f, " x本y\n日…\n");
}

static void marks_stand_over_their_character(void **state)
{
	struct fixture *f = *state;
	struct buf text = BUF_INIT;

	assert_int_equal(canvas_put(&f->canvas, 0, 0, 10, STR("e\u0301a"), STYLE_PLAIN), 2);
	assert_int_equal(canvas_at(&f->canvas, 0, 0)->bytes, 3);
	/* a heap of them: what has no room in the cell is dropped */
	buf_add_char(&text, 'z');
	for (int i = 0; i < 100; i++)
		buf_add_text(&text, "\u0301");
	canvas_put(&f->canvas, 0, 1, 10, buf_str(&text), STYLE_PLAIN);
	assert_int_equal(canvas_at(&f->canvas, 0, 1)->bytes, 19);
	assert_int_equal(canvas_put(&f->canvas, 0, 1, 10, STR("\u0301"), STYLE_PLAIN), 0);
	buf_deinit(&text);
}

static void ascii_has_nothing_else(void **state)
{
	struct fixture *f = *state;
	const float values[] = {0, 4, 8};

	f->canvas.ascii = true;
	canvas_put(&f->canvas, 0, 0, 7, STR("日éabcdef"), STYLE_PLAIN);
	canvas_graph(&f->canvas, 0, 1, 3, 1, values, 3, 8);
	assert_canvas(f, "???abc~\n_=@\n");
}

static void graphs_end_at_the_right(void **state)
{
	struct fixture *f = *state;
	const float values[] = {100, 0, 0.01f, 50, 100, 1000, NAN, -3};

	canvas_graph(&f->canvas, 0, 0, 10, 2, values, 8, 100);
	assert_canvas(f, "  █   ██\n  █▁▁███ ▁\n");
}

static void no_values_no_graph(void **state)
{
	struct fixture *f = *state;
	const float values[] = {1, 2, 3};

	canvas_graph(&f->canvas, 0, 0, 10, 2, values, 0, 100);
	canvas_graph(&f->canvas, 0, 0, 0, 2, values, 3, 100);
	canvas_graph(&f->canvas, 0, 0, -1, 2, values, 3, 100);
	assert_canvas(f, "\n\n");
	canvas_graph(&f->canvas, 0, 0, 2, 1, values, 3, 0); /* of nothing there is no share */
	assert_canvas(f, "▁▁\n\n");
}

static void an_empty_canvas_takes_nothing(void **state)
{
	struct fixture *f = *state;

	canvas_resize(&f->canvas, 0, 0);
	canvas_put(&f->canvas, 0, 0, 10, STR("a"), STYLE_PLAIN);
	canvas_blank(&f->canvas, 0, 0, 10, STYLE_PLAIN);
	assert_canvas(f, "");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(text_is_cut_where_its_room_ends),  CASE(what_is_beside_it_is_not_drawn),
		CASE(hostile_bytes_become_visible),     CASE(wide_characters_are_never_halved),
		CASE(marks_stand_over_their_character), CASE(ascii_has_nothing_else),
		CASE(graphs_end_at_the_right),          CASE(no_values_no_graph),
		CASE(an_empty_canvas_takes_nothing),
	};

	return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}
