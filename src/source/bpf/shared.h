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
#define RELATIVES      8192u  /* that are remembered to have been told of */
#define MARKED_CGROUPS 8u     /* cgroups whose processes can be marked */
#define MARKED_NAMES   16u    /* on the way to one, so that it is known when it is made anew */

/* A cgroup: its number, and the hierarchy in which it is that (0: v2). */
struct marked_cgroup {
	__u64 id; /* 0: it is not there now */
	__u32 hierarchy;
	__u32 name_count; /* 0: what is made later is not known */
	__u64 top_id; /* of the cgroup below which it has these names, hashed: its own is the last */
	__u64 names[MARKED_NAMES];
};

#define CGROUP_NAME_MOST 255 /* bytes */
#define CGROUP_HASH      14695981039346656037ull
/* FNV-1a, byte by byte from CGROUP_HASH on. */
static inline __u64 cgroup_hash(__u64 hash, unsigned char byte)
{
	return (hash ^ byte) * 1099511628211ull;
}

/* Where the members of the kernel's structs are by which the cgroups of a process are found. */
struct cgroup_layout {
	__u32 set_default, set_links;   /* css_set: dfl_cgrp, cgrp_links */
	__u32 link_cgroup, link_next;   /* cgrp_cset_link: cgrp, cgrp_link */
	__u32 cgroup_node, cgroup_root; /* cgroup: kn, root */
	__u32 cgroup_parent;            /* cgroup: self.parent */
	__u32 state_cgroup;             /* cgroup_subsys_state: cgroup */
	__u32 node_id, node_name;       /* kernfs_node: id, name */
	__u32 root_id, reserved;        /* cgroup_root: hierarchy_id */
};

/* The one element of the map `config`, mapped into pscope as one page. */
struct bpf_config {
	__u64 namespace_at;         /* pscope's pid namespace, as the programs see it */
	__u32 level;                /* and how deep it is nested */
	__s32 self_tgid;            /* pscope in the initial pid namespace */
	volatile __u32 armed;       /* what pscope forks now is the root of the tree */
	volatile __u32 introducing; /* who runs already is being looked at: relatives are told of */
	__u32 threads;              /* records of threads are wanted */
	__u32 wake_shift;           /* wake the reader whenever 1 << wake_shift more bytes wait */
	__u32 page_shift;
	__u32 cpus; /* possible ones */
	__u32 asked_cpu;
	__u32 cgroup_count;
	struct cgroup_layout layout;
	struct marked_cgroup cgroups[MARKED_CGROUPS];
	/* Where the area of each CPU is: what an address of per-CPU data counts from; 0: not known. */
	__u64 areas[AREA_CPUS];
};

_Static_assert(sizeof(struct bpf_config) <= 4096, "bpf_config");

/* Who a life is. Padding-free: it is a key. */
struct tree_key {
	__u64 start_ns;
	__u64 tgid;
};

/*
 * Of whom it is known how many threads it had, each tells its cost when it ends. Of whom some began
 * unseen (before pscope, or inside the kernel) the kernel's own sums are taken at the end of all.
 */
struct tree_value {
	__u64 rss_peak_bytes; /* 0: not known */
	__u64 ended_leader;   /* by_sums: which leader has had its last switch; 0: none */
	__u32 threads;        /* started so far, the leader included, as far as seen */
	__u32 by_sums;
};

/*
 * Per CPU. generated = seen + untracked (+ programs skipped by nesting, which the kernel counts).
 * A tree of which nobody knows is lost; where everybody is followed, only a cost is.
 */
struct bpf_counters {
	__u64 seen;      /* records made */
	__u64 dropped;   /* of those, the ones that found the ring full */
	__u64 untracked; /* processes that found the filter full */
	__u64 outside;   /* processes that pscope's pid namespace does not show */
};

#endif
