/* The index of numbers, held against an array. Key decision: numbers that collide are many here. */
#include "model/number_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NUMBERS 4096

static struct proc *mark(unsigned n)
{
	return (struct proc *)(uintptr_t)(n + 1);
}

static void test_like_an_array(void **state)
{
	static struct proc *wanted[NUMBERS];
	struct number_index index = {0};
	unsigned random = 1, count = 0;

	(void)state;
	number_index_remove(&index, 7);
	for (unsigned step = 0; step < 200000; step++) {
		unsigned n, spread;

		random = random * 1103515245 + 12345;
		n = (random >> 8) % NUMBERS;
		/* half of them in a row, half of them far apart */
		spread = n % 2 ? n : n << 19;
		assert_ptr_equal(number_index_get(&index, (int32_t)spread), wanted[n]);
		count -= wanted[n] != NULL;
		/* the share of those that are there swings, so that the index fills and empties */
		if ((random >> 24) % 100 < (step / 20000 % 2 ? 20 : 80)) {
			wanted[n] = mark(step);
			number_index_set(&index, (int32_t)spread, wanted[n]);
			count++;
		} else {
			wanted[n] = NULL;
			number_index_remove(&index, (int32_t)spread);
		}
		assert_int_equal(index.count, count);
	}
	for (unsigned n = 0; n < NUMBERS; n++)
		assert_ptr_equal(number_index_get(&index, (int32_t)(n % 2 ? n : n << 19)),
				 wanted[n]);
	number_index_deinit(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_like_an_array)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
