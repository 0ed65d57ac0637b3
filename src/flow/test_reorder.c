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
		struct record *record = reorder_pop(&reorder, INT64_MAX);

		assert_non_null(record);
		assert_true(record->time_ns > last_ns ||
			    (record->time_ns == last_ns && record->pid > last_pid));
		last_ns = record->time_ns;
		last_pid = record->pid;
		free(record);
	}
	assert_null(reorder_pop(&reorder, INT64_MAX));
	reorder_deinit(&reorder);
}

static void test_until(void **state)
{
	struct reorder reorder = {0};
	struct record record = record_make(RECORD_EXIT, 10, ident_provisional(1), 1);
	struct record *popped;

	reorder_push(&reorder, &record);
	assert_null(reorder_pop(&reorder, 9));
	popped = reorder_pop(&reorder, 10);
	assert_non_null(popped);
	free(popped);
	reorder_push(&reorder, &record);
	reorder_deinit(&reorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_until),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
