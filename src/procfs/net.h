/*
 * The tables of sockets of one network namespace: /proc/PID/net/tcp and its like. net/ipv4/
 * tcp_ipv4.c, udp.c, raw.c; net/unix/af_unix.c; net/netlink/af_netlink.c; net/packet/af_packet.c.
 */
#ifndef PROCFS_NET_H
#define PROCFS_NET_H

#include "model/file.h"

enum procfs_net_kind { PROCFS_NET_INET, PROCFS_NET_UNIX, PROCFS_NET_NETLINK, PROCFS_NET_PACKET };

/* One file of the folder "net". */
struct procfs_net_file {
	const char *name; /* "tcp6" */
	enum procfs_net_kind kind;
	enum socket_protocol protocol;
	uint8_t family;
};

extern const struct procfs_net_file procfs_net_files[];
extern const unsigned procfs_net_file_count;

#define PROCFS_NET_WORDS 24

/* A reading of one file. */
struct procfs_net {
	const struct procfs_net_file *file;
	struct str rest;
	int8_t column[PROCFS_NET_WORDS]; /* of each word of a line; -1: of no use */
	unsigned words;
};

/* Reads the heading. Returns 0, or -EINVAL when it is none of such a file. */
int procfs_net_begin(struct procfs_net *net, const struct procfs_net_file *file, struct str text);
/*
 * The next socket; false at the end. A line that is none is passed over. The name of a Unix socket
 * points into the text.
 */
bool procfs_net_next(struct procfs_net *net, struct socket *ret);

#endif
