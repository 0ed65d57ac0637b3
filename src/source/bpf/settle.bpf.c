/*
 * What it all cost. Key decision: taken at the last switch away from each dead thread, where
 * everything is final; at the exit tracepoint 12 to 64 % of the cost of short processes is missing.
 */
#include "common.bpf.h"

#define LOOKS         4       /* at sums that are being added to */
#define KNOWN_BY_SUMS 0x0ff1u /* wire_settled.known: run_ns, and from minor_faults to write_chars */

INLINE bool is_dead(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state & TASK_DEAD;
	return task->state & TASK_DEAD;
}

INLINE void fill_cost(struct wire_settled *w, struct task_struct *task)
{
	w->run_ns = task->se.sum_exec_runtime;
	w->utime = task->utime;
	w->stime = task->stime;
	w->cpu_wait_ns = 0;
	if (bpf_core_field_exists(task->sched_info.run_delay))
		w->cpu_wait_ns = task->sched_info.run_delay;
	w->minor_faults = task->min_flt;
	w->major_faults = task->maj_flt;
	w->voluntary_switches = task->nvcsw;
	w->involuntary_switches = task->nivcsw;
	w->read_bytes = w->write_bytes = w->read_chars = w->write_chars = 0;
	if (bpf_core_field_exists(task->ioac.read_bytes)) {
		w->read_bytes = task->ioac.read_bytes;
		w->write_bytes = task->ioac.write_bytes;
	}
	if (bpf_core_field_exists(task->ioac.rchar)) {
		w->read_chars = task->ioac.rchar;
		w->write_chars = task->ioac.wchar;
	}
	w->rss_peak_bytes = 0;
}

/* Per CPU: a cost on its way to the ring. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_settled);
} sums SEC(".maps");

INLINE struct wire_settled *my_sums(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&sums, &zero);
}

/* Puts what the threads that were released had cost into my_sums(). */
__attribute__((noinline)) int take_sums(__u64 signal_at)
{
	struct signal_struct *signal = (void *)signal_at;
	struct wire_settled *w = my_sums();

	if (!w)
		return 0;
	__builtin_memset(w, 0, sizeof *w);
	w->run_ns = BPF_CORE_READ(signal, sum_sched_runtime);
	w->utime = BPF_CORE_READ(signal, utime);
	w->stime = BPF_CORE_READ(signal, stime);
	w->minor_faults = BPF_CORE_READ(signal, min_flt);
	w->major_faults = BPF_CORE_READ(signal, maj_flt);
	w->voluntary_switches = BPF_CORE_READ(signal, nvcsw);
	w->involuntary_switches = BPF_CORE_READ(signal, nivcsw);
	if (bpf_core_field_exists(signal->ioac.read_bytes)) {
		w->read_bytes = BPF_CORE_READ(signal, ioac.read_bytes);
		w->write_bytes = BPF_CORE_READ(signal, ioac.write_bytes);
	}
	if (bpf_core_field_exists(signal->ioac.rchar)) {
		w->read_chars = BPF_CORE_READ(signal, ioac.rchar);
		w->write_chars = BPF_CORE_READ(signal, ioac.wchar);
	}
	return 0;
}

/* The leader's, who was not released yet. */
__attribute__((noinline)) int add_leader(__u64 leader_at)
{
	struct task_struct *leader = (void *)leader_at;
	struct wire_settled *w = my_sums();

	if (!w)
		return 0;
	w->run_ns += BPF_CORE_READ(leader, se.sum_exec_runtime);
	w->utime += BPF_CORE_READ(leader, utime);
	w->stime += BPF_CORE_READ(leader, stime);
	w->minor_faults += BPF_CORE_READ(leader, min_flt);
	w->major_faults += BPF_CORE_READ(leader, maj_flt);
	w->voluntary_switches += BPF_CORE_READ(leader, nvcsw);
	w->involuntary_switches += BPF_CORE_READ(leader, nivcsw);
	if (bpf_core_field_exists(leader->ioac.read_bytes)) {
		w->read_bytes += BPF_CORE_READ(leader, ioac.read_bytes);
		w->write_bytes += BPF_CORE_READ(leader, ioac.write_bytes);
	}
	if (bpf_core_field_exists(leader->ioac.rchar)) {
		w->read_chars += BPF_CORE_READ(leader, ioac.rchar);
		w->write_chars += BPF_CORE_READ(leader, ioac.wchar);
	}
	return 0;
}

/* Has it been switched away from for the last time? */
__attribute__((noinline)) int is_over(__u64 leader_at)
{
	struct task_struct *leader = (void *)leader_at;
	long state = bpf_core_field_exists(leader->__state) ? BPF_CORE_READ(leader, __state)
							    : BPF_CORE_READ(leader, state);

	return state & TASK_DEAD && !BPF_CORE_READ(leader, on_cpu);
}

INLINE __u32 sums_version(struct signal_struct *signal)
{
	return BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);
}

/*
 * Puts into my_sums() what a process of whose threads none runs any more had cost: the kernel's sums,
 * and the leader, until it is reaped, which may happen right now. `ended_leader`: who is known to
 * have had its last switch. 0: somebody still runs, or the sums were never at rest.
 */
__attribute__((noinline)) int take_all(__u64 signal_at, __u64 leader_at, __u64 ended_leader)
{
	struct signal_struct *signal = (void *)signal_at;

	for (int i = 0; i < LOOKS; i++) {
		__u32 version = sums_version(signal);
		int unreleased = BPF_CORE_READ(signal, nr_threads);

		if (unreleased > 1 ||
		    (unreleased == 1 && leader_at != ended_leader && !is_over(leader_at)))
			return 0;
		take_sums(signal_at);
		if (unreleased == 1)
			add_leader(leader_at);
		if (!(version & 1) && sums_version(signal) == version)
			return 1;
	}
	return 0;
}

/* Of a whole process, by sums, in which there is no waiting for CPUs and no number of threads. */
INLINE void send_sums(struct task_struct *task, const struct tree_key *key,
		      const struct bpf_config *c)
{
	struct wire_settled *cost = my_sums(), *w = RESERVE(struct wire_settled);

	if (!w)
		return;
	if (cost)
		*w = *cost;
	fill_header(&w->h, sizeof *w, WIRE_SETTLED, task, key, c);
	w->h.flags = WIRE_SETTLED_PROCESS;
	w->known = KNOWN_BY_SUMS;
	SUBMIT(w, c);
}

/*
 * A thread of a process whose cost is taken by sums ended. Whoever finds that it was the last one
 * tells; a look that fails leaves it to on_free.
 */
INLINE void settle_by_sums(struct task_struct *task, const struct tree_key *key,
			   struct tree_value *value, const struct bpf_config *c)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	__u64 leader = (__u64)BPF_CORE_READ(task, group_leader);

	if (BPF_CORE_READ(task, pid) == (int)key->tgid)
		value->ended_leader = leader;
	if (BPF_CORE_READ(signal, live.counter) ||
	    !take_all((__u64)signal, leader, value->ended_leader))
		return;
	if (bpf_map_delete_elem(&tree, key) == 0)
		send_sums(task, key, c);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *task)
{
	struct tree_key key;
	struct tree_value *value;
	struct bpf_config *c;
	struct wire_settled *w;
	__u32 threads;

	if (!is_dead(task))
		return 0;
	key = key_of(task);
	value = tree_find(&key);
	c = settings();
	if (!value || !c)
		return 0;
	if (value->by_sums) {
		settle_by_sums(task, &key, value, c);
		return 0;
	}
	threads = value->threads;
	/* a thread that was on its way out already when pscope came: not the one that counts */
	if (threads == 1 && task->pid != task->tgid)
		return 0;
	w = RESERVE(struct wire_settled);
	if (w) {
		fill_header(&w->h, sizeof *w, WIRE_SETTLED, task, &key, c);
		fill_cost(w, task);
		w->threads = threads;
		w->known = 0;
		SUBMIT(w, c);
	}
	/* Nothing of it is to come. Processes of several threads wait for on_free. */
	if (threads == 1)
		bpf_map_delete_elem(&tree, &key);
	return 0;
}

/* The leader is freed: nobody of the process is left. (Old leaders of a thread's exec have got
 * the number of that thread.) */
SEC("raw_tp/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	struct tree_key key = {
		.start_ns = BPF_CORE_READ(task, start_boottime),
		.tgid = BPF_CORE_READ(task, tgid),
	};
	struct bpf_config *c = settings();
	struct tree_value *value;
	bool by_sums;

	if (BPF_CORE_READ(task, pid) != (int)key.tgid)
		return 0;
	value = tree_find(&key);
	if (!value || !c)
		return 0;
	by_sums = value->by_sums;
	if (bpf_map_delete_elem(&tree, &key) == 0 && by_sums) {
		take_sums((__u64)BPF_CORE_READ(task, signal));
		send_sums(task, &key, c);
	}
	return 0;
}
