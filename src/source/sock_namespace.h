/* The network namespace of a socket, of the socket itself: its holder may live elsewhere. */
#ifndef SOURCE_SOCK_NAMESPACE_H
#define SOURCE_SOCK_NAMESPACE_H

#include "source/sock_holders.h"

/*
 * A descriptor of the namespace that the held socket belongs to, and its number. Or a negative errno:
 * -EPERM without CAP_SYS_PTRACE or CAP_NET_ADMIN, -ENOSYS before 5.6, -ESRCH when it is not held any
 * more.
 */
int sock_namespace_open(const struct sock_held *held, uint64_t *ret_number);

#endif
