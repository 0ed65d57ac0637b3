/* Cgroups by the names that people give them. */
#ifndef SOURCE_CGROUP_H
#define SOURCE_CGROUP_H

#include "base/root.h"
#include "source/pick.h"

/*
 * The cgroup that `text` means:
 *	/system.slice/ssh.service	a path as /proc/PID/cgroup has it; the first '/' may be left out
 *	/sys/fs/cgroup/system.slice	a directory of a cgroup file system (absolute, ./x or ../x)
 *	cpu:/jobs, name=systemd:/x	of that hierarchy of v1; 0::/x, :/x: of v2
 * Without a hierarchy it is the one in which the path exists: v2 first, then systemd's of v1, then
 * the others. `path` keeps the text of ret->path, which is as /proc/PID/cgroup shows it to us.
 * Returns 0, or -ENOENT, -ENOTDIR, ... with a sentence that names what was looked for and where.
 */
int cgroup_resolve(const struct root *root, const char *text, struct buf *path,
		   struct cgroup_ref *ret, struct error *err);

/*
 * The same for a path that need not exist yet: ret->id is then 0, which no cgroup has. Its
 * hierarchy is v2, or systemd's of v1 where there is no v2.
 */
int cgroup_expect(const struct root *root, const char *text, struct buf *path,
		  struct cgroup_ref *ret, struct error *err);

#endif
