/*
 * Figures about the machine. Key decision: differences and sums as top and free of procps 4 make
 * them, so that the numbers can be held against theirs.
 */
#include "model/host.h"

#include "model/snapshot.h"

#include <stdlib.h>

const char *const host_pressure_names[PRESSURES] = {"cpu", "io", "memory", "irq"};

void host_deinit(struct host *host)
{
	free(host->cpus);
	host->cpus = NULL;
	host->cpu_count = 0;
}

struct host_cpu_share host_cpu_share(const struct host_cpu *before, const struct host_cpu *now)
{
	/* Guest times are contained in user and nice: the first eight are all the time there is. */
	double part[CPU_STEAL + 1], total = 0;

	for (unsigned i = 0; i <= CPU_STEAL; i++) {
		bool back = now->time_ns[i] < before->time_ns[i]; /* iowait may: proc(5) */

		part[i] = back ? 0 : (double)(now->time_ns[i] - before->time_ns[i]);
		total += part[i];
	}
	if (total <= 0)
		return (struct host_cpu_share){0};
	for (unsigned i = 0; i <= CPU_STEAL; i++)
		part[i] *= 100 / total;
	return (struct host_cpu_share){
		.known = true,
		.user = part[CPU_USER],
		.nice = part[CPU_NICE],
		.system = part[CPU_SYSTEM],
		.idle = part[CPU_IDLE],
		.iowait = part[CPU_IOWAIT],
		.irq = part[CPU_IRQ],
		.softirq = part[CPU_SOFTIRQ],
		.steal = part[CPU_STEAL],
	};
}

static uint64_t memory_of(const struct host *host, enum host_memory line)
{
	return host->memory_known >> line & 1 ? host->memory_bytes[line] : HOST_UNKNOWN;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	if (a == HOST_UNKNOWN || b == HOST_UNKNOWN)
		return HOST_UNKNOWN;
	return a > b ? a - b : 0;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a == HOST_UNKNOWN || b == HOST_UNKNOWN ? HOST_UNKNOWN : a + b;
}

struct host_memory_sums host_memory_sums(const struct host *host)
{
	struct host_memory_sums sums = {
		.total_bytes = memory_of(host, MEMORY_TOTAL),
		.free_bytes = memory_of(host, MEMORY_FREE),
		.available_bytes = memory_of(host, MEMORY_AVAILABLE),
		.swap_total_bytes = memory_of(host, MEMORY_SWAP_TOTAL),
		.swap_free_bytes = memory_of(host, MEMORY_SWAP_FREE),
	};
	uint64_t reclaimable = memory_of(host, MEMORY_RECLAIMABLE);

	sums.cache_bytes = plus(memory_of(host, MEMORY_BUFFERS), memory_of(host, MEMORY_CACHED));
	if (sums.cache_bytes != HOST_UNKNOWN && reclaimable != HOST_UNKNOWN)
		sums.cache_bytes += reclaimable;
	/* Seen in containers whose meminfo is made up; procps does the same. */
	if (sums.available_bytes != HOST_UNKNOWN && sums.available_bytes > sums.total_bytes)
		sums.available_bytes = sums.free_bytes;
	sums.used_bytes = minus(sums.total_bytes, sums.available_bytes);
	if (sums.used_bytes == HOST_UNKNOWN)
		sums.used_bytes = minus(minus(sums.total_bytes, sums.free_bytes), sums.cache_bytes);
	sums.swap_used_bytes = minus(sums.swap_total_bytes, sums.swap_free_bytes);
	return sums;
}

struct host_tasks host_count_tasks(const struct snapshot_list *list)
{
	struct host_tasks tasks = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *s = &list->items[i];

		if (s->is_thread || !snapshot_knows(s, PART_BIT(PART_STAT)))
			continue;
		tasks.total++;
		tasks.threads += s->stat.threads;
		switch (s->stat.state) {
		case 'R':
			tasks.running++;
			break;
		case 'T':
		case 't':
			tasks.stopped++;
			break;
		case 'Z':
			tasks.zombie++;
			break;
		case 'S':
		case 'D':
		case 'I':
			tasks.sleeping++;
			break;
		default: /* X: on its way out; in the total only */
			break;
		}
	}
	tasks.known = tasks.total > 0; /* there is always one: who asks */
	return tasks;
}
