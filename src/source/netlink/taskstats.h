/*
 * What a thread cost, as the kernel says at its exit (taskstats over generic netlink; needs
 * CAP_NET_ADMIN and the initial namespaces). It is said before the teardown, so it falls a little
 * short: Documentation/accounting/taskstats.rst.
 */
#ifndef SOURCE_NETLINK_TASKSTATS_H
#define SOURCE_NETLINK_TASKSTATS_H

#include "base/root.h"
#include "model/usage.h"

struct task_cost {
	uint64_t run_ns;          /* exact up to then; 0: not known */
	uint64_t user_ns, sys_ns; /* sampled by the tick: their ratio counts */
	struct usage usage;       /* all but the CPU times */
};

void task_cost_add(struct task_cost *sum, const struct task_cost *part);
/* With the CPU times; those are unknown when the kernel saw none at all. */
struct usage task_cost_usage(const struct task_cost *cost);

struct taskstats_exit {
	int32_t tid;
	unsigned
		ends; /* how many of that number are in `cost`: a thread that execs takes its leader's */
	char comm[16];
	struct task_cost cost;
	uint64_t group_run_ns; /* of all its process's threads that ever ended; 0: not said */
};

/*
 * Reads one message of `size` bytes (aligned to 4). Total. Returns 1 when it tells of an exit, 0
 * when of something else, -EBADMSG when it is no message. `family`: the number of taskstats here.
 */
int taskstats_decode(const void *bytes, size_t size, uint16_t family, struct taskstats_exit *ret);

struct taskstats_reader;

/* Registers for all CPUs. -EPERM, -ENOENT, ... with a sentence where that is not to be had. */
int taskstats_open(struct taskstats_reader **ret, const struct root *root, uint64_t buffer_bytes,
		   struct error *err);
struct taskstats_reader *taskstats_close(
	struct taskstats_reader *stats); /* NULL is fine everywhere */
/* Takes in all that waits. A thread's exit is told before its event of the connector. */
void taskstats_drain(struct taskstats_reader *stats);
/* What was said of that thread (all of it so far); NULL: nothing. Valid until the next call. */
const struct taskstats_exit *taskstats_find(struct taskstats_reader *stats, int32_t tid);
void taskstats_forget(struct taskstats_reader *stats, int32_t tid);

#endif
