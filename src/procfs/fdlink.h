/* /proc/PID/fd/N, exe, maps: what a link of the kernel says of a file. fs/d_path.c, fs/proc/fd.c. */
#ifndef PROCFS_FDLINK_H
#define PROCFS_FDLINK_H

#include "base/str.h"
#include "model/file.h"

/* " (deleted)": what the kernel puts behind the path of a file that this name leads to no more. */
#define PROCFS_DELETED STR(" (deleted)")

/*
 * The type as far as the text tells: FILE_UNKNOWN for a path, whose type only its mode tells.
 * `ret_marked`: the text ends in PROCFS_DELETED, which is then not in `ret_path`. A file may be
 * named so: whether it is gone must be asked of the file.
 */
enum file_type procfs_fdlink_parse(struct str link, struct str *ret_path, bool *ret_marked);

#endif
