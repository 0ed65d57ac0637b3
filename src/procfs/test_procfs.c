/* The parsers of kernel files: what the kernel writes, and what it never would. */
#include "procfs/io.h"
#include "procfs/stat.h"
#include "procfs/statm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NUMBERS                                                                                    \
	" S 1 7 5 34816 -1 4194304 1234 99 12 3 150 30 7 8 20 -5 3 0 123456 9000000 777 "          \
	"18446744073709551615 1000 2000 3000 4000 5000 1 2 3 4 1 0 0 17 1 9 2 11 12 13 10 20 30 "  \
	"40 50 60 70 256\n"

static void test_stat(void **state)
{
	struct snapshot_stat stat;

	assert_int_equal(procfs_stat_parse(STR("42 (cat)" NUMBERS), &stat), 0);
	assert_int_equal(stat.pid, 42);
	assert_true(str_is(stat.comm, "cat"));
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 1);
	assert_int_equal(stat.pgid, 7);
	assert_int_equal(stat.sid, 5);
	assert_int_equal(stat.minor_faults, 1234);
	assert_int_equal(stat.major_faults, 12);
	assert_int_equal(stat.user_ns, 1500000000);
	assert_int_equal(stat.sys_ns, 300000000);
	assert_int_equal(stat.threads, 3);
	assert_int_equal(stat.start_ns, UINT64_C(1234560000000));
	assert_int_equal(stat.rss_pages, 777);
	assert_int_equal(stat.tty, 34816);
	assert_int_equal(stat.tty_pgid, -1);
	assert_int_equal(stat.kernel_flags, 4194304);
	assert_int_equal(stat.child_user_ns, 70000000);
	assert_int_equal(stat.nice, -5);
	assert_int_equal(stat.vsz_bytes, 9000000);
	assert_true(stat.rss_limit_bytes == UINT64_MAX);
	assert_int_equal(stat.start_code, 1000);
	assert_int_equal(stat.eip, 5000);
	assert_int_equal(stat.signals_caught, 4);
	assert_int_equal(stat.waiting, 1);
	assert_int_equal(stat.exit_signal, 17);
	assert_int_equal(stat.last_cpu, 1);
	assert_int_equal(stat.rt_priority, 9);
	assert_int_equal(stat.policy, 2);
	assert_int_equal(stat.block_delay_ns, 110000000);
	assert_int_equal(stat.guest_ns, 120000000);
	assert_int_equal(stat.start_data, 10);
	assert_int_equal(stat.env_end, 70);
	assert_int_equal(stat.exit_code, 256);
}

static void test_stat_short(void **state)
{
	struct snapshot_stat stat;
	struct str text = STR("1 (x) S 1 7 5 0 -1 0 1 9 1 0 1 3 7 8 20 0 3 0 55 9 7\n");

	/* old kernels have fewer fields, newer ones may have more */
	assert_int_equal(procfs_stat_parse(text, &stat), PROCFS_STAT_SHORT);
	assert_int_equal(stat.rss_pages, 7);
	assert_int_equal(stat.exit_code, 0);
	assert_true(stat.rss_limit_bytes == UINT64_MAX);
	text.n -= 3; /* without its last field and line end */
	assert_int_equal(procfs_stat_parse(text, &stat), -EINVAL);
	text = STR("42 (cat)" NUMBERS);
	text.n--;
	assert_int_equal(procfs_stat_parse(text, &stat), 0);
	text = STR("42 (cat)" NUMBERS " ");
	assert_int_equal(procfs_stat_parse(text, &stat), 0);
}

static void test_stat_odd_names(void **state)
{
	static const struct str names[] = {
		{"",           0},
                {")",          1},
                {") R 9 9 9",  9},
                {"a\nb (c)",   7},
                {"((",         2},
                {"\x1b[m\xff", 4},
	};
	struct snapshot_stat stat;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char text[512];
		int n = snprintf(text, sizeof text, "42 (%.*s)%s", (int)names[i].n, names[i].p,
				 NUMBERS);

		assert_int_equal(procfs_stat_parse((struct str){text, (size_t)n}, &stat), 0);
		assert_true(str_eq(stat.comm, names[i]));
		assert_int_equal(stat.ppid, 1);
	}
}

static void test_stat_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"(",
		")",
		"42 (cat",
		"42 (cat)",
		"42 (cat) S",
		"42)cat( S",
		"(cat) S 1",
		"x (cat)" NUMBERS,
		"99999999999 (cat)" NUMBERS,
		"42 (cat) S x 7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 1 9 7\n",
		"42 (cat) S 1 7 5 34816 7 4194304 1 9 1 0 -1 3 7 8 20 0 3 0 1 9 7\n",
		("42 (cat) S 1 7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 18446744073709551615 9 "
		 "7\n"),
		"42 (cat) S 1 7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 1 9 "
		"99999999999999999999\n",
		"42 (cat) S 1  7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 1 9 7\n",
		"42 (cat) S 1 7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 1 9 7x\n",
		"42 (cat) SS 1 7 5 34816 7 4194304 1 9 1 0 1 3 7 8 20 0 3 0 1 9 7\n",
	};
	struct snapshot_stat stat;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (procfs_stat_parse(str_of(bad[i]), &stat) != -EINVAL)
			fail_msg("%s", bad[i]);
}

static void test_statm(void **state)
{
	uint64_t bytes;

	assert_int_equal(procfs_statm_parse_rss(STR("700 123 45 6 0 78 0\n"), 4096, &bytes), 0);
	assert_int_equal(bytes, 123 * 4096);
	assert_int_equal(procfs_statm_parse_rss(STR(""), 4096, &bytes), -EINVAL);
	assert_int_equal(procfs_statm_parse_rss(STR("700"), 4096, &bytes), -EINVAL);
	assert_int_equal(procfs_statm_parse_rss(STR("1 18446744073709551615 1"), 4096, &bytes),
			 -EINVAL);
}

static void test_io(void **state)
{
	struct usage usage = {0};

	assert_int_equal(procfs_io_parse(STR("rchar: 10\nwchar: 20\nsyscr: 1\nsyscw: 2\n"
					     "read_bytes: 4096\nwrite_bytes: 0\nnew: x\n"),
					 &usage),
			 0);
	assert_int_equal(usage.value[USAGE_READ_CHARS], 10);
	assert_int_equal(usage.value[USAGE_WRITE_CHARS], 20);
	assert_int_equal(usage.value[USAGE_READ_BYTES], 4096);
	assert_true(usage_knows(&usage, USAGE_WRITE_BYTES));
	assert_false(usage_knows(&usage, USAGE_CPU_USER_NS));
	usage = (struct usage){0};
	assert_int_equal(procfs_io_parse(STR("rchar: 10\nwchar: -1\n"), &usage), -EINVAL);
	assert_int_equal(usage.known, 0);
	assert_int_equal(procfs_io_parse(STR("rchar"), &usage), -EINVAL);
	assert_int_equal(procfs_io_parse(STR(""), &usage), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),           cmocka_unit_test(test_stat_short),
		cmocka_unit_test(test_stat_odd_names), cmocka_unit_test(test_stat_bad),
		cmocka_unit_test(test_statm),          cmocka_unit_test(test_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
