/* Telling of the relatives of who forks or ends: see relatives.bpf.c. */
#ifndef SOURCE_BPF_RELATIVES_BPF_H
#define SOURCE_BPF_RELATIVES_BPF_H

#include "common.bpf.h"

/* Defined in relatives.bpf.c. */
extern int introduce(__u64 leader_at);
extern int introduce_ancestors(__u64 leader_at);
extern int introduce_children(__u64 thread_at);

INLINE bool is_introducing(const struct bpf_config *settings)
{
	return everybody && settings->introducing;
}

#endif
