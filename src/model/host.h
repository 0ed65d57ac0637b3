/* How the machine as a whole stood at one moment: what uptime, top and free show. */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The cpu lines of stat: fs/proc/stat.c. In ns; guest time is contained in user, guest_nice in nice. */
enum cpu_time {
	CPU_USER,
	CPU_NICE,
	CPU_SYSTEM,
	CPU_IDLE,
	CPU_IOWAIT,
	CPU_IRQ,
	CPU_SOFTIRQ,
	CPU_STEAL,
	CPU_GUEST,
	CPU_GUEST_NICE,
	CPU_TIMES
};

struct host_cpu {
	int32_t number; /* -1: all together */
	uint64_t time_ns[CPU_TIMES];
};

/* meminfo, in bytes. A bit of memory_known says which lines were there. */
enum host_memory {
	MEMORY_TOTAL,
	MEMORY_FREE,
	MEMORY_AVAILABLE,
	MEMORY_BUFFERS,
	MEMORY_CACHED,
	MEMORY_RECLAIMABLE /* SReclaimable */,
	MEMORY_SHARED /* Shmem */,
	MEMORY_SWAP_TOTAL,
	MEMORY_SWAP_FREE,
	MEMORY_SWAP_CACHED,
	MEMORY_ACTIVE,
	MEMORY_INACTIVE,
	MEMORY_DIRTY,
	MEMORY_WRITEBACK,
	MEMORY_ANON,
	MEMORY_MAPPED,
	MEMORY_SLAB,
	MEMORY_PAGE_TABLES,
	MEMORY_KERNEL_STACK,
	MEMORY_LOCKED,
	MEMORY_COMMIT_LIMIT,
	MEMORY_COMMITTED,
	MEMORY_HUGE_TOTAL /* bytes: pages x size */,
	MEMORY_HUGE_FREE,
	HOST_MEMORY
};

/* pressure: cpu, io, memory, irq; some and full. kernel/sched/psi.c. */
enum host_pressure_kind { PRESSURE_CPU, PRESSURE_IO, PRESSURE_MEMORY, PRESSURE_IRQ, PRESSURES };
extern const char *const host_pressure_names[PRESSURES];

struct host_pressure {
	bool some_known, full_known;
	double some_percent[3], full_percent[3]; /* averages over 10, 60 and 300 s */
	uint64_t some_total_ns, full_total_ns;
};

struct host_tasks { /* processes by state, counted from a snapshot list; threads not */
	bool known;
	uint64_t total, running, sleeping, stopped, zombie;
	uint64_t threads; /* of all; 0: not counted */
};

#define HOST_UNKNOWN UINT64_MAX

struct host {
	char name[65], kernel[65], kernel_version[65], machine[65], boot_id[40];
	/* 0: unknown, in a captured tree without uptime or stat. */
	int64_t time_ns;      /* CLOCK_BOOTTIME of the reading */
	int64_t real_ns;      /* wall clock then */
	int64_t boot_real_ns; /* wall clock minus boot time: when CLOCK_BOOTTIME was 0 */
	int64_t uptime_ns;    /* as uptime shows it: in a container perhaps less than time_ns */
	uint64_t users;       /* logged in; HOST_UNKNOWN: no utmp here */
	bool load_known;
	double load[3];                       /* 1, 5, 15 minutes */
	uint64_t load_running, load_entities; /* runnable and all scheduling entities of loadavg */
	struct host_tasks tasks;
	struct host_cpu cpu;                          /* all together; number -1 */
	struct host_cpu *cpus;                        /* owned: host_deinit */
	unsigned cpu_count;                           /* online; 0: unknown */
	uint64_t context_switches, forks, interrupts; /* since boot; HOST_UNKNOWN */
	uint64_t memory_known;                        /* bit 1 << enum host_memory */
	uint64_t memory_bytes[HOST_MEMORY];
	uint64_t page_bytes;
	int32_t pid_max; /* 0: unknown */
	struct host_pressure pressure[PRESSURES];
};

/* What share of the time between two readings each kind took; sums to 100 but for rounding. */
struct host_cpu_share {
	bool known; /* false: no time passed */
	double user, nice, system, idle, iowait, irq, softirq,
		steal; /* percent: top's us ni sy id wa hi si st */
};

void host_deinit(struct host *host);
/* `before` may be all zero: shares since boot. Counters that went back count as no time. */
struct host_cpu_share host_cpu_share(const struct host_cpu *before, const struct host_cpu *now);

/*
 * The sums that top and free print. Used: total - available where known, as free 4 does.
 * HOST_UNKNOWN where lines that a sum needs are missing.
 */
struct host_memory_sums {
	uint64_t total_bytes, free_bytes, used_bytes, cache_bytes /* buff/cache */, available_bytes;
	uint64_t swap_total_bytes, swap_free_bytes, swap_used_bytes;
};
struct host_memory_sums host_memory_sums(const struct host *host);

struct snapshot_list;
/* As top: I counts as sleeping, t as stopped. Unknown when there is no process at all. */
struct host_tasks host_count_tasks(const struct snapshot_list *list);

#endif
