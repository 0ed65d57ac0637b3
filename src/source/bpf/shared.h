/*
 * What pscope and its BPF programs share besides the records: the settings, the filter of the
 * tree, and the counters of the balance. Included by both sides.
 */
#ifndef SOURCE_BPF_SHARED_H
#define SOURCE_BPF_SHARED_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define TREE_PROCESSES 65536u /* living ones that a tree may have at a time */
#define CWD_DEPTH      48     /* directories and mounts on the way to the root */
#define AREA_CPUS      256u   /* CPUs whose areas can be noted */

/* The one element of the map `config`, mapped into pscope. */
struct bpf_config {
	__u64 namespace_at;   /* pscope's pid namespace, as the programs see it */
	__u32 level;          /* and how deep it is nested */
	__s32 self_tgid;      /* pscope in the initial pid namespace */
	volatile __u32 armed; /* what pscope forks now is the root of the tree */
	__u32 threads;        /* records of threads are wanted */
	__u32 wake_shift;     /* wake the reader whenever 1 << wake_shift more bytes wait */
	__u32 page_shift;
	__u32 cpus; /* possible ones */
	__u32 asked_cpu;
	/* Where the area of each CPU is: what an address of per-CPU data counts from; 0: not known. */
	__u64 areas[AREA_CPUS];
};

/* Who a life is. Padding-free: it is a key. */
struct tree_key {
	__u64 start_ns;
	__u64 tgid;
};

struct tree_value {
	__u64 rss_peak_bytes; /* 0: not known */
	__u32 threads;        /* started so far, the leader included */
	__u32 reserved;
};

/* Per CPU. generated = seen + untracked (+ programs skipped by nesting, which the kernel counts). */
struct bpf_counters {
	__u64 seen;      /* records made */
	__u64 dropped;   /* of those, the ones that found the ring full */
	__u64 untracked; /* processes that found the filter full: their subtrees are lost */
	__u64 outside;   /* processes that pscope's pid namespace does not show */
};

#endif
