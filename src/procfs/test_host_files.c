/* Files of the machine as kernels and containers write them: stat, meminfo, loadavg, pressure. */
#include "procfs/decimal.h"
#include "procfs/host_stat.h"
#include "procfs/loadavg.h"
#include "procfs/meminfo.h"
#include "procfs/pressure.h"
#include "procfs/tty_drivers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define TICK UINT64_C(10000000)

static void stat_of_two_cpus(void **state)
{
	struct host host = {0};
	int64_t boot_seconds;

	assert_int_equal(
		procfs_host_stat_parse(STR("cpu  602055 43024 497235 1147949 3639 1 1071 2515 7 8\n"
					   "cpu0 291544 23445 247520 583763 840 0 141 1304 0 0\n"
					   "cpu3 310511 19578 249714 564186 2799 0 930 1211 0 0\n"
					   "intr 36414871 0 11 0 0\n"
					   "ctxt 91234567\n"
					   "btime 1763735600\n"
					   "processes 240817\n"
					   "procs_running 3\n"
					   "softirq 1 2 3\n"),
				       &host, &boot_seconds),
		0);
	assert_int_equal(host.cpu.number, -1);
	assert_int_equal(host.cpu.time_ns[CPU_USER], 602055 * TICK);
	assert_int_equal(host.cpu.time_ns[CPU_GUEST_NICE], 8 * TICK);
	assert_int_equal(host.cpu_count, 2);
	assert_int_equal(host.cpus[1].number, 3); /* 1 and 2 are offline */
	assert_int_equal(host.cpus[1].time_ns[CPU_STEAL], 1211 * TICK);
	assert_int_equal(host.interrupts, 36414871);
	assert_int_equal(host.context_switches, 91234567);
	assert_int_equal(host.forks, 240817);
	assert_int_equal(boot_seconds, 1763735600);
	host_deinit(&host);
}

static void stat_without_most_lines(void **state)
{
	struct host host = {0};
	int64_t boot_seconds;

	assert_int_equal(
		procfs_host_stat_parse(STR("cpu 1 2 3 4\ncpu0 1 2 3 4"), &host, &boot_seconds), 0);
	assert_int_equal(host.cpu.time_ns[CPU_IDLE], 4 * TICK);
	assert_int_equal(host.cpu.time_ns[CPU_IOWAIT], 0);
	assert_true(host.forks == HOST_UNKNOWN && host.context_switches == HOST_UNKNOWN &&
		    host.interrupts == HOST_UNKNOWN);
	assert_int_equal(boot_seconds, 0);
	host_deinit(&host);
	assert_int_equal(procfs_host_stat_parse(STR(""), &host, &boot_seconds), 0);
	assert_int_equal(host.cpu_count, 0);
}

static void stat_that_is_none(void **state)
{
	static const char *const bad[] = {
		"cpu  1 2 x 4\n",
		"cpu  1 -2 3 4\n",
		"cpu  1 2 3 18446744073709551615\n",
		"cpux 1 2 3 4\n",
		"cpu99999999 1 2 3\n",
		"cpu  1 2 3 4\ncpu0 1 2 3 4\nctxt\n",
		"cpu  1 2 3 4\nprocesses many\n",
		"btime -5\n",
		"btime 99999999999999999999\n",
	};
	struct host host = {.forks = 7};
	int64_t boot_seconds = 9;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(procfs_host_stat_parse(str_of(bad[i]), &host, &boot_seconds), -22);
	assert_int_equal(host.forks, 7);
	assert_int_equal(boot_seconds, 9);
}

static void meminfo_lines(void **state)
{
	struct host host = {0};

	assert_int_equal(procfs_meminfo_parse(STR("MemTotal:        8108236 kB\n"
						  "MemFree:         1234 kB\n"
						  "Zswap:               0 kB\n"
						  "SwapTotal:             0 kB\n"
						  "Buffers:\t 5 kB\n"
						  "SecPageTables:      12 kB\n"
						  "HugePages_Total:       3\n"
						  "HugePages_Free:        1\n"
						  "Hugepagesize:       2048 kB\n"),
					      &host),
			 0);
	assert_int_equal(host.memory_bytes[MEMORY_TOTAL], 8108236 * UINT64_C(1024));
	assert_int_equal(host.memory_bytes[MEMORY_BUFFERS], 5 * 1024);
	assert_int_equal(host.memory_bytes[MEMORY_HUGE_TOTAL], 3 * 2048 * 1024);
	assert_int_equal(host.memory_bytes[MEMORY_HUGE_FREE], 2048 * 1024);
	assert_true(host.memory_known >> MEMORY_SWAP_TOTAL & 1);
	assert_false(host.memory_known >> MEMORY_AVAILABLE & 1);
	/* Without their size, huge pages are no bytes. */
	assert_int_equal(procfs_meminfo_parse(STR("HugePages_Total: 3\n"), &host), 0);
	assert_int_equal(host.memory_known, 0);
}

static void meminfo_that_is_none(void **state)
{
	static const char *const bad[] = {
		"MemTotal\n",
		"MemTotal:\n",
		"MemTotal: kB\n",
		"MemTotal: -5 kB\n",
		"MemTotal: 18446744073709551615 kB\n",
		"Hugepagesize: big\n",
	};
	struct host host = {.memory_known = 5};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(procfs_meminfo_parse(str_of(bad[i]), &host), -22);
	assert_int_equal(host.memory_known, 5);
}

static void load_and_uptime(void **state)
{
	static const char *const bad[] = {"",
					  "0.1 0.2\n",
					  "0.1 0.2 0.3\n",
					  "0.1 0.2 x 1/2 3",
					  "0.1 0.2 0.3 12 3",
					  "1. 2 3 1/2 3",
					  "-1 2 3 1/2 3",
					  "inf 0 0 1/2 3"};
	struct host host = {0};
	int64_t ns;

	assert_int_equal(procfs_loadavg_parse(STR("0.35 10.45 0.73 3/113 18493\n"), &host), 0);
	assert_true(host.load_known && host.load[0] == 0.35 && host.load[1] == 10.45);
	assert_int_equal(host.load_running, 3);
	assert_int_equal(host.load_entities, 113);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(procfs_loadavg_parse(str_of(bad[i]), &host), -22);
	assert_int_equal(procfs_uptime_parse(STR("11534.29 11479.49\n"), &ns), 0);
	assert_int_equal(ns, INT64_C(11534290000000));
	assert_int_equal(procfs_uptime_parse(STR("99999999999 1\n"), &ns), -22);
	assert_int_equal(procfs_uptime_parse(STR("\n"), &ns), -22);
}

static void decimals(void **state)
{
	uint64_t nano;

	assert_int_equal(procfs_decimal_parse(STR("0.000000001"), &nano), 0);
	assert_int_equal(nano, 1);
	assert_int_equal(procfs_decimal_parse(STR("0.0000000001"), &nano), -22);
	assert_int_equal(procfs_decimal_parse(STR("1.2.3"), &nano), -22);
	assert_int_equal(procfs_decimal_parse(STR("18446744073.9"), &nano), -22);
	assert_int_equal(procfs_decimal_parse(STR_NONE, &nano), -22);
}

static void pressure_of_kernels(void **state)
{
	struct host_pressure pressure;

	/* 5.10: cpu has no full line; irq from 6.1 on has nothing else. */
	assert_int_equal(
		procfs_pressure_parse(STR("some avg10=1.50 avg60=0.25 avg300=99.01 total=12345\n"),
				      &pressure),
		0);
	assert_true(pressure.some_known && !pressure.full_known);
	assert_true(pressure.some_percent[0] == 1.5 && pressure.some_percent[2] == 99.01);
	assert_int_equal(pressure.some_total_ns, 12345000);
	assert_int_equal(
		procfs_pressure_parse(STR("full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"),
				      &pressure),
		0);
	assert_true(!pressure.some_known && pressure.full_known);
	assert_int_equal(pressure.full_total_ns, 7000);
	assert_int_equal(procfs_pressure_parse(STR(""), &pressure), 0);
	assert_true(!pressure.some_known && !pressure.full_known);
	assert_int_equal(
		procfs_pressure_parse(STR("some avg10=0.00 avg60=0.00 total=7\n"), &pressure), -22);
	assert_int_equal(
		procfs_pressure_parse(STR("some avg10=x avg60=0 avg300=0 total=7\n"), &pressure),
		-22);
}

static void terminals(void **state)
{
	static const char drivers[] =
		"/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
		"/dev/console         /dev/console    5       1 system:console\n"
		"/dev/ptmx            /dev/ptmx       5       2 system\n"
		"/dev/vc/0            /dev/vc/0       4       0 system:vtmaster\n"
		"ttyprintk            /dev/ttyprintk  5       3 console\n"
		"rfcomm               /dev/rfcomm   216 0-255 serial\n"
		"serial               /dev/ttyS       4 64-95 serial\n"
		"one                  /dev/ttyX     250      9 serial\n"
		"pty_slave            /dev/pts      136 0-1048575 pty:slave\n"
		"pty_slave            /dev/tty        3 0-255 pty:slave\n"
		"unknown              /dev/tty        4 1-63 console\n"
		"garbage\n"
		"garbage /dev/x y z\n"
		"garbage /dev/x 7 z\n";
	static const struct {
		unsigned major, minor;
		const char *name, *alone; /* without the file */
	} cases[] = {
		{136, 0,     "pts/0",     "pts/0"    },
                {136, 70000, "pts/70000", "pts/70000"},
		{137, 1,     "pts/257",   "pts/257"  },
                {4,   0,     "tty0",      "tty0"     },
		{4,   1,     "tty1",      "tty1"     },
                {4,   65,    "ttyS1",     "ttyS1"    },
		{4,   200,   "ttyS136",   "ttyS136"  },
                {5,   0,     "tty",       "tty"      },
		{5,   1,     "console",   "console"  },
                {5,   3,     "ttyprintk", NULL       },
		{216, 12,    "rfcomm12",  NULL       },
                {250, 9,     "ttyX0",     NULL       },
		{3,   0x1a,  "ttyqa",     "ttyqa"    },
                {7,   0,     NULL,        NULL       },
		{166, 1,     "ttyACM1",   "ttyACM1"  },
	};
	struct buf name = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int alone = 0; alone < 2; alone++) {
			const char *expect = alone ? cases[i].alone : cases[i].name;
			struct str text = alone ? STR_NONE : STR(drivers);
			int r;

			buf_clear(&name);
			r = procfs_tty_name(text, cases[i].major, cases[i].minor, &name);
			assert_int_equal(r, expect ? 0 : -2);
			assert_string_equal(buf_cstr(&name), expect ? expect : "");
		}
	}
	buf_deinit(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_of_two_cpus),
		cmocka_unit_test(stat_without_most_lines),
		cmocka_unit_test(stat_that_is_none),
		cmocka_unit_test(meminfo_lines),
		cmocka_unit_test(meminfo_that_is_none),
		cmocka_unit_test(load_and_uptime),
		cmocka_unit_test(decimals),
		cmocka_unit_test(pressure_of_kernels),
		cmocka_unit_test(terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
