/* /proc/PID/io: what a process read and wrote. fs/proc/base.c, do_io_accounting. */
#ifndef PROCFS_IO_H
#define PROCFS_IO_H

#include "base/str.h"
#include "model/usage.h"

/*
 * Sets the fields of `usage` that the text names (READ and WRITE, CHARS and BYTES); other lines
 * are nothing. Returns 0, or -EINVAL when a number is none; `usage` is then unchanged.
 */
int procfs_io_parse(struct str text, struct usage *usage);

#endif
