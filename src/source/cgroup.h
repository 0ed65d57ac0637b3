/* Cgroups and units by the names that people give them. */
#ifndef SOURCE_CGROUP_H
#define SOURCE_CGROUP_H

#include "base/buf.h"
#include "base/root.h"
#include "source/pick.h"

/*
 * The cgroup that `text` means: a path below a hierarchy's root ("/system.slice/ssh.service",
 * "system.slice/..."), a directory of the cgroup filesystem as a path, or "HIERARCHY:PATH" of v1
 * ("cpu:/jobs", "name=systemd:/..."). Where v1 and v2 are mounted side by side and no hierarchy is
 * named: the one in which it exists, v2 first. `path` keeps the text of ret->path. Returns 0, or
 * -ENOENT, ... with a sentence that names what was looked for and where.
 */
int cgroup_resolve(const struct root *root, const char *text, struct buf *path,
		   struct cgroup_ref *ret, struct error *err);

/*
 * The cgroup of a systemd unit (".service" is added where there is no suffix), asked of the system's
 * or (`user`) the caller's own systemd over D-Bus, with a second of patience. ret_path is a path for
 * cgroup_resolve; empty for a unit that exists and does not run. -ENOENT: there is no such unit;
 * else the sentence says why systemd cannot be asked.
 */
int unit_cgroup(const char *unit, bool user, struct buf *ret_path, struct error *err);

#endif
