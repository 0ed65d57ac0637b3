/* /proc/PID/stat: one line of 52 numbers around a name. proc(5); fs/proc/array.c, do_task_stat. */
#ifndef PROCFS_STAT_H
#define PROCFS_STAT_H

#include "base/str.h"

#include <stdint.h>

struct procfs_stat {
	int32_t pid, ppid, pgid, sid;
	struct str comm; /* points into the text; any bytes but NUL */
	char state;      /* R S D T t Z X I ... */
	uint64_t minor_faults, major_faults;
	uint64_t user_ns, sys_ns; /* sampled at 100 Hz, all threads */
	uint32_t threads;
	uint64_t start_ns; /* CLOCK_BOOTTIME, in steps of IDENT_GRAIN_TICKS */
	uint64_t rss_pages;
};

/* Parses what the kernel wrote. Returns 0, or -EINVAL when it is no such line. */
int procfs_stat_parse(struct str text, struct procfs_stat *ret_stat);

#endif
