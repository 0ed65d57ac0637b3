/* Sums and shares about the machine, as procps makes them. */
#include "model/host.h"
#include "model/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void know(struct host *host, enum host_memory line, uint64_t bytes)
{
	host->memory_known |= UINT64_C(1) << line;
	host->memory_bytes[line] = bytes;
}

static void memory_sums(void **state)
{
	struct host_memory_sums sums;
	struct host host = {0};

	sums = host_memory_sums(&host);
	assert_true(sums.total_bytes == HOST_UNKNOWN && sums.used_bytes == HOST_UNKNOWN &&
		    sums.cache_bytes == HOST_UNKNOWN && sums.swap_used_bytes == HOST_UNKNOWN);
	know(&host, MEMORY_TOTAL, 1000);
	know(&host, MEMORY_FREE, 400);
	know(&host, MEMORY_BUFFERS, 10);
	assert_true(host_memory_sums(&host).cache_bytes == HOST_UNKNOWN);
	know(&host, MEMORY_CACHED, 100);
	/* before MemAvailable: what is neither free nor cache */
	sums = host_memory_sums(&host);
	assert_int_equal(sums.cache_bytes, 110);
	assert_int_equal(sums.used_bytes, 490);
	assert_true(sums.available_bytes == HOST_UNKNOWN);
	know(&host, MEMORY_RECLAIMABLE, 5);
	know(&host, MEMORY_AVAILABLE, 450);
	sums = host_memory_sums(&host);
	assert_int_equal(sums.cache_bytes, 115);
	assert_int_equal(sums.used_bytes, 550);
	/* made up by a container: more is available than there is */
	know(&host, MEMORY_AVAILABLE, 2000);
	assert_int_equal(host_memory_sums(&host).available_bytes, 400);
	assert_int_equal(host_memory_sums(&host).used_bytes, 600);
	know(&host, MEMORY_SWAP_TOTAL, 50);
	know(&host, MEMORY_SWAP_FREE, 20);
	assert_int_equal(host_memory_sums(&host).swap_used_bytes, 30);
}

static void cpu_shares(void **state)
{
	const struct host_cpu before = {
		.time_ns = {[CPU_USER] = 100, [CPU_IOWAIT] = 50}
        };
	const struct host_cpu now = {
		.time_ns = {[CPU_USER] = 130,
			    [CPU_IDLE] = 60,
			    [CPU_IOWAIT] = 40, /* went back */
			    [CPU_STEAL] = 10,
			    [CPU_GUEST] = 30 /* in user already */}
        };
	struct host_cpu_share share = host_cpu_share(&before, &now);

	assert_true(share.known);
	assert_true(share.user == 30 && share.idle == 60 && share.steal == 10);
	assert_true(share.iowait == 0 && share.system == 0);
	assert_false(host_cpu_share(&now, &now).known);
	assert_false(host_cpu_share(&now, &before).user != 0);
}

static void task_counts(void **state)
{
	static const char states[] = "RSDIZTtXS";
	struct snapshot_list list;
	struct host_tasks tasks;

	snapshot_list_init(&list);
	assert_false(host_count_tasks(&list).known);
	for (size_t i = 0; states[i]; i++) {
		struct snapshot *s = snapshot_list_add(&list);

		s->known = PART_BIT(PART_STAT);
		s->stat.state = states[i];
		s->stat.threads = 2;
		s->is_thread = i == 8;
	}
	tasks = host_count_tasks(&list);
	assert_true(tasks.known);
	assert_int_equal(tasks.total, 8);
	assert_int_equal(tasks.running, 1);
	assert_int_equal(tasks.sleeping, 3);
	assert_int_equal(tasks.stopped, 2);
	assert_int_equal(tasks.zombie, 1);
	assert_int_equal(tasks.threads, 16);
	snapshot_list_deinit(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_sums),
		cmocka_unit_test(cpu_shares),
		cmocka_unit_test(task_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
