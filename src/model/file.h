/* What a process holds open: descriptors, sockets, mappings. Values only. */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum file_type {
	FILE_UNKNOWN,
	FILE_REGULAR,
	FILE_DIRECTORY,
	FILE_CHAR,
	FILE_BLOCK,
	FILE_PIPE,
	FILE_FIFO,
	FILE_SOCKET,
	FILE_LINK,
	FILE_EVENTFD,
	FILE_EVENTPOLL,
	FILE_SIGNALFD,
	FILE_TIMERFD,
	FILE_INOTIFY,
	FILE_FANOTIFY,
	FILE_PIDFD,
	FILE_MEMFD,
	FILE_IO_URING,
	FILE_BPF,
	FILE_PERF,
	FILE_USERFAULTFD,
	FILE_NAMESPACE,
	FILE_ANON /* another anon_inode */,
	FILE_TYPES
};
extern const char *const file_type_names[FILE_TYPES];

struct buf;
/* The type that the mode tells; FILE_UNKNOWN for one that it does not know. */
enum file_type file_type_of_mode(uint32_t mode);
/* "-rw-r--r--", as ls -l writes it; appended. */
void file_mode_add(struct buf *out, uint32_t mode);
/*
 * The words of open(2)'s flags one by one: "rdwr", "append", "cloexec", ...; start with *at 0; NULL
 * after the last.
 */
const char *file_flag_next(uint32_t flags, unsigned *at);

/* One descriptor. fs/proc/fd.c; the rest is stat(2) through the link. */
struct open_file {
	int32_t fd;
	enum file_type type;
	struct str path; /* what the link says, without " (deleted)" */
	bool deleted;    /* no name leads to it any more */
	bool stat_known; /* mode to ctime below */
	uint32_t mode, uid, gid;
	uint64_t links, size_bytes, device, inode, rdev;
	int64_t mtime_ns, atime_ns, ctime_ns; /* ns since 1970 */
	bool info_known;                      /* position to mount_id below: fdinfo */
	uint64_t position;
	uint32_t flags; /* of open(2), O_CLOEXEC with them */
	int32_t mount_id;
	struct str info; /* the further lines of fdinfo: eventfd counts, inotify watches, ... */
	const struct socket *socket; /* of a socket that was found; or NULL */
};

struct open_file_list {
	struct open_file *items; /* by number */
	size_t count, capacity;
	struct arena arena;
	bool denied; /* may not be listed */
};

/* One mapping: maps, with smaps the sizes. fs/proc/task_mmu.c. */
struct mapping {
	uint64_t start, end, offset, inode;
	uint32_t device_major, device_minor;
	char permissions[5]; /* "rw-p" */
	struct str path;     /* "[heap]", a file without " (deleted)", or empty */
	bool deleted;
	bool sizes_known;
	uint64_t rss_bytes, pss_bytes, private_dirty_bytes, swap_bytes;
};

struct mapping_list {
	struct mapping *items;
	size_t count, capacity;
	struct arena arena;
	bool denied;
};

/* ---- sockets ---- */

enum socket_protocol {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_UDPLITE,
	SOCKET_RAW,
	SOCKET_ICMP,
	SOCKET_UNIX,
	SOCKET_NETLINK,
	SOCKET_PACKET,
	SOCKET_VSOCK,
	SOCKET_OTHER,
	SOCKET_PROTOCOLS
};
extern const char *const socket_protocol_names[SOCKET_PROTOCOLS]; /* "tcp", ... */

/* include/net/tcp_states.h; Unix sockets have LISTEN, ESTABLISHED (connected), CLOSE only. */
enum socket_state {
	SOCKET_STATE_NONE,
	SOCKET_ESTABLISHED,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT1,
	SOCKET_FIN_WAIT2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_NEW_SYN_RECV,
	SOCKET_STATES
};
extern const char *const socket_state_names[SOCKET_STATES]; /* as ss: "ESTAB", "LISTEN", ... */

struct socket_address {
	uint8_t family; /* AF_INET, AF_INET6, 0: none */
	uint8_t bytes[16];
	uint16_t port;  /* host order; raw: the IP protocol; icmp: the id; packet: the EtherType */
	uint32_t scope; /* index of the interface that it is bound to; 0: none, or unknown */
};

/* Who holds a socket. */
struct socket_holder {
	int32_t pid, fd;
};

/* What not every way of asking tells. */
#define SOCKET_QUEUE_UNKNOWN UINT64_MAX
#define SOCKET_UID_UNKNOWN   UINT32_MAX

struct socket {
	uint64_t
		inode; /* 0: no process can hold it (any more): TIME_WAIT, half closed, half open */
	uint64_t net_namespace; /* inode number; 0: unknown */
	enum socket_protocol protocol;
	enum socket_state state;
	bool listening;    /* TCP or Unix in LISTEN, UDP without a peer */
	uint8_t family;    /* AF_INET, AF_INET6, AF_UNIX, ... */
	uint8_t unix_type; /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
	struct socket_address local, remote;
	uint32_t uid; /* who made it, or SOCKET_UID_UNKNOWN */
	/* bytes; of a listener: waiting connections, backlog; or SOCKET_QUEUE_UNKNOWN */
	uint64_t receive_queue, send_queue;
	/* Unix: its name, '@' for the NULs of an abstract one; other: the kernel's word; STR_NONE */
	struct str path;
	uint64_t peer_inode;      /* Unix, and TCP within this machine: the other end; 0: unknown */
	struct str peer_path;     /* Unix: the peer's name; STR_NONE */
	int32_t netlink_protocol; /* NETLINK_ROUTE, ...; -1 */
	uint32_t netlink_port, netlink_groups;
	const struct socket_holder *holders; /* holder_count of them, by pid and fd */
	size_t holder_count;
};

struct socket_list {
	struct socket *items; /* by namespace, protocol, port */
	size_t count, capacity;
	uint32_t *by_inode; /* places in items, by inode; those with an inode */
	size_t by_inode_count;
	struct arena arena;
	const int32_t *unreadable_pids; /* processes whose descriptors may not be seen, ascending */
	size_t unreadable;
};

/* Settles what follows from the rest: `listening`, the owner of what nobody owns, no remote
 * address where it is none. */
void socket_settle(struct socket *s);

/* May the descriptors of that process not be seen? */
bool socket_list_unreadable(const struct socket_list *list, int32_t pid);
/* Does the process hold the socket? */
bool socket_is_held(const struct socket *s, int32_t pid);
/* The socket with that inode, or NULL. */
const struct socket *socket_list_find(const struct socket_list *list, uint64_t inode);
/* "stream", "dgram", "seqpacket" of Unix sockets, "raw" or "dgram" of packet sockets; or NULL. */
const char *socket_type_name(const struct socket *s);
/* "route", "generic", ...: the netlink protocol; NULL when it has no name. */
const char *socket_netlink_name(const struct socket *s);

/* "127.0.0.1", "::1", "fe80::1%3", "*" for any address; appended. */
void socket_address_add(struct buf *out, const struct socket_address *address);
/* "127.0.0.1:80", "[::1]:80", "[fe80::1%3]:80"; "*:80" for any address, "*:*" for any port too. */
void socket_address_add_port(struct buf *out, const struct socket_address *address);

#endif
