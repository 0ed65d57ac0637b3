/* What a cgroup's files tell of the CPUs that it may use: cpu.max, cpuset.cpus, cpu.stat. */
#ifndef PROCFS_CGROUP_CPU_H
#define PROCFS_CGROUP_CPU_H

#include "base/str.h"

#include <stdint.h>

/*
 * cpu.max: "QUOTA PERIOD" in microseconds (kernel/sched/core.c, cpu_max_show). In thousandths of a
 * core; UINT64_MAX for "max". 0 or -EINVAL.
 */
int procfs_cpu_max_parse(struct str text, uint64_t *ret_millicores);
/* The same of version 1: cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us. */
int procfs_cfs_quota_parse(struct str quota, struct str period, uint64_t *ret_millicores);
/* A list of CPUs, "0-3,7" (bitmap_print_to_pagebuf): how many. Empty: 0. 0 or -EINVAL. */
int procfs_cpu_list_count(struct str text, uint64_t *ret_count);
/* The number behind a key, "key value" a line, as cpu.stat has them. 0 or -ENOENT. */
int procfs_key_parse(struct str text, struct str key, uint64_t *ret_value);

#endif
