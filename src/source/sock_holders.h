/* Who holds which socket: the descriptors of processes that are sockets. */
#ifndef SOURCE_SOCK_HOLDERS_H
#define SOURCE_SOCK_HOLDERS_H

#include "base/root.h"
#include "model/file.h"

struct sock_held {
	uint64_t inode;
	struct socket_holder holder;
};

struct sock_holders {
	struct sock_held *items; /* by inode, pid, fd: sock_holders_sort */
	size_t count, capacity;
	int32_t *unreadable; /* processes whose descriptors may not be seen */
	size_t unreadable_count, unreadable_capacity;
};

void sock_holders_deinit(struct sock_holders *holders);
/*
 * Adds the sockets of the process whose directory `process_fd` is. 0; 1 when it has gone; others'
 * processes that may not be read are counted.
 */
int sock_holders_add(struct sock_holders *holders, int process_fd, int32_t pid);
void sock_holders_sort(struct sock_holders *holders);

/*
 * Asks the kernel about a held socket that stands in no table (not bound yet, or of a namespace
 * without processes): its protocol and family. `ret` is filled but for its holders; false when it
 * is not held any more. Texts go into `arena`.
 */
bool sock_holders_ask(const struct root *root, const struct sock_held *held, struct arena *arena,
		      struct socket *ret);

#endif
