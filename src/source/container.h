/* Containers by what their cgroups are called: their ids, or the names of those of lxc and nspawn. */
#ifndef SOURCE_CONTAINER_H
#define SOURCE_CONTAINER_H

#include "base/root.h"
#include "source/pick.h"

/*
 * The cgroup of the container that `text` means: a name, an id, or 6 digits or more from the beginning
 * of an id that is the only one that begins so. `path` keeps the text of ret->path. Returns 0, or
 * -ENOENT or -EINVAL with a sentence that says which containers there are.
 */
int container_resolve(const struct root *root, const char *text, struct buf *path,
		      struct cgroup_ref *ret, struct error *err);

#endif
