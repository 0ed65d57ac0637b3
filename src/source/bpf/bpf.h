/* Events out of the kernel by BPF programs. */
#ifndef SOURCE_BPF_BPF_H
#define SOURCE_BPF_BPF_H

#include "source/pick.h"

extern const struct source_kind bpf_kind;

#endif
