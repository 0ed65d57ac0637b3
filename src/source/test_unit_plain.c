/*
 * Units of a pscope that was built without libsystemd, however this one was built: the fallback is
 * compiled into this program, and so takes the place of what the core has.
 */
#include "source/unit.h"
#include "source/unit_bus-fallback.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_it_says_so(void **state)
{
	static const uint32_t managers[] = {UNIT_OF_MACHINE, 0, 1000};

	for (size_t i = 0; i < sizeof managers / sizeof *managers; i++) {
		struct unit unit;
		struct error err;

		assert_int_equal(unit_find("ssh", managers[i], &unit, &err), -ENOSYS);
		assert_string_equal(err.text,
				    "systemd cannot be asked: this pscope was built without "
				    "systemd; build it with libsystemd-dev installed; give "
				    "--cgroup PATH");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
