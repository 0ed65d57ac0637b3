/* Resident memory of a process, in bytes. */
#ifndef SOURCE_BPF_MEMORY_BPF_H
#define SOURCE_BPF_MEMORY_BPF_H

#include "common.bpf.h"

/*
 * From 6.2 on a counter is a base and a part per CPU. Without the parts it is as coarse as the
 * kernel's own VmHWM is there: 32 pages and more per CPU. Macros, because an index that is not a
 * literal would not be moved to the running kernel's size of the elements.
 */
#define COUNTER_BASE(mm, kind) BPF_CORE_READ(mm, rss_stat[kind].count)
#define COUNTER_BEFORE_6_2(mm, kind)                                                               \
	BPF_CORE_READ((struct mm_struct___before_6_2 *)(mm), rss_stat.count[kind].counter)

/*
 * The shapes are told apart by a member, not by a type that one of them lacks: for a missing type
 * libbpf searches the modules' types too, which takes time and CAP_SYS_ADMIN.
 */
INLINE __s64 rss_pages(struct mm_struct *mm)
{
	if (bpf_core_field_exists(mm->rss_stat[0].counters))
		return COUNTER_BASE(mm, MM_FILEPAGES) + COUNTER_BASE(mm, MM_ANONPAGES) +
		       COUNTER_BASE(mm, MM_SHMEMPAGES);
	return COUNTER_BEFORE_6_2(mm, MM_FILEPAGES) + COUNTER_BEFORE_6_2(mm, MM_ANONPAGES) +
	       COUNTER_BEFORE_6_2(mm, MM_SHMEMPAGES);
}

INLINE __u64 rss_bytes(struct mm_struct *mm, const struct bpf_config *settings)
{
	__s64 pages = rss_pages(mm);

	return pages > 0 ? (__u64)pages << (settings->page_shift & 31) : 0;
}

INLINE __u64 rss_peak_bytes(struct mm_struct *mm, const struct bpf_config *settings)
{
	__u64 peak = BPF_CORE_READ(mm, hiwater_rss) << (settings->page_shift & 31);
	__u64 now = rss_bytes(mm, settings);

	return now > peak ? now : peak;
}

#endif
