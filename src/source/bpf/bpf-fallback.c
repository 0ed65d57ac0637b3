/* The bpf source of a pscope that was built without it: it says so. */
#include "source/bpf/bpf.h"

#include <errno.h>

static int probe(const struct source_options *options, struct error *why)
{
	return error_set(why, ENOSYS,
			 "this pscope was built without BPF; build it with clang, bpftool and "
			 "libbpf-dev installed");
}

/* Never called: what does not probe is not created. */
static struct source *create(const struct source_options *options)
{
	return NULL;
}

static int start(struct source *source, struct launch *launch, struct error *err)
{
	return probe(NULL, err);
}

const struct source_kind bpf_kind = {
	.name = "bpf",
	.summary = "the kernel's tracepoints: everything, exact, at nearly no cost; needs root or "
		   "CAP_BPF and CAP_PERFMON",
	.capabilities = SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV | SOURCE_EXACT_USAGE |
			SOURCE_NEEDS_PRIVILEGE | SOURCE_SETTLES,
	.probe = probe,
	.create = create,
	.start = start,
};
