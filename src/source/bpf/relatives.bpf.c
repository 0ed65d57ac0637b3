/*
 * Who belongs to whom, in the moments in which pscope looks at who runs already. Key decision: the
 * kernel forgets a parent when it ends, and a look comes too late for some; so whoever forks or ends
 * meanwhile has his ancestors told of before, and his children when he ends: before that nobody has
 * taken them from him. Each is told of once. Functions of their own, as in adopt.bpf.c.
 */
#include "relatives.bpf.h"
#include "cgroup.bpf.h"

#define ANCESTORS 16
#define CHILDREN  256

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RELATIVES);
	__type(key, struct tree_key);
	__type(value, __u8);
} told SEC(".maps");

__attribute__((noinline)) int introduce(__u64 leader_at)
{
	struct task_struct *leader = (void *)leader_at, *parent;
	struct tree_key key = key_of(leader);
	struct bpf_config *c = settings();
	struct wire_seen *w;
	__u8 yes = 1;

	if (!c || !key.tgid || bpf_map_lookup_elem(&told, &key) || !leader_number(leader, c))
		return 0;
	w = RESERVE(struct wire_seen);
	if (!w)
		return 0;
	bpf_map_update_elem(&told, &key, &yes, BPF_ANY);
	fill_header(&w->h, sizeof *w, WIRE_SEEN, leader, &key, c);
	w->h.flags = WIRE_INFERRED | cgroup_mark(leader);
	fill_standing(&w->standing, leader, c);
	parent = BPF_CORE_READ(leader, real_parent);
	w->parent_tgid = BPF_CORE_READ(parent, tgid);
	w->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	w->filename_size = w->argv_size = w->reserved = 0;
	bpf_core_read(w->comm, sizeof w->comm, &leader->comm);
	SUBMIT(w, c);
	return 0;
}

/* The eldest first. */
__attribute__((noinline)) int introduce_ancestors(__u64 leader_at)
{
	struct task_struct *task = (void *)leader_at, *parent;
	__u64 chain[ANCESTORS] = {};

#pragma unroll
	for (int i = 0; i < ANCESTORS; i++) {
		parent = BPF_CORE_READ(task, real_parent, group_leader);
		if (!parent || parent == task)
			break;
		chain[i] = (__u64)parent;
		task = parent;
	}
#pragma unroll
	for (int i = ANCESTORS - 1; i >= 0; i--)
		if (chain[i])
			introduce(chain[i]);
	return 0;
}

/* Of one thread: each has its own. */
__attribute__((noinline)) int introduce_children(__u64 thread_at)
{
	__u64 head = thread_at + bpf_core_field_offset(struct task_struct, children), at = head;

	for (int i = 0; i < CHILDREN; i++) {
		__u64 next = 0;

		bpf_probe_read_kernel(&next, sizeof next, (void *)at);
		/* the one that was just looked at may have been taken off the list */
		if (!next || next == head || next == at)
			break;
		introduce(next - bpf_core_field_offset(struct task_struct, sibling));
		at = next;
	}
	return 0;
}
