/* Values as numbers, whatever they are made of. */
#include "check.h"

static void test_numbers(void **state)
{
	struct pscope_value value = {.kind = PSCOPE_UNKNOWN};
	int64_t number = -7;
	double real = -7;

	assert_int_equal(pscope_value_to_integer(&value, &number), -ENODATA);
	assert_int_equal(pscope_value_to_real(&value, &real), -ENODATA);
	value.kind = PSCOPE_TEXT;
	assert_int_equal(pscope_value_to_integer(&value, &number), -EINVAL);
	assert_int_equal(pscope_value_to_real(&value, &real), -EINVAL);
	value.kind = PSCOPE_UNSIGNED;
	value.as.u = UINT64_MAX;
	assert_int_equal(pscope_value_to_integer(&value, &number), -ERANGE);
	assert_int_equal(number, -7); /* untouched all the while */
	assert_true(real < -6.5);
	assert_int_equal(pscope_value_to_real(&value, &real), 0);
	assert_true(real > 1.8e19);
	value.as.u = 5;
	assert_int_equal(pscope_value_to_integer(&value, &number), 0);
	assert_int_equal(number, 5);
	value.kind = PSCOPE_SIGNED;
	value.as.i = INT64_MIN;
	assert_int_equal(pscope_value_to_integer(&value, &number), 0);
	assert_true(number == INT64_MIN);
	assert_int_equal(pscope_value_to_real(&value, &real), 0);
	assert_true(real < -9.2e18);
	value.kind = PSCOPE_REAL;
	value.as.real = 1e19;
	assert_int_equal(pscope_value_to_integer(&value, &number), -ERANGE);
	value.as.real = -2.9;
	assert_int_equal(pscope_value_to_integer(&value, &number), 0);
	assert_int_equal(number, -2);
	value.kind = PSCOPE_FLAG;
	value.as.flag = 1;
	assert_int_equal(pscope_value_to_real(&value, &real), 0);
	assert_true(real > 0.5);
	assert_int_equal(pscope_value_to_integer(NULL, &number), -EINVAL);
	assert_int_equal(pscope_value_to_real(&value, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
