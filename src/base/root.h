/*
 * Where the kernel's file trees are. Every read of /proc and /sys goes through one of these
 * directory descriptors, so that a captured tree can stand in for the machine.
 */
#ifndef BASE_ROOT_H
#define BASE_ROOT_H

#include "base/buf.h"
#include "base/error.h"

struct root {
	int proc_fd; /* the proc file system */
	int sys_fd;  /* -1 when there is none */
	bool live;   /* the running machine, not a captured tree */
};

/* `path`: NULL or "/" for the machine itself, or a directory that holds proc/ and sys/. */
int root_open(struct root *root, const char *path, struct error *err);
void root_close(struct root *root);
/* Is proc mounted where the machine's should be? 0, or -errno with a sentence that says how. */
int root_check_proc(const struct root *root, struct error *err);

/*
 * Reads a whole kernel file below `dirfd` into `out` (appended), at most `limit` bytes. Returns 0,
 * or a negative errno; -ENOENT and -ESRCH both mean that the process is gone.
 */
int root_read(int dirfd, const char *path, struct buf *out, size_t limit);
/* Appends the target of a symbolic link. */
int root_read_link(int dirfd, const char *path, struct buf *out);
/* Appends an extended attribute of the file `path` below `dirfd`, links followed. */
int root_read_attribute(int dirfd, const char *path, const char *name, struct buf *out);
/* Opens PID's directory: reads through it never show another process that reuses the number. */
int root_open_pid(const struct root *root, int pid);

#endif
