/* Marks of processes whose cgroup was asked for. */
#ifndef SOURCE_BPF_CGROUP_BPF_H
#define SOURCE_BPF_CGROUP_BPF_H

#include "common.bpf.h"

/* Defined in cgroup.bpf.c. */
extern int is_covered(__u64 task_at);

/* WIRE_COVERED, or 0. Costs nothing where no cgroup was asked for. */
INLINE __u16 cgroup_mark(struct task_struct *task)
{
	return marking && is_covered((__u64)task) ? WIRE_COVERED : 0;
}

#endif
