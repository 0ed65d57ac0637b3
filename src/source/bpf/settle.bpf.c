/*
 * What it all cost. Key decision: taken at the last switch away from each dead thread, where
 * everything is final; at the exit tracepoint 12 to 64 % of the cost of short processes is missing.
 */
#include "common.bpf.h"

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
	threads = value->threads;
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

	if (BPF_CORE_READ(task, pid) == (int)key.tgid)
		bpf_map_delete_elem(&tree, &key);
	return 0;
}
