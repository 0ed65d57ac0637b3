/* What the BPF programs have in common: the maps, who is followed, heads of records. */
#ifndef SOURCE_BPF_COMMON_BPF_H
#define SOURCE_BPF_COMMON_BPF_H

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "shared.h"
#include "wire.h"

/* The sizes of `ring` and `scratch` are set at load. */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 << 20);
};

struct config_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_config);
};

struct counters_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_counters);
};

struct tree_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TREE_PROCESSES);
	__type(key, struct tree_key);
	__type(value, struct tree_value);
};

/* Defined in lifecycle.bpf.c. */
extern struct ring_map ring SEC(".maps");
extern struct config_map config SEC(".maps");
extern struct counters_map counters SEC(".maps");
extern struct tree_map tree SEC(".maps");

/*
 * Constants, set before the load: is everybody followed, not only a tree? Are there cgroups to mark?
 * What needs them is then no part of the programs that do without.
 */
extern const volatile bool everybody, marking;

/* Defined in adopt.bpf.c: does pscope's pid namespace show it? */
extern int is_shown(__u64 leader_at);

#define INLINE static __attribute__((always_inline)) inline

/* Holds `value` at or below `max` in a way that every verifier and no optimiser understands. */
#define CLAMP(value, max)                                                                          \
	asm volatile("if %0 <= %[limit] goto +1\n%0 = %[limit]\n" : "+r"(value) : [limit] "i"(max))

INLINE struct bpf_config *settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

INLINE struct bpf_counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* A program may be interrupted by another on its CPU: the additions must be atomic. */
#define COUNT(member)                                                                              \
	do {                                                                                       \
		struct bpf_counters *counters_ = my_counters();                                    \
		if (counters_)                                                                     \
			__sync_fetch_and_add(&counters_->member, 1);                               \
	} while (0)

/*
 * Pointers are followed by BPF_CORE_READ, not directly: for each pointer that a program follows
 * the verifiers of newer kernels search all names of the kernel's types, a millisecond a time.
 */
INLINE struct tree_key key_of(struct task_struct *task)
{
	return (struct tree_key){
		.start_ns = BPF_CORE_READ(task, group_leader, start_boottime),
		.tgid = BPF_CORE_READ(task, tgid),
	};
}

INLINE struct tree_value *tree_find(const struct tree_key *key)
{
	return bpf_map_lookup_elem(&tree, key);
}

/* The number of a pid in pscope's namespace; 0 when it has none there. */
INLINE int pid_number(struct pid *pid, const struct bpf_config *settings)
{
	unsigned long at = (unsigned long)__builtin_preserve_access_index(&pid->numbers);
	struct upid upid = {};

	if (!pid || BPF_CORE_READ(pid, level) < settings->level)
		return 0;
	at += settings->level * bpf_core_type_size(struct upid);
	if (bpf_probe_read_kernel(&upid, sizeof upid, (void *)at) ||
	    (__u64)upid.ns != settings->namespace_at)
		return 0;
	return upid.nr;
}

INLINE int leader_number(struct task_struct *task, const struct bpf_config *settings)
{
	return pid_number(BPF_CORE_READ(task, group_leader, thread_pid), settings);
}

/* Is pscope to hear of everybody, and of this process, too, which has not been released? */
INLINE bool is_anybody(struct task_struct *task, const struct bpf_config *settings)
{
	return everybody &&
	       (!settings->level || is_shown((__u64)BPF_CORE_READ(task, group_leader)));
}

/* Is pscope to hear of this process? */
INLINE bool followed(struct task_struct *task, const struct tree_key *key,
		     const struct bpf_config *settings)
{
	return everybody ? is_anybody(task, settings) : tree_find(key) != NULL;
}

INLINE void fill_header(struct wire_header *h, __u32 size, __u16 kind, struct task_struct *task,
			const struct tree_key *key, const struct bpf_config *settings)
{
	h->size = size;
	h->kind = kind;
	h->flags = 0;
	h->time_ns = bpf_ktime_get_boot_ns();
	h->start_ns = key->start_ns;
	h->tgid = key->tgid;
	h->pid = leader_number(task, settings);
	h->tid = h->pid;
	if (BPF_CORE_READ(task, pid) != (int)key->tgid)
		h->tid = pid_number(BPF_CORE_READ(task, thread_pid), settings);
	h->start_grain_ns = 1;
}

INLINE void fill_credentials(struct wire_standing *s, const struct cred *cred)
{
	s->uid[0] = BPF_CORE_READ(cred, uid.val);
	s->uid[1] = BPF_CORE_READ(cred, euid.val);
	s->uid[2] = BPF_CORE_READ(cred, suid.val);
	s->gid[0] = BPF_CORE_READ(cred, gid.val);
	s->gid[1] = BPF_CORE_READ(cred, egid.val);
	s->gid[2] = BPF_CORE_READ(cred, sgid.val);
}

INLINE void fill_standing(struct wire_standing *s, struct task_struct *task,
			  const struct bpf_config *settings)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	s->ppid = pid_number(BPF_CORE_READ(task, real_parent, group_leader, thread_pid), settings);
	s->pgid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_PGID]), settings);
	s->sid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_SID]), settings);
	s->reserved = 0;
	fill_credentials(s, BPF_CORE_READ(task, cred));
}

/*
 * The reader looks every 20 ms by itself. It is woken only when that would be late: each time
 * that another step of the ring has filled up.
 */
INLINE __u64 wakeup(const struct bpf_config *settings, __u64 before, __u64 after)
{
	__u32 shift = settings->wake_shift & 31;

	return before >> shift != after >> shift ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

INLINE __u64 waiting_bytes(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
}

/* Room for a record of constant size, or NULL with the loss counted. */
#define RESERVE(type)                                                                              \
	({                                                                                         \
		type *record_ = bpf_ringbuf_reserve(&ring, sizeof(type), 0);                       \
		COUNT(seen);                                                                       \
		if (!record_)                                                                      \
			COUNT(dropped);                                                            \
		record_;                                                                           \
	})

/* The record is among what waits already. */
#define SUBMIT(record, settings)                                                                   \
	({                                                                                         \
		__u64 waiting_ = waiting_bytes();                                                  \
		bpf_ringbuf_submit(record,                                                         \
				   wakeup(settings, waiting_ - sizeof *(record), waiting_));       \
	})

#endif
