/*
 * Asks for sockets over netlink. Key decision: a netlink socket belongs to the namespace that it
 * was made in, so a child that shares our descriptors, and nothing but its namespace is its own,
 * goes there to make it. We ourselves never leave: one may leave where one may not come back.
 */
#include "source/sock_diag.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define RECEIVE_BYTES ((size_t)256 << 10) /* the kernel fills at most 32 KiB at a time */
#define SHOW_UID      0x40u               /* UDIAG_SHOW_UID, since 5.3 */
#define STACK_BYTES   ((size_t)64 << 10)

static int open_here(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

struct errand {
	int there;  /* the namespace */
	int result; /* the socket, or a negative errno */
};

/* In the child, on its own stack, while we stand still. */
static int run_errand(void *argument)
{
	struct errand *errand = argument;

	errand->result = setns(errand->there, CLONE_NEWNET) < 0 ? -errno : open_here();
	return 0;
}

/* No signal must reach the child: its handlers would run in our memory. Nobody hears of its end. */
int sock_diag_open_there(int namespace)
{
	struct errand errand = {namespace, -ECHILD};
	cleanup_free char *stack = mem_alloc(STACK_BYTES);
	sigset_t all, before;
	pid_t child;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = clone(run_errand, stack + STACK_BYTES, CLONE_VM | CLONE_FILES | CLONE_VFORK,
		      &errand);
	error = errno;
	if (child > 0)
		(void)waitpid(child, NULL, __WCLONE);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return child < 0 ? -error : errand.result;
}

int sock_diag_open(int dirfd)
{
	cleanup_close int there = -1;

	if (dirfd < 0)
		return open_here();
	there = openat(dirfd, "ns/net", O_RDONLY | O_CLOEXEC);
	return there < 0 ? -errno : sock_diag_open_there(there);
}

/* ---- asking ---- */

static const struct kind {
	enum socket_protocol protocol;
	uint8_t family, number;
} kinds[] = {
	{SOCKET_TCP,     AF_INET,  IPPROTO_TCP    },
	{SOCKET_TCP,     AF_INET6, IPPROTO_TCP    },
	{SOCKET_UDP,     AF_INET,  IPPROTO_UDP    },
	{SOCKET_UDP,     AF_INET6, IPPROTO_UDP    },
	{SOCKET_UDPLITE, AF_INET,  IPPROTO_UDPLITE},
	{SOCKET_UDPLITE, AF_INET6, IPPROTO_UDPLITE},
	{SOCKET_UNIX,    AF_UNIX,  0              },
};

static const struct kind *kind_of(enum socket_protocol protocol, uint8_t family)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].protocol == protocol && kinds[i].family == family)
			return &kinds[i];
	return NULL;
}

bool sock_diag_knows(enum socket_protocol protocol, uint8_t family)
{
	return kind_of(protocol, family);
}

static int ask(int fd, const struct kind *kind)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		union {
			struct inet_diag_req_v2 inet;
			struct unix_diag_req local;
		};
	} request = {
		.header.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	size_t n;

	if (kind->family == AF_UNIX) {
		request.local = (struct unix_diag_req){
			.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_show =
				UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | SHOW_UID,
		};
		n = sizeof request.local;
	} else {
		request.inet = (struct inet_diag_req_v2){
			.sdiag_family = kind->family,
			.sdiag_protocol = kind->number,
			.idiag_states = UINT32_MAX,
		};
		n = sizeof request.inet;
	}
	request.header.nlmsg_len = (uint32_t)(sizeof request.header + n);
	n = request.header.nlmsg_len;
	return sendto(fd, &request, n, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0
		       ? -errno
		       : 0;
}

/* ---- the answer ---- */

struct reading {
	enum socket_protocol protocol;
	void (*take)(void *context, const struct socket *s);
	void *context;
	bool done;
};

/* What a message that ends the answer says: 0, or a negative errno. */
static int ending(const char *bytes, size_t size)
{
	int32_t error = 0;

	if (size >= sizeof error)
		memcpy(&error, bytes, sizeof error);
	return error < 0 ? error : 0;
}

static int take_datagram(struct reading *reading, const char *at, size_t size)
{
	char name[SOCK_DIAG_NAME];
	struct nlmsghdr header;
	struct socket s;

	while (size >= sizeof header) {
		size_t step;

		memcpy(&header, at, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
			return -EPROTO;
		if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
			reading->done = true;
			return ending(at + sizeof header, header.nlmsg_len - sizeof header);
		}
		if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    sock_diag_decode(at + sizeof header, header.nlmsg_len - sizeof header,
				     reading->protocol, name, &s) == 0)
			reading->take(reading->context, &s);
		step = NLMSG_ALIGN((size_t)header.nlmsg_len);
		if (step >= size)
			break;
		at += step;
		size -= step;
	}
	return 0;
}

int sock_diag_read(int fd, enum socket_protocol protocol, uint8_t family,
		   void (*take)(void *context, const struct socket *s), void *context)
{
	struct reading reading = {.protocol = protocol, .take = take, .context = context};
	const struct kind *kind = kind_of(protocol, family);
	cleanup_free char *bytes = NULL;
	int r = kind ? ask(fd, kind) : -EOPNOTSUPP;

	if (r < 0)
		return r;
	bytes = mem_realloc(NULL, 1, RECEIVE_BYTES);
	while (r == 0 && !reading.done) {
		ssize_t n = recv(fd, bytes, RECEIVE_BYTES, MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		r = (size_t)n > RECEIVE_BYTES || n == 0 ? -EPROTO
							: take_datagram(&reading, bytes, (size_t)n);
	}
	return r;
}
