/*
 * What a cgroup's path tells: the systemd unit, slice and the container. Conventions: systemd's
 * cgroup names (systemd.io/CONTROL_GROUP_INTERFACE), docker, containerd, CRI-O, podman, lxc.
 */
#ifndef MODEL_CGROUP_NAME_H
#define MODEL_CGROUP_NAME_H

#include "base/str.h"

/*
 * The path that counts, of the lines of /proc/PID/cgroup: version 2's ("0::/path") unless it is
 * "/" while a version 1 hierarchy (name=systemd first, else the first) says more. Lines are split
 * at the first two ':' only. STR_NONE: no line.
 */
struct str cgroup_path(struct str file);
/* The system's unit, as systemd tells it: "ssh.service", "session-2.scope"; STR_NONE. */
struct str cgroup_unit(struct str path);
/* The unit of the user manager that it is in: "foo.service" below user@1000.service; STR_NONE. */
struct str cgroup_user_unit(struct str path);
/* The slice of the system's unit: "system.slice", "user-1000.slice"; STR_NONE: not systemd's. */
struct str cgroup_slice(struct str path);
/* Does it end in a type of unit (".service", ...), with something before that? */
bool cgroup_has_unit_suffix(struct str name);
/* Is the path at or below the unit's cgroup? "ssh" means ssh.service; systemd's escapes as written. */
bool cgroup_in_unit(struct str path, struct str unit);
/* Is it at or below `ancestor`, "/a/b" (a trailing '/' and "/sys/fs/cgroup" in front do not matter)? */
bool cgroup_below(struct str path, struct str ancestor);
/* The innermost container: its id (12 to 64 hex digits), or name (lxc, nspawn); STR_NONE. */
struct str cgroup_container(struct str path);

#endif
