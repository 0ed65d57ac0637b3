/* Who is in the cgroups of a target, also when these are made anew. */
#ifndef SOURCE_CGROUP_MEMBERS_H
#define SOURCE_CGROUP_MEMBERS_H

#include "base/root.h"
#include "source/pick.h"

/* Is who has this /proc/PID/cgroup in one of them, or below? By path: new directories too. */
bool cgroup_covers(const struct cgroup_ref *refs, unsigned count, struct str proc_cgroup);

/*
 * A service that starts again has its old path and a new directory. The watch knows where the
 * directories of `refs` (which must outlive it) are and writes their new ids into them.
 */
struct cgroup_watch;

struct cgroup_watch *cgroup_watch_new(const struct root *root, struct cgroup_ref *refs,
				      unsigned count);
void cgroup_watch_free(struct cgroup_watch *watch);
/*
 * Looks: a handful of system calls for each. Returns how many ids have changed; the
 * id of one that is gone becomes 0, which no cgroup has.
 */
unsigned cgroup_watch_look(struct cgroup_watch *watch);

#endif
