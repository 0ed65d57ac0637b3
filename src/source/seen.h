/*
 * Who runs already when a run begins: a source of SEEN records, parents before their children,
 * made of one scan. Opened after the event source, so that nobody falls between the two; its
 * records carry the time at which the event source began to be opened, so that they come first.
 */
#ifndef SOURCE_SEEN_H
#define SOURCE_SEEN_H

#include "source/pick.h"

struct seen_options {
	const struct root *root;
	int64_t time_ns;                  /* of all its records; boot time */
	const struct cgroup_ref *cgroups; /* whose members are marked; must outlive the source */
	unsigned cgroup_count;
};

struct source *seen_new(const struct seen_options *options);

#endif
