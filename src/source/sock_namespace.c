/*
 * Which network namespace a socket belongs to. Key decision: only the socket knows, so a copy of it
 * is fetched and asked, for the moment of one question; its number proves that it is the right one.
 */
#include "source/sock_namespace.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int sock_namespace_open(const struct sock_held *held, uint64_t *ret_number)
{
	cleanup_close int process = (int)syscall(SYS_pidfd_open, held->holder.pid, 0);
	cleanup_close int copy = -1;
	struct stat status;
	int namespace;

	if (process < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, process, held->holder.fd, 0);
	if (copy < 0)
		return -errno;
	if (fstat(copy, &status) < 0 || !S_ISSOCK(status.st_mode) || status.st_ino != held->inode)
		return -ESRCH;
	namespace = ioctl(copy, SIOCGSKNS);
	if (namespace < 0)
		return -errno;
	if (fstat(namespace, &status) < 0) {
		cleanup_close_fn(&namespace);
		return -ESRCH;
	}
	*ret_number = status.st_ino;
	return namespace;
}
