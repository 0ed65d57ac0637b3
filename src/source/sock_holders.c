/*
 * Who holds which socket. Key decision: one vector of (inode, pid, descriptor), sorted once; then
 * the holders of a socket stand side by side.
 */
#include "source/sock_holders.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/stat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#define LINK_MAX_BYTES 64 /* "socket:[18446744073709551615]" */
#define STAT_MAX       4096

void sock_holders_deinit(struct sock_holders *holders)
{
	free(holders->items);
	free(holders->unreadable);
	*holders = (struct sock_holders){0};
}

static void add(struct sock_holders *holders, struct sock_held held)
{
	if (holders->count == holders->capacity) {
		holders->capacity = holders->capacity ? 2 * holders->capacity : 256;
		holders->items =
			mem_realloc(holders->items, holders->capacity, sizeof *holders->items);
	}
	holders->items[holders->count++] = held;
}

static void add_unreadable(struct sock_holders *holders, int32_t pid)
{
	if (holders->unreadable_count == holders->unreadable_capacity) {
		holders->unreadable_capacity =
			holders->unreadable_capacity ? 2 * holders->unreadable_capacity : 64;
		holders->unreadable = mem_realloc(holders->unreadable, holders->unreadable_capacity,
						  sizeof *holders->unreadable);
	}
	holders->unreadable[holders->unreadable_count++] = pid;
}

/* The inode number in "socket:[123]"; 0: another kind of file, or (with errno) unreadable. */
static uint64_t socket_inode(int dirfd, const char *name)
{
	static const struct str before = {"socket:[", 8};
	char target[LINK_MAX_BYTES];
	ssize_t n = readlinkat(dirfd, name, target, sizeof target);
	struct str text = {target, n > 0 ? (size_t)n : 0};
	unsigned long long inode;

	if (n >= 0)
		errno = 0;
	if (text.n < before.n + 2 || !str_starts(text, before) || text.p[text.n - 1] != ']')
		return 0;
	text = (struct str){text.p + before.n, text.n - before.n - 1};
	return str_to_u64(text, &inode) == 0 ? inode : 0;
}

/* Kernel threads and zombies hold nothing, whether they may be read or not. */
static bool holds_nothing(int dirfd)
{
	struct buf text = BUF_INIT;
	struct snapshot_stat stat;
	bool nothing = root_read(dirfd, "stat", &text, STAT_MAX) < 0 ||
		       (procfs_stat_parse(buf_str(&text), &stat) >= 0 &&
			(stat.state == 'Z' || stat.state == 'X' ||
			 stat.kernel_flags & SNAPSHOT_PF_KTHREAD));

	buf_deinit(&text);
	return nothing;
}

static bool is_denied(int error)
{
	return error == EACCES || error == EPERM;
}

/* False when the descriptors may be listed, but not looked at: root without CAP_SYS_PTRACE. */
static bool add_all(struct sock_holders *holders, DIR *dir, int32_t pid)
{
	const struct dirent *entry;
	unsigned long long number;

	while ((entry = readdir(dir))) {
		uint64_t inode;

		if (str_to_u64(str_of(entry->d_name), &number) < 0 || number > INT32_MAX)
			continue;
		inode = socket_inode(dirfd(dir), entry->d_name);
		if (inode)
			add(holders, (struct sock_held){
					     inode, {pid, (int32_t)number}
                        });
		else if (is_denied(errno))
			return false;
	}
	return true;
}

int sock_holders_add(struct sock_holders *holders, int process_fd, int32_t pid)
{
	int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0 && is_denied(errno)) {
		if (!holds_nothing(process_fd))
			add_unreadable(holders, pid);
		return 0;
	}
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		cleanup_close_fn(&fd);
		return 1;
	}
	if (!add_all(holders, dir, pid))
		add_unreadable(holders, pid);
	closedir(dir);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct sock_held *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->holder.pid != b->holder.pid)
		return a->holder.pid < b->holder.pid ? -1 : 1;
	return a->holder.fd < b->holder.fd ? -1 : a->holder.fd > b->holder.fd;
}

void sock_holders_sort(struct sock_holders *holders)
{
	if (holders->count > 0)
		qsort(holders->items, holders->count, sizeof *holders->items, compare);
}

/* ---- what stands in no table ---- */

/* How the kernel's protocols call themselves: struct proto, "name"; net/socket.c, dname. */
static const struct protocol_name {
	const char *name;
	enum socket_protocol protocol;
	uint8_t family;
} protocol_names[] = {
	{"TCP",         SOCKET_TCP,     AF_INET   },
	{"TCPv6",       SOCKET_TCP,     AF_INET6  },
	{"UDP",         SOCKET_UDP,     AF_INET   },
	{"UDPv6",       SOCKET_UDP,     AF_INET6  },
	{"UDP-Lite",    SOCKET_UDPLITE, AF_INET   },
	{"UDPLITEv6",   SOCKET_UDPLITE, AF_INET6  },
	{"RAW",         SOCKET_RAW,     AF_INET   },
	{"RAWv6",       SOCKET_RAW,     AF_INET6  },
	{"PING",        SOCKET_ICMP,    AF_INET   },
	{"PINGv6",      SOCKET_ICMP,    AF_INET6  },
	{"UNIX",        SOCKET_UNIX,    AF_UNIX   },
	{"UNIX-STREAM", SOCKET_UNIX,    AF_UNIX   },
	{"NETLINK",     SOCKET_NETLINK, AF_NETLINK},
	{"PACKET",      SOCKET_PACKET,  AF_PACKET },
	{"AF_VSOCK",    SOCKET_VSOCK,   AF_VSOCK  },
};

static void take_protocol(struct str word, struct arena *arena, struct socket *s)
{
	for (size_t i = 0; i < sizeof protocol_names / sizeof *protocol_names; i++) {
		if (!str_is(word, protocol_names[i].name))
			continue;
		s->protocol = protocol_names[i].protocol;
		s->family = protocol_names[i].family;
		return;
	}
	s->path = arena_str(arena, word);
}

bool sock_holders_ask(const struct root *root, const struct sock_held *held, struct arena *arena,
		      struct socket *ret)
{
	cleanup_close int dirfd = root_open_pid(root, held->holder.pid);
	struct socket s = {
		.inode = held->inode,
		.protocol = SOCKET_OTHER,
		.uid = SOCKET_UID_UNKNOWN,
		.receive_queue = SOCKET_QUEUE_UNKNOWN,
		.send_queue = SOCKET_QUEUE_UNKNOWN,
		.netlink_protocol = -1,
	};
	struct buf word = BUF_INIT;
	char path[24];

	snprintf(path, sizeof path, "fd/%d", held->holder.fd);
	if (root->live && root_read_attribute(dirfd, path, "system.sockprotoname", &word) == 0)
		take_protocol((struct str){word.p, strnlen(word.p, word.n)}, arena, &s);
	buf_deinit(&word);
	/* asked after the attribute: what that said is of this socket */
	if (dirfd < 0 || socket_inode(dirfd, path) != held->inode)
		return false;
	*ret = s;
	return true;
}
