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

/* The lines that are no costs. */
struct procfs_io_calls {
	uint64_t read, written;   /* system calls */
	uint64_t cancelled_bytes; /* counted as written, then truncated away before they were */
};
/* Lines that are missing leave their member alone. Returns 0 or -EINVAL. */
int procfs_io_parse_calls(struct str text, struct procfs_io_calls *calls);

#endif
