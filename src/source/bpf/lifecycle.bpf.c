/*
 * Births and ends, and the maps. Key decision: membership is inherited from the forker at the fork
 * itself, under a key of tgid and start time, so that neither re-parenting nor a pid that comes
 * back at once can add or drop a process.
 */
#include "common.bpf.h"
#include "memory.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct ring_map ring SEC(".maps");
struct config_map config SEC(".maps");
struct counters_map counters SEC(".maps");
struct tree_map tree SEC(".maps");

/* Run once by pscope itself: says where pscope stands. */
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
	return 0;
}

INLINE void thread_started(struct task_struct *forker, struct task_struct *thread,
			   const struct bpf_config *c)
{
	struct tree_value *value = tree_find(thread);
	struct wire_clone *w;

	if (!value)
		return;
	__sync_fetch_and_add(&value->threads, 1);
	if (!c->threads)
		return;
	w = RESERVE(struct wire_clone);
	if (!w)
		return;
	fill_header(&w->h, sizeof *w, WIRE_CLONE, thread, c);
	w->parent_tid = pid_number(forker->thread_pid, c);
	w->reserved = 0;
	SUBMIT(w, c);
}

/* Follows the child; false when it cannot be, which is a loss that is counted. */
INLINE bool follow(struct task_struct *child)
{
	struct tree_key key = key_of(child);
	struct tree_value value = {.threads = 1};

	if (bpf_map_update_elem(&tree, &key, &value, BPF_ANY) == 0)
		return true;
	COUNT(untracked);
	return false;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *forker, struct task_struct *child)
{
	struct bpf_config *c = settings();
	struct task_struct *parent;
	struct wire_fork *w;

	if (!c)
		return 0;
	if (child->pid != child->tgid) {
		thread_started(forker, child, c);
		return 0;
	}
	if (!tree_find(forker) && !(c->armed && forker->tgid == c->self_tgid))
		return 0;
	if (!pid_number(child->thread_pid, c)) {
		COUNT(outside);
		return 0;
	}
	follow(child);
	w = RESERVE(struct wire_fork);
	if (!w)
		return 0;
	parent = child->real_parent;
	fill_header(&w->h, sizeof *w, WIRE_FORK, child, c);
	fill_standing(&w->standing, child, c);
	w->parent_tgid = parent->tgid;
	w->parent_start_ns = parent->group_leader->start_boottime;
	w->forker_tgid = forker->tgid;
	w->forker_start_ns = forker->group_leader->start_boottime;
	w->forker_pid = pid_number(forker->group_leader->thread_pid, c);
	w->forker_tid = pid_number(forker->thread_pid, c);
	bpf_core_read(w->comm, sizeof w->comm, &child->comm);
	SUBMIT(w, c);
	return 0;
}

/* As wait_task_zombie in kernel/exit.c does. */
INLINE int wait_status(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code
						 : task->group_leader->exit_code;
}

/* Here where the kernel still has it (6.17 and later), else what taskstats_exit noted. */
INLINE void fill_peak(struct wire_exit *w, struct task_struct *task, const struct tree_value *value,
		      const struct bpf_config *c)
{
	struct mm_struct *mm = task->mm;

	w->h.flags = WIRE_PEAK_KNOWN;
	if (mm) {
		w->rss_peak_bytes = rss_peak_bytes(mm, c);
	} else if (value->rss_peak_bytes) {
		w->rss_peak_bytes = value->rss_peak_bytes;
	} else {
		w->rss_peak_bytes = (__u64)task->signal->maxrss << (c->page_shift & 31);
		w->h.flags = WIRE_PEAK_BOUND;
	}
}

/* The second argument (newest kernels only) must not be named, or older ones refuse to load. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct bpf_config *c = settings();
	struct tree_value *value;
	struct wire_exit *w;

	if (!c)
		return 0;
	value = tree_find(task);
	if (!value)
		return 0;
	if (c->threads && value->threads > 1) {
		struct wire_header *h = RESERVE(struct wire_header);

		if (h) {
			fill_header(h, sizeof *h, WIRE_THREAD_EXIT, task, c);
			SUBMIT(h, c);
		}
	}
	/* When threads die at once two of them may see 0: the reader takes the first. */
	if (task->signal->live.counter)
		return 0;
	w = RESERVE(struct wire_exit);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_EXIT, task, c);
	fill_standing(&w->standing, task, c);
	w->status = wait_status(task);
	w->threads = value->threads;
	fill_peak(w, task, value, c);
	SUBMIT(w, c);
	return 0;
}
