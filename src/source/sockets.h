/* The sockets of network namespaces, and who holds them. */
#ifndef SOURCE_SOCKETS_H
#define SOURCE_SOCKETS_H

#include "base/error.h"
#include "base/root.h"
#include "model/file.h"

void socket_list_deinit(struct socket_list *list);
/* The socket with that inode, or NULL. */
const struct socket *socket_list_find(const struct socket_list *list, uint64_t inode);

/* All sockets of the network namespace that the process PID lives in; holders are not filled. */
int sockets_read_of(const struct root *root, int32_t pid, struct socket_list *ret,
		    struct error *err);
/*
 * All sockets of all network namespaces that some process lives in, with their holders. `pids`
 * (or NULL) limits the holders that are looked for, and then the namespaces, to these processes.
 */
int sockets_read_all(const struct root *root, const int32_t *pids, size_t pid_count,
		     struct socket_list *ret, struct error *err);

#endif
