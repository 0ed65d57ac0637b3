/*
 * Who runs already when a run begins: a source of SEEN records, parents before their children.
 *
 * It looks twice: when it is made, which is before the event source is opened, and when it is opened
 * itself, which is right after. So nobody falls between the two, and whose parent ended meanwhile is
 * told of as the child of the one above. Who was there at the first look only is told of as doubtful
 * and, a moment later, as ended: he is of the run only if the event source tells of him before.
 */
#ifndef SOURCE_SEEN_H
#define SOURCE_SEEN_H

#include "source/pick.h"
#include "source/scan.h"

struct seen_options {
	const struct root *root;
	const struct cgroup_ref *cgroups; /* whose members are marked; must outlive the source */
	unsigned cgroup_count;
	enum scan_way
		way; /* that of the event source, if that one scans: so both mean the same lives */
};

struct source *seen_new(const struct seen_options *options);
/* When the first look was over: the time of its records, but of who was born after it. Boot time. */
int64_t seen_time_ns(const struct source *source);

#endif
