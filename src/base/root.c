/*
 * The directory descriptors behind every read of kernel files. Key decision: this is the only
 * place that knows where proc is mounted, so that captured trees and container roots work alike.
 */
#include "base/root.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static int open_dir(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int root_open(struct root *root, const char *path, struct error *err)
{
	cleanup_close int top = -1;

	*root = (struct root){.proc_fd = -1, .sys_fd = -1, .live = !path || strcmp(path, "/") == 0};
	top = open_dir(AT_FDCWD, root->live ? "/" : path);
	if (top < 0)
		return error_set(err, errno, "cannot open the root directory %s: %s", path,
				 error_name(errno));
	root->proc_fd = root->live ? open_dir(AT_FDCWD, "/proc") : open_dir(top, "proc");
	if (root->proc_fd < 0)
		return error_set(err, errno, "cannot open %s: %s; is proc mounted there?",
				 root->live ? "/proc" : "proc below the root directory",
				 error_name(errno));
	root->sys_fd = open_dir(top, "sys");
	return 0;
}

int root_check_proc(const struct root *root, struct error *err)
{
	struct statfs fs;

	if (root->live && fstatfs(root->proc_fd, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ENODEV,
				 "/proc is not mounted, so no process can be seen; as root: "
				 "mount -t proc proc /proc");
	return 0;
}

void root_close(struct root *root)
{
	cleanup_close_fn(&root->proc_fd);
	cleanup_close_fn(&root->sys_fd);
	root->proc_fd = root->sys_fd = -1;
}

int root_read(int dirfd, const char *path, struct buf *out, size_t limit)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t start = out->n;

	if (fd < 0)
		return -errno;
	while (out->n - start < limit) {
		size_t room = limit - (out->n - start) < 4096 ? limit - (out->n - start) : 4096;
		ssize_t n = read(fd, buf_reserve(out, room), room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		out->n += (size_t)n;
	}
	return 0;
}

int root_read_link(int dirfd, const char *path, struct buf *out)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, path, target, sizeof target);

	if (n < 0)
		return -errno;
	buf_add(out, target, (size_t)n);
	return 0;
}

/* getxattrat(2) is too young: the way through the own descriptor does the same. */
int root_read_attribute(int dirfd, const char *path, const char *name, struct buf *out)
{
	char full[PATH_MAX], value[256];
	ssize_t n;

	snprintf(full, sizeof full, "/proc/self/fd/%d/%s", dirfd, path);
	n = getxattr(full, name, value, sizeof value);
	if (n < 0)
		return -errno;
	buf_add(out, value, (size_t)n);
	return 0;
}

int root_open_pid(const struct root *root, int pid)
{
	char name[16];
	int fd;

	snprintf(name, sizeof name, "%d", pid);
	fd = open_dir(root->proc_fd, name);
	return fd < 0 ? -errno : fd;
}
