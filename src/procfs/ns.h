/* /proc/PID/ns: links that name namespaces, "mnt:[4026531841]". namespaces(7); fs/nsfs.c. */
#ifndef PROCFS_NS_H
#define PROCFS_NS_H

#include "base/str.h"

#include <stdint.h>

/* The number of the namespace that a link names. Returns 0 or -EINVAL. */
int procfs_ns_parse(struct str link, uint64_t *ret_inode);

#endif
