/*
 * Sockets as the kernel tells them over netlink: what /proc/net does not say (the other end and
 * the owner of a Unix socket, exact names, the interface an address belongs to), and faster.
 */
#ifndef SOURCE_SOCK_DIAG_H
#define SOURCE_SOCK_DIAG_H

#include "base/root.h"
#include "model/file.h"

#include <stddef.h>

/* Does it tell of these? */
bool sock_diag_knows(enum socket_protocol protocol, uint8_t family);

/*
 * A descriptor that asks about the network namespace of the process whose directory `dirfd` is;
 * -1: pscope's own. Or a negative errno: -EPERM where the kernel does not let pscope in.
 */
int sock_diag_open(int dirfd);
/* The same of the network namespace that the descriptor `namespace` names. */
int sock_diag_open_there(int namespace);

/*
 * Calls `take` for each socket; its texts are valid during the call only. 0, or a negative errno:
 * -ENOENT where the kernel has no such table.
 */
int sock_diag_read(int fd, enum socket_protocol protocol, uint8_t family,
		   void (*take)(void *context, const struct socket *s), void *context);

/* Room for the name of a Unix socket, with the '@' and NULs that are shown as '@'. */
#define SOCK_DIAG_NAME 128

/*
 * Decodes what one netlink message about a socket carries (behind its header). `name`:
 * SOCK_DIAG_NAME bytes that ret->path will point to. Returns 0 or -EINVAL.
 */
int sock_diag_decode(const void *bytes, size_t size, enum socket_protocol protocol, char *name,
		     struct socket *ret);

#endif
