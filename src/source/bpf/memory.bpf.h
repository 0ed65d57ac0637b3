/* Resident memory of a process, in bytes. */
#ifndef SOURCE_BPF_MEMORY_BPF_H
#define SOURCE_BPF_MEMORY_BPF_H

#include "common.bpf.h"

#define PARTS_AT_ONCE 8u

/*
 * From 6.2 on a counter is a base and a part per CPU, which may be 32 pages and more. Macros, because
 * an index that is not a literal would not be moved to the running kernel's size of the elements.
 */
#define COUNTER_BASE(mm, kind)  BPF_CORE_READ(mm, rss_stat[kind].count)
#define COUNTER_PARTS(mm, kind) ((__u64)BPF_CORE_READ(mm, rss_stat[kind].counters))
#define COUNTER_BEFORE_6_2(mm, kind)                                                               \
	BPF_CORE_READ((struct mm_struct___before_6_2 *)(mm), rss_stat.count[kind].counter)

/* Defined in memory.bpf.c. */
extern long parts_of_some(__u64 mm_at, __u32 first);

/*
 * The shapes are told apart by a member, not by a type that one of them lacks: for a missing type
 * libbpf searches the modules' types too, which takes time and CAP_SYS_ADMIN.
 */
INLINE bool has_parts(void)
{
	return bpf_core_field_exists(((struct mm_struct *)0)->rss_stat[0].counters);
}

/* What the CPUs have in their parts. Too many of them, and the base alone must do. */
INLINE __s64 rss_parts(struct mm_struct *mm, const struct bpf_config *settings)
{
	__s64 sum = 0;

	if (settings->cpus > AREA_CPUS)
		return 0;
	for (__u32 i = 0; i < AREA_CPUS && i < settings->cpus; i += PARTS_AT_ONCE)
		sum += parts_of_some((__u64)mm, i);
	return sum;
}

INLINE __s64 rss_pages(struct mm_struct *mm, const struct bpf_config *settings)
{
	if (has_parts())
		return COUNTER_BASE(mm, MM_FILEPAGES) + COUNTER_BASE(mm, MM_ANONPAGES) +
		       COUNTER_BASE(mm, MM_SHMEMPAGES) + rss_parts(mm, settings);
	return COUNTER_BEFORE_6_2(mm, MM_FILEPAGES) + COUNTER_BEFORE_6_2(mm, MM_ANONPAGES) +
	       COUNTER_BEFORE_6_2(mm, MM_SHMEMPAGES);
}

INLINE __u64 rss_bytes(struct mm_struct *mm, const struct bpf_config *settings)
{
	__s64 pages = rss_pages(mm, settings);

	return pages > 0 ? (__u64)pages << (settings->page_shift & 31) : 0;
}

INLINE __u64 rss_peak_bytes(struct mm_struct *mm, const struct bpf_config *settings)
{
	__u64 peak = BPF_CORE_READ(mm, hiwater_rss) << (settings->page_shift & 31);
	__u64 now = rss_bytes(mm, settings);

	return now > peak ? now : peak;
}

#endif
