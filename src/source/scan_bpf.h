/* The pass over all processes by a BPF task iterator: what scan.h offers, without /proc. */
#ifndef SOURCE_SCAN_BPF_H
#define SOURCE_SCAN_BPF_H

#include "model/snapshot.h"

struct scan_bpf;

/* The parts that it can give; it never gives others. */
uint32_t scan_bpf_parts(void);
/*
 * Loads it. -errno with a sentence where the kernel refuses. `parts`: what must be there (it gives
 * more where that is for nothing); `threads`: as in scan.h.
 */
int scan_bpf_new(struct scan_bpf **ret_scan, uint32_t parts, bool threads, struct error *err);
struct scan_bpf *scan_bpf_free(struct scan_bpf *scan);
int scan_bpf_pass(struct scan_bpf *scan, struct snapshot_list *list, struct error *err);
/* Looks once more and drops whom it does not see any more, or whose number is somebody else's. */
int scan_bpf_keep_living(struct scan_bpf *scan, struct snapshot_list *list, struct error *err);

#endif
