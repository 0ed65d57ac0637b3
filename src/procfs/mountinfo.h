/* /proc/PID/mountinfo: a mount a line. proc(5); fs/proc_namespace.c, show_mountinfo. */
#ifndef PROCFS_MOUNTINFO_H
#define PROCFS_MOUNTINFO_H

#include "base/buf.h"

#include <stdint.h>

/* Texts as the file has them: blanks, tabs, line ends and backslashes are escaped (\\040). */
struct procfs_mount {
	uint64_t id;
	struct str
		root; /* what of the file system is mounted; of cgroups seen from our namespace */
	struct str point, type, super_options;
};

/* Cuts the next mount off `*text`, lines that are none are skipped. Returns 0, or -ENOENT. */
int procfs_mountinfo_next(struct str *text, struct procfs_mount *ret_mount);
/* Appends a text of the file as it is without escapes. */
void procfs_mountinfo_unescape(struct str text, struct buf *out);

/* Finds the mount of that id. Returns 0 or -ENOENT; the texts point into the file. */
int procfs_mountinfo_find(struct str text, uint64_t id, struct procfs_mount *ret_mount);

/* The value of an option in "rw,name=value"; STR_NONE when it is not there. */
struct str procfs_mount_option(struct str options, struct str name);

#endif
