/* Who is in the cgroups of a target now, as the kernel lists them. */
#ifndef SOURCE_CGROUP_PROCS_H
#define SOURCE_CGROUP_PROCS_H

#include "base/root.h"
#include "source/pick.h"
#include "source/scan_numbers.h"

struct cgroup_procs;

/* `refs` must outlive it. */
struct cgroup_procs *cgroup_procs_new(const struct root *root, const struct cgroup_ref *refs,
				      unsigned count);
void cgroup_procs_free(struct cgroup_procs *procs);
/*
 * The numbers of all processes in them and in those below, by path: a directory that was made anew
 * counts. What is not there or may not be read has nobody in it.
 */
void cgroup_procs_list(struct cgroup_procs *procs, struct scan_numbers *ret);

#endif
