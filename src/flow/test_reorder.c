/* The reorder buffer: order of time, then of arrival; nothing before its time. */
#include "flow/reorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_order(void **state)
{
	struct reorder reorder = {0};
	uint32_t random = 1;
	int64_t last_ns = -1;
	int32_t last_pid = 0;

	for (int i = 1; i <= 5000; i++) {
		struct record record;

		random = random * 1664525 + 1013904223;
		record = record_make(RECORD_EXIT, random >> 22, ident_provisional(i), i);
		reorder_push(&reorder, &record);
	}
	assert_null(reorder_pop(&reorder, -1));
	for (int i = 0; i < 5000; i++) {
		const struct record *record = reorder_pop(&reorder, INT64_MAX);

		assert_non_null(record);
		assert_true(record->time_ns > last_ns ||
			    (record->time_ns == last_ns && record->pid > last_pid));
		last_ns = record->time_ns;
		last_pid = record->pid;
	}
	assert_null(reorder_pop(&reorder, INT64_MAX));
	reorder_deinit(&reorder);
}

static void test_until(void **state)
{
	struct reorder reorder = {0};
	struct record record = record_make(RECORD_EXIT, 10, ident_provisional(1), 1);
	const struct record *popped;

	reorder_push(&reorder, &record);
	assert_null(reorder_pop(&reorder, 9));
	popped = reorder_pop(&reorder, 10);
	assert_non_null(popped);
	assert_int_equal(popped->pid, 1);
	reorder_push(&reorder, &record);
	reorder_deinit(&reorder);
}

/* Memory goes round: what is held is nobody else's, however long its strings are. */
static void test_held_apart(void **state)
{
	static char text[5000];
	struct reorder reorder = {0};
	const struct record *popped;

	memset(text, 'x', sizeof text);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++) {
			struct record record = record_make(RECORD_MARK, i, ident_provisional(1), i);

			text[0] = (char)i;
			record.mark = (struct str){text, (size_t)i * 25 + 1};
			reorder_push(&reorder, &record);
		}
		text[0] = 'x';
		for (int i = 0; i < 200; i++) {
			popped = reorder_pop(&reorder, 200);
			assert_non_null(popped);
			assert_int_equal(popped->pid, i);
			assert_int_equal(popped->mark.n, i * 25 + 1);
			assert_int_equal(popped->mark.p[0], (char)i);
			assert_memory_equal(popped->mark.p + 1, text + 1, popped->mark.n - 1);
		}
	}
	reorder_deinit(&reorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_held_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
