/* The iterator of a pscope that was built without BPF: it says so, and can read nothing. */
#include "source/scan_bpf.h"

#include <errno.h>

uint32_t scan_bpf_parts(void)
{
	return 0;
}

int scan_bpf_new(struct scan_bpf **ret_scan, uint32_t parts, bool threads, struct error *err)
{
	return error_set(err, ENOSYS,
			 "this pscope was built without BPF; build it with clang, bpftool and "
			 "libbpf-dev installed");
}

struct scan_bpf *scan_bpf_free(struct scan_bpf *scan)
{
	return NULL;
}

int scan_bpf_pass(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	return -ENOSYS;
}

int scan_bpf_keep_living(struct scan_bpf *scan, struct snapshot_list *list, struct error *err)
{
	return -ENOSYS;
}
