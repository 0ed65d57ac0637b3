/*
 * Births and ends, and the maps. Key decision: membership is inherited from the forker at the fork
 * itself, under a key of tgid and start time, so that neither re-parenting nor a pid that comes
 * back at once can add or drop a process.
 */
#include "adopt.bpf.h"
#include "cgroup.bpf.h"
#include "memory.bpf.h"
#include "relatives.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct ring_map ring SEC(".maps");
struct config_map config SEC(".maps");
struct counters_map counters SEC(".maps");
struct tree_map tree SEC(".maps");

const volatile bool everybody, marking;

/*
 * Where the CPU that pscope asks for has its area: what is between an address of per-CPU data and
 * what it means there. A map of ours has both. They go through memory, because what is read back
 * is a number, with which the verifier lets us calculate.
 */
INLINE void note_area(struct bpf_config *c)
{
	volatile __u64 *at = &c->areas[c->asked_cpu & (AREA_CPUS - 1)];
	__u32 zero = 0;
	__u64 base = 0;

	*at = (__u64)&counters;
	bpf_probe_read_kernel(&base, sizeof base,
			      (void *)*at + bpf_core_field_offset(struct bpf_array, pptrs));
	*at = (__u64)bpf_map_lookup_percpu_elem(&counters, &zero, c->asked_cpu);
	*at = *at && base ? *at - base : 0;
}

/* Run by pscope itself, once a CPU: says where pscope stands. */
SEC("raw_tp")
int whoami(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_config *c = settings();
	struct pid *pid;
	struct upid upid = {};
	unsigned long at;

	if (!c)
		return 1;
	pid = BPF_CORE_READ(task, group_leader, thread_pid);
	c->level = BPF_CORE_READ(pid, level);
	at = (unsigned long)__builtin_preserve_access_index(&pid->numbers) +
	     c->level * bpf_core_type_size(struct upid);
	bpf_core_read(&upid, sizeof upid, (void *)at);
	c->namespace_at = (__u64)upid.ns;
	c->self_tgid = BPF_CORE_READ(task, tgid);
	if (has_parts())
		note_area(c);
	return 0;
}

INLINE void thread_started(struct task_struct *forker, struct task_struct *thread,
			   const struct tree_key *key, const struct bpf_config *c)
{
	struct tree_value *value = tree_find(key);
	struct wire_clone *w;

	if (value)
		__sync_fetch_and_add(&value->threads, 1);
	if (!c->threads || !(value || is_anybody(thread, c)))
		return;
	w = RESERVE(struct wire_clone);
	if (!w)
		return;
	fill_header(&w->h, sizeof *w, WIRE_CLONE, thread, key, c);
	w->parent_tid = pid_number(BPF_CORE_READ(forker, thread_pid), c);
	w->reserved = 0;
	SUBMIT(w, c);
}

/*
 * Follows the child; where that fails, what it starts is lost, and that is counted. (Where everybody
 * is followed nothing is: there may be room when it ends.)
 */
INLINE void follow(const struct tree_key *child)
{
	struct tree_value value = {.threads = 1};

	if (bpf_map_update_elem(&tree, child, &value, BPF_ANY) && !everybody)
		COUNT(untracked);
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *forker, struct task_struct *child)
{
	struct bpf_config *c = settings();
	struct tree_key forker_key, key;
	struct task_struct *parent;
	struct wire_fork *w;

	if (!c)
		return 0;
	key = key_of(child);
	if (BPF_CORE_READ(child, pid) != (int)key.tgid) {
		thread_started(forker, child, &key, c);
		return 0;
	}
	forker_key = key_of(forker);
	if (!everybody && !tree_find(&forker_key) &&
	    !(c->armed && (int)forker_key.tgid == c->self_tgid))
		return 0;
	if (!pid_number(BPF_CORE_READ(child, thread_pid), c)) {
		COUNT(outside);
		return 0;
	}
	if (is_introducing(c)) {
		introduce_ancestors((__u64)child);
		introduce((__u64)BPF_CORE_READ(forker, group_leader));
	}
	follow(&key);
	w = RESERVE(struct wire_fork);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_FORK, child, &key, c);
	w->h.flags = cgroup_mark(child);
	fill_standing(&w->standing, child, c);
	parent = BPF_CORE_READ(child, real_parent);
	w->parent_tgid = BPF_CORE_READ(parent, tgid);
	w->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	w->forker_tgid = forker_key.tgid;
	w->forker_start_ns = forker_key.start_ns;
	w->forker_pid = leader_number(forker, c);
	w->forker_tid = pid_number(BPF_CORE_READ(forker, thread_pid), c);
	bpf_core_read(w->comm, sizeof w->comm, &child->comm);
	SUBMIT(w, c);
	return 0;
}

/* As wait_task_zombie in kernel/exit.c does. */
INLINE int wait_status(struct task_struct *task, struct signal_struct *signal)
{
	return BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT
		       ? BPF_CORE_READ(signal, group_exit_code)
		       : BPF_CORE_READ(task, group_leader, exit_code);
}

/* Here where the kernel still has it (6.17 and later), else what taskstats_exit noted. */
INLINE void fill_peak(struct wire_exit *w, struct task_struct *task, struct signal_struct *signal,
		      __u64 noted, const struct bpf_config *c)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (noted || mm) {
		w->rss_peak_bytes = noted ? noted : rss_peak_bytes(mm, c);
		w->h.flags |= WIRE_PEAK_KNOWN;
	} else {
		w->rss_peak_bytes = BPF_CORE_READ(signal, maxrss) << (c->page_shift & 31);
		w->h.flags |= WIRE_PEAK_BOUND;
	}
}

INLINE void thread_ended(struct task_struct *task, const struct tree_key *key,
			 const struct bpf_config *c)
{
	struct wire_header *h = RESERVE(struct wire_header);

	if (!h)
		return;
	fill_header(h, sizeof *h, WIRE_THREAD_EXIT, task, key, c);
	SUBMIT(h, c);
}

/* The second argument (newest kernels only) must not be named, or older ones refuse to load. */
SEC("raw_tp/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct bpf_config *c = settings();
	struct tree_key key = key_of(task);
	struct signal_struct *signal;
	struct tree_value *value;
	struct wire_exit *w;
	__u64 peak = 0;
	__u32 threads;

	if (!c)
		return 0;
	value = find_or_adopt(task, &key, c);
	signal = BPF_CORE_READ(task, signal);
	if (value) {
		if (has_unseen((__u64)task, value->threads))
			value->by_sums = 1;
		threads = value->threads + value->by_sums;
		peak = value->rss_peak_bytes;
	} else {
		if (!is_anybody(task, c))
			return 0;
		threads = BPF_CORE_READ(signal, nr_threads);
	}
	if (is_introducing(c)) {
		introduce_ancestors((__u64)BPF_CORE_READ(task, group_leader));
		introduce((__u64)BPF_CORE_READ(task, group_leader));
		introduce_children((__u64)task);
	}
	if (c->threads && threads > 1)
		thread_ended(task, &key, c);
	/* When threads die at once two of them may see 0: the reader takes the first. */
	if (BPF_CORE_READ(signal, live.counter))
		return 0;
	if (!value)
		COUNT(untracked); /* nobody will tell what it cost */
	w = RESERVE(struct wire_exit);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_EXIT, task, &key, c);
	w->h.flags = cgroup_mark(task);
	fill_standing(&w->standing, task, c);
	w->status = wait_status(task, signal);
	w->threads = threads;
	fill_peak(w, task, signal, peak, c);
	SUBMIT(w, c);
	return 0;
}
