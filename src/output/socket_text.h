/* Sockets for people: a table; and as JSON. */
#ifndef OUTPUT_SOCKET_TEXT_H
#define OUTPUT_SOCKET_TEXT_H

#include "base/buf.h"
#include "base/json.h"
#include "model/field.h"
#include "model/file.h"

/* What stands around the sockets. */
struct socket_view {
	const struct socket_list *list;                    /* where the other ends are */
	const struct names *names;                         /* of users; NULL: numbers */
	struct str (*command)(void *context, int32_t pid); /* name of a process; NULL: none */
	void *command_context;
	/* The service's name of a port, or NULL; NULL: numbers. */
	const char *(*service)(uint16_t port, enum socket_protocol protocol);
	int32_t pid; /* the table is about this process: its descriptors come first; 0: about all */
	bool namespaces, queues; /* columns */
	bool no_headings, colour;
	unsigned width; /* of the terminal; 0: no limit */
};

/* "tcp6", "unix/dgram", "netlink" */
void socket_add_protocol(struct buf *out, const struct socket *s);
/* The local address, name or port of any kind of socket, and the other end's; "-" when none. */
void socket_add_local(struct buf *out, const struct socket *s, const struct socket_view *view);
void socket_add_remote(struct buf *out, const struct socket *s, const struct socket_view *view);

/* `indent` blanks before each line. */
void socket_add_table(struct buf *out, const struct socket *const *rows, size_t count,
		      const struct socket_view *view, unsigned indent);
/* One object. */
void socket_json(struct json *j, const struct socket *s, const struct socket_view *view);

#endif
