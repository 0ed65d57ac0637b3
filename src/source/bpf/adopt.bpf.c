/*
 * Processes of which pscope did not see all threads begin: those that ran before, and those for
 * which the kernel makes threads without telling (io_uring, vhost). Key decision: where everybody is
 * followed, the former come into the map when one of their threads ends, and their cost is taken
 * from the sums that the kernel keeps itself (unless this is the only thread that they ever had): to
 * count threads that are born and die in that moment cannot be made exact. Functions of their own,
 * so that the verifier looks at each once; it wants numbers there, which a pointer that was read is.
 */
#include "adopt.bpf.h"

__attribute__((noinline)) int is_shown(__u64 leader_at)
{
	struct bpf_config *c = settings();

	return c && leader_number((void *)leader_at, c);
}

/* Have threads been released? Each has at least made a page its stack, or been switched away from. */
INLINE bool has_released(struct signal_struct *signal)
{
	return BPF_CORE_READ(signal, sum_sched_runtime) || BPF_CORE_READ(signal, min_flt) ||
	       BPF_CORE_READ(signal, nvcsw) || BPF_CORE_READ(signal, nivcsw);
}

/* When one of its threads ends. Another may do the same at once: the first one stays. */
__attribute__((noinline)) int adopt(__u64 leader_at)
{
	struct task_struct *leader = (void *)leader_at;
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	struct tree_key key = key_of(leader);
	struct tree_value value = {.threads = BPF_CORE_READ(signal, nr_threads)};

	value.by_sums = value.threads > 1 || has_released(signal);
	return bpf_map_update_elem(&tree, &key, &value, BPF_NOEXIST);
}

/*
 * A thread ends of a process of which `threads` were seen: is it one of those that were not, or the
 * only one that was, and others live?
 */
__attribute__((noinline)) int has_unseen(__u64 task_at, __u32 threads)
{
	struct task_struct *task = (void *)task_at;

	if (threads == 1 && BPF_CORE_READ(task, signal, nr_threads) > 1)
		return 1;
	return BPF_CORE_READ(task, flags) & (PF_IO_WORKER | PF_USER_WORKER) &&
	       BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid);
}
