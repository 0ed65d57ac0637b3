/* Limits of cgroups: their files, and trees of both versions in which some are missing. */
#include "source/cgroup_limits.h"

#include "procfs/cgroup_cpu.h"
#include "source/test_cgroup.h"

#include <errno.h>

static void test_cpu_max(void **state)
{
	uint64_t got = 7;

	(void)state;
	assert_int_equal(procfs_cpu_max_parse(STR("150000 100000\n"), &got), 0);
	assert_int_equal(got, 1500);
	assert_int_equal(procfs_cpu_max_parse(STR("max 100000\n"), &got), 0);
	assert_true(got == UINT64_MAX);
	got = 7;
	assert_int_equal(procfs_cpu_max_parse(STR(""), &got), -EINVAL);
	assert_int_equal(procfs_cpu_max_parse(STR("max"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_max_parse(STR("1000 0\n"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_max_parse(STR("-1 100000\n"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_max_parse(STR("18446744073709551615 1\n"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_max_parse(STR("1 1 1\n"), &got), -EINVAL);
	assert_int_equal(got, 7);
}

static void test_cfs_quota(void **state)
{
	uint64_t got = 7;

	(void)state;
	assert_int_equal(procfs_cfs_quota_parse(STR("50000\n"), STR("100000\n"), &got), 0);
	assert_int_equal(got, 500);
	assert_int_equal(procfs_cfs_quota_parse(STR("-1\n"), STR("100000\n"), &got), 0);
	assert_true(got == UINT64_MAX);
	assert_int_equal(procfs_cfs_quota_parse(STR("-2\n"), STR("100000\n"), &got), -EINVAL);
	assert_int_equal(procfs_cfs_quota_parse(STR("5\n"), STR("0\n"), &got), -EINVAL);
}

static void test_cpu_list(void **state)
{
	uint64_t got = 7;

	(void)state;
	assert_int_equal(procfs_cpu_list_count(STR("0-3,7,9-10\n"), &got), 0);
	assert_int_equal(got, 7);
	assert_int_equal(procfs_cpu_list_count(STR("\n"), &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(procfs_cpu_list_count(STR("3-1"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_list_count(STR("1-"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_list_count(STR("0-99999999999"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_list_count(STR("0x1"), &got), -EINVAL);
	assert_int_equal(procfs_cpu_list_count(STR(",1"), &got), -EINVAL);
}

static const struct cgroup_limits *limits_of(struct machine *m, uint32_t hierarchy,
					     const char *path, struct cgroup_limits *ret)
{
	const struct cgroup_ref ref = {.hierarchy = hierarchy, .path = path};

	cgroup_limits_read(&m->root, &ref, ret);
	return ret;
}

/* The value, or `other` where it is not known. */
static uint64_t value_or(const struct cgroup_limits *limits, enum cgroup_limit limit,
			 uint64_t other)
{
	return limits->known & 1u << limit ? limits->value[limit] : other;
}

static void test_v2(void **state)
{
	struct cgroup_limits limits;
	struct machine *m = *state;

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	machine_put(m, "sys/fs/cgroup/a.slice/cpu.max", "150000 100000\n");
	machine_put(m, "sys/fs/cgroup/a.slice/memory.max", "max\n");
	machine_put(m, "sys/fs/cgroup/a.slice/cpu.stat", "nr_throttled 99\nthrottled_usec 99\n");
	machine_put(m, "sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n");
	machine_put(m, "sys/fs/cgroup/a.slice/b.service/memory.max", "1048576\n");
	machine_put(m, "sys/fs/cgroup/a.slice/b.service/pids.peak", "12\n");
	machine_put(m, "sys/fs/cgroup/a.slice/b.service/cpu.stat",
		    "usage_usec 5\nnr_periods 8\nnr_throttled 3\nthrottled_usec 250\n");
	limits_of(m, 0, "/a.slice/b.service", &limits);
	assert_int_equal(value_or(&limits, CGROUP_QUOTA_MILLICORES, 0), 1500);
	assert_int_equal(value_or(&limits, CGROUP_CPUS, 0), 8);
	assert_int_equal(value_or(&limits, CGROUP_MEMORY_BYTES, 0), 1048576);
	assert_int_equal(value_or(&limits, CGROUP_THROTTLED, 0), 3);
	assert_int_equal(value_or(&limits, CGROUP_THROTTLED_NS, 0), 250000);
	assert_int_equal(value_or(&limits, CGROUP_TASKS_PEAK, 0), 12);
	assert_int_equal(cgroup_millicores(&limits, 16), 1500);
	assert_int_equal(cgroup_millicores(&limits, 1), 1000);
	/* its own counters only, and what is not there is not known */
	limits_of(m, 0, "/", &limits);
	assert_int_equal(limits.known, 1u << CGROUP_CPUS);
	assert_int_equal(cgroup_millicores(&limits, 16), 8000);
	limits_of(m, 0, "/no.slice", &limits);
	assert_int_equal(limits.known, 0);
	assert_int_equal(cgroup_millicores(&limits, 4), 4000);
}

static void test_v1(void **state)
{
	struct cgroup_limits limits;
	struct machine *m = *state;

	machine_use(m, V1_MOUNTS, V1_NAMES);
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "25000\n");
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.stat",
		    "nr_periods 4\nnr_throttled 2\nthrottled_time 77\n");
	machine_put(m, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	machine_put(m, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "4096\n");
	limits_of(m, 5, "/a/b", &limits);
	assert_int_equal(value_or(&limits, CGROUP_QUOTA_MILLICORES, 0), 250);
	assert_int_equal(value_or(&limits, CGROUP_THROTTLED, 0), 2);
	assert_int_equal(value_or(&limits, CGROUP_THROTTLED_NS, 0), 77);
	assert_int_equal(value_or(&limits, CGROUP_MEMORY_BYTES, 0), 4096);
	limits_of(m, 5, "/", &limits);
	assert_int_equal(limits.known, 0);
}

/* v2 has no controllers here: they are in version 1, under the same path. */
static void test_mixed(void **state)
{
	struct cgroup_limits limits;
	struct machine *m = *state;

	machine_use(m, MIXED_MOUNTS, MIXED_NAMES);
	machine_put(m, "sys/fs/cgroup/unified/a/cpu.stat", "usage_usec 1\n");
	machine_put(m, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "8192\n");
	limits_of(m, 0, "/a", &limits);
	assert_int_equal(limits.known, 1u << CGROUP_MEMORY_BYTES);
	assert_int_equal(value_or(&limits, CGROUP_MEMORY_BYTES, 0), 8192);
}

static void test_garbage(void **state)
{
	static const char *const bad[] = {"",     "\n",      "x\n",
					  "-5\n", "1.5 2\n", "99999999999999999999 1\n"};
	struct cgroup_limits limits;
	struct machine *m = *state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		machine_use(m, V2_MOUNTS, V2_NAMES);
		machine_put(m, "sys/fs/cgroup/a/cpu.max", bad[i]);
		machine_put(m, "sys/fs/cgroup/a/cpuset.cpus.effective", bad[i]);
		machine_put(m, "sys/fs/cgroup/a/memory.max", bad[i]);
		machine_put(m, "sys/fs/cgroup/a/cpu.stat", bad[i]);
		machine_put(m, "sys/fs/cgroup/a/pids.peak", bad[i]);
		limits_of(m, 0, "/a", &limits);
		assert_int_equal(limits.known, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_max),
		cmocka_unit_test(test_cfs_quota),
		cmocka_unit_test(test_cpu_list),
		cmocka_unit_test_setup_teardown(test_v2, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_v1, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_mixed, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_garbage, machine_setup, machine_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
