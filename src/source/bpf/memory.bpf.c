/*
 * The parts of resident memory that the CPUs keep to themselves. Key decision: a function of some
 * CPUs, which the verifier looks at once, and not once for every CPU that a machine could have.
 */
#include "memory.bpf.h"

INLINE long part(__u64 parts, __u64 area)
{
	__s32 pages = 0;

	bpf_probe_read_kernel(&pages, sizeof pages, (void *)(parts + area));
	return pages;
}

__attribute__((noinline)) long parts_of_some(__u64 mm_at, __u32 first)
{
	struct mm_struct *mm = (void *)mm_at;
	struct bpf_config *c = settings();
	__u64 file, anonymous, shared, area;
	long sum = 0;

	if (!c || !has_parts())
		return 0;
	file = COUNTER_PARTS(mm, MM_FILEPAGES);
	anonymous = COUNTER_PARTS(mm, MM_ANONPAGES);
	shared = COUNTER_PARTS(mm, MM_SHMEMPAGES);
	for (__u32 i = 0; i < PARTS_AT_ONCE; i++) {
		area = c->areas[(first + i) & (AREA_CPUS - 1)];
		if (area)
			sum += part(file, area) + part(anonymous, area) + part(shared, area);
	}
	return sum;
}
