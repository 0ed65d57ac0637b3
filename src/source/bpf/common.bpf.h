/* What the BPF programs have in common: the maps, who is followed, heads of records. */
#ifndef SOURCE_BPF_COMMON_H
#define SOURCE_BPF_COMMON_H

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

INLINE struct tree_key key_of(struct task_struct *task)
{
	return (struct tree_key){
		.start_ns = task->group_leader->start_boottime,
		.tgid = task->tgid,
	};
}

INLINE struct tree_value *tree_find(struct task_struct *task)
{
	struct tree_key key = key_of(task);

	return bpf_map_lookup_elem(&tree, &key);
}

/* The number of a pid in pscope's namespace; 0 when it has none there. */
INLINE int pid_number(struct pid *pid, const struct bpf_config *settings)
{
	unsigned long at = (unsigned long)__builtin_preserve_access_index(&pid->numbers);
	struct upid upid = {};
	__u32 level;

	if (!pid || bpf_core_read(&level, sizeof level, &pid->level) || level < settings->level)
		return 0;
	at += settings->level * bpf_core_type_size(struct upid);
	if (bpf_probe_read_kernel(&upid, sizeof upid, (void *)at) ||
	    (__u64)upid.ns != settings->namespace_at)
		return 0;
	return upid.nr;
}

INLINE void fill_header(struct wire_header *h, __u32 size, __u16 kind, struct task_struct *task,
			const struct bpf_config *settings)
{
	h->size = size;
	h->kind = kind;
	h->flags = 0;
	h->time_ns = bpf_ktime_get_boot_ns();
	h->start_ns = task->group_leader->start_boottime;
	h->tgid = task->tgid;
	h->pid = pid_number(task->group_leader->thread_pid, settings);
	h->tid = task->pid == task->tgid ? h->pid : pid_number(task->thread_pid, settings);
	h->start_grain_ns = 1;
}

INLINE void fill_standing(struct wire_standing *s, struct task_struct *task,
			  const struct bpf_config *settings)
{
	const struct cred *cred = task->cred;

	s->ppid = pid_number(task->real_parent->group_leader->thread_pid, settings);
	s->pgid = pid_number(task->signal->pids[PIDTYPE_PGID], settings);
	s->sid = pid_number(task->signal->pids[PIDTYPE_SID], settings);
	s->uid[0] = cred->uid.val;
	s->uid[1] = cred->euid.val;
	s->uid[2] = cred->suid.val;
	s->gid[0] = cred->gid.val;
	s->gid[1] = cred->egid.val;
	s->gid[2] = cred->sgid.val;
	s->reserved = 0;
}

/*
 * The reader looks every 20 ms by itself. It is woken only when that would be late: each time
 * that another step of the ring has filled up.
 */
INLINE __u64 wakeup(const struct bpf_config *settings, __u64 size)
{
	__u64 waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	__u32 shift = settings->wake_shift & 31;

	return waiting >> shift != (waiting - size) >> shift && waiting >= size
		       ? BPF_RB_FORCE_WAKEUP
		       : BPF_RB_NO_WAKEUP;
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

#define SUBMIT(record, settings) bpf_ringbuf_submit(record, wakeup(settings, sizeof *(record)))

#endif
