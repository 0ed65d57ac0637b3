/*
 * The kernel's structs as far as the BPF programs read them, kept by hand: libbpf moves every
 * access to where the running kernel has the field (CO-RE). Only names and types count here, not
 * order or size. A flavour (___name) is another kernel's shape of the same struct.
 */
#ifndef SOURCE_BPF_KERNEL_TYPES_H
#define SOURCE_BPF_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef signed short __s16;
typedef unsigned short __u16;
typedef signed int __s32;
typedef unsigned int __u32;
typedef signed long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
typedef int pid_t;

/* include/uapi/linux/bpf.h: what the programs and map definitions name. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
enum { BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };

#define TASK_DEAD         0x80
#define PF_IO_WORKER      0x00000010
#define PF_USER_WORKER    0x00004000 /* 6.4 and later */
#define SIGNAL_GROUP_EXIT 0x4
#define PIDTYPE_PGID      2
#define PIDTYPE_SID       3
#define MM_FILEPAGES      0
#define MM_ANONPAGES      1
#define MM_SHMEMPAGES     3
#define MM_COUNTERS       4

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct cred {
	kuid_t uid, suid, euid;
	kgid_t gid, sgid, egid;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct sigaction {
	void *sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct kernel_siginfo {
	int si_signo, si_errno, si_code;
};

struct sched_entity {
	__u64 sum_exec_runtime;
};

struct sched_info {
	unsigned long long run_delay;
};

struct task_io_accounting {
	__u64 rchar, wchar, read_bytes, write_bytes, cancelled_write_bytes;
};

struct seqcount {
	unsigned int sequence;
};

struct seqcount_spinlock {
	struct seqcount seqcount;
};

typedef struct {
	struct seqcount_spinlock seqcount;
} seqlock_t;

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct pid *pids[4];
	unsigned int flags;
	int group_exit_code;
	unsigned long maxrss; /* pages */
	seqlock_t stats_lock; /* of the sums over threads that were released */
	__u64 utime, stime;
	unsigned long nvcsw, nivcsw, min_flt, maj_flt;
	unsigned long long sum_sched_runtime;
	struct task_io_accounting ioac;
};

struct list_head {
	struct list_head *next;
};

struct kernfs_node {
	const char *name;
	__u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links;
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path pwd;
};

/* 6.2 and later: one counter per kind of page, each spread over the CPUs. */
struct percpu_counter {
	__s64 count;
	__s32 *counters;
};

/* Before 6.2. */
struct mm_rss_stat {
	atomic_long_t count[MM_COUNTERS];
};

/* A per-CPU array: where its elements are. */
struct bpf_array {
	void *pptrs[0];
};

struct mm_struct {
	unsigned long arg_start, arg_end;
	unsigned long hiwater_rss; /* pages */
	struct percpu_counter rss_stat[MM_COUNTERS];
};

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

struct linux_binprm {
	const char *filename;
};

struct task_struct {
	unsigned int __state; /* 5.14 and later */
	volatile long state;  /* before */
	unsigned int flags;
	int on_cpu;
	pid_t pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct list_head children, sibling;
	struct pid *thread_pid;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct fs_struct *fs;
	const struct cred *cred;
	struct css_set *cgroups;
	int exit_code;
	unsigned int in_execve : 1;
	char comm[16];
	__u64 start_boottime;
	__u64 utime, stime;
	unsigned long nvcsw, nivcsw, min_flt, maj_flt;
	struct sched_entity se;
	struct sched_info sched_info;
	struct task_io_accounting ioac;
};

struct pt_regs___x86 {
	unsigned long di, si, orig_ax;
};

struct pt_regs___arm64 {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};

#pragma clang attribute pop

#endif
