/* Processes of which pscope did not see all threads begin: see adopt.bpf.c. */
#ifndef SOURCE_BPF_ADOPT_BPF_H
#define SOURCE_BPF_ADOPT_BPF_H

#include "common.bpf.h"

/* Defined in adopt.bpf.c. */
extern int adopt(__u64 leader_at);
extern int has_unseen(__u64 task_at, __u32 threads);

/* The entry of a process of which a thread ends; NULL: not followed, or there is no room. */
INLINE struct tree_value *find_or_adopt(struct task_struct *task, const struct tree_key *key,
					const struct bpf_config *settings)
{
	struct tree_value *value = tree_find(key);

	if (value || !is_anybody(task, settings))
		return value;
	adopt((__u64)BPF_CORE_READ(task, group_leader));
	return tree_find(key);
}

#endif
