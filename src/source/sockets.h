/* The sockets of network namespaces, and who holds them. */
#ifndef SOURCE_SOCKETS_H
#define SOURCE_SOCKETS_H

#include "base/error.h"
#include "base/root.h"
#include "model/file.h"

void socket_list_deinit(struct socket_list *list);

/*
 * All sockets of the network namespace that the process PID lives in; holders are not filled. 0,
 * 1 when there is no such process, or -errno with a sentence.
 */
int sockets_read_of(const struct root *root, int32_t pid, struct socket_list *ret,
		    struct error *err);
/*
 * All sockets of all network namespaces that some process lives in, with their holders, and what
 * processes hold beside. `pids` (or NULL) limits the holders that are looked for, and then the
 * namespaces, to these processes. Who vanishes meanwhile is left out. 0, or -errno with a sentence.
 *
 * A namespace that no process lives in is seen through a socket of it that is held, where the
 * kernel lets pscope (5.6, CAP_NET_ADMIN and CAP_SYS_PTRACE). The number of a namespace is known to who may
 * trace one of its processes.
 */
int sockets_read_all(const struct root *root, const int32_t *pids, size_t pid_count,
		     struct socket_list *ret, struct error *err);

#endif
