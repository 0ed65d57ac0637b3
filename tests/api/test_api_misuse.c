/*
 * What programs do by mistake: NULL for an object, a stream used after a fork, a command that cannot
 * be run. None of it may crash, hang, or leave something behind.
 */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static void test_no_object(void **state)
{
	struct pscope_value value = {.kind = PSCOPE_TEXT};
	char text[8];

	assert_string_equal(pscope_field_name(NULL), "");
	assert_string_equal(pscope_field_aliases(NULL), "");
	assert_string_equal(pscope_field_heading(NULL), "");
	assert_string_equal(pscope_field_help(NULL), "");
	assert_int_equal(pscope_field_type(NULL), -1);
	assert_int_equal(pscope_field_flags(NULL), 0);
	assert_int_equal(pscope_event_kind(NULL), 0);
	assert_int_equal(pscope_event_time_ns(NULL), 0);
	assert_int_equal(pscope_event_pid(NULL), 0);
	assert_int_equal(pscope_event_flags(NULL), 0);
	/* a value that points nowhere */
	value.as.text.size = 3;
	assert_int_equal(pscope_value_print(&value, text, sizeof text), 1);
	assert_string_equal(text, "-");
	value.kind = PSCOPE_LIST;
	assert_int_equal(pscope_value_print(&value, text, sizeof text), 1);
	assert_string_equal(text, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
