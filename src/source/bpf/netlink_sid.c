/*
 * New sessions over netlink. Key decision: the kernel does not say whether it took the request, so
 * pscope renames itself (to its own name) and looks what comes. That event is in the socket when
 * the call returns: nothing has to be forked and nothing waited for.
 */
#include "source/bpf/netlink_sid.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENT_SID     0x80u
#define EVENT_COMM    0x200u
#define RECEIVE_BYTES (1 << 20)
#define DATAGRAMS_MAX 8192 /* at a time: a storm elsewhere must not hold the reader for ever */

/* Written out here: the kernel's cn_msg ends in a flexible array, which must not be followed, and
 * older headers have no choice of events. */
struct connector {
	uint32_t index, value, sequence, answered;
	uint16_t size, flags; /* of what follows */
};

struct request {
	struct nlmsghdr netlink;
	struct connector connector;
	uint32_t operation, events;
};

struct event {
	uint32_t what, cpu;
	uint64_t time_ns;
	uint32_t thread, process;
};

_Static_assert(sizeof(struct request) == 44, "request");
_Static_assert(sizeof(struct event) == 24, "event");

static void take_event(const struct event *event, struct netlink_sid_event *ret)
{
	if ((event->what != EVENT_SID && event->what != EVENT_COMM) || event->time_ns > INT64_MAX ||
	    event->process > INT32_MAX)
		return;
	ret->kind = event->what == EVENT_SID ? NETLINK_SID_SESSION : NETLINK_SID_RENAME;
	ret->tgid = (int32_t)event->process;
	ret->monotonic_ns = (int64_t)event->time_ns;
}

/* The event is not aligned to its own 8 bytes within the datagram: everything is copied. */
size_t netlink_sid_decode(const void *bytes, size_t size, struct netlink_sid_event *ret)
{
	const char *at = bytes;
	struct nlmsghdr netlink;
	struct connector connector;
	struct event event;
	size_t step;

	*ret = (struct netlink_sid_event){0};
	if (size < sizeof netlink)
		return 0;
	memcpy(&netlink, at, sizeof netlink);
	if (netlink.nlmsg_len < sizeof netlink || netlink.nlmsg_len > size)
		return 0;
	step = NLMSG_ALIGN((size_t)netlink.nlmsg_len);
	step = step < size ? step : size;
	if (netlink.nlmsg_type != NLMSG_DONE ||
	    netlink.nlmsg_len < sizeof netlink + sizeof connector + sizeof event)
		return step;
	memcpy(&connector, at + sizeof netlink, sizeof connector);
	if (connector.index != CN_IDX_PROC || connector.value != CN_VAL_PROC ||
	    connector.size < sizeof event ||
	    connector.size > netlink.nlmsg_len - sizeof netlink - sizeof connector)
		return step;
	memcpy(&event, at + sizeof netlink + sizeof connector, sizeof event);
	take_event(&event, ret);
	return step;
}

static int ask(int fd, uint32_t operation, uint32_t events)
{
	struct request request = {
		.netlink.nlmsg_len = sizeof request,
		.netlink.nlmsg_type = NLMSG_DONE,
		.connector.index = CN_IDX_PROC,
		.connector.value = CN_VAL_PROC,
		.connector.size = sizeof request.operation + sizeof request.events,
		.operation = operation,
		.events = events,
	};

	return send(fd, &request, sizeof request, 0) < 0 ? -errno : 0;
}

/* One datagram of the kernel's; 0: of somebody else; -EAGAIN: no more. */
static ssize_t receive(int fd, void *bytes, size_t size)
{
	struct sockaddr_nl from = {0};
	socklen_t from_size = sizeof from;
	ssize_t n = recvfrom(fd, bytes, size, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

	if (n < 0)
		return errno == ENOBUFS || errno == EINTR ? 0 : -errno;
	return from.nl_pid == 0 ? n : 0;
}

/* Reads until nothing waits. */
static void receive_all(int fd, void (*event)(void *context, const struct netlink_sid_event *event),
			void *context)
{
	char datagram[1024];

	for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
		ssize_t n = receive(fd, datagram, sizeof datagram);
		struct netlink_sid_event one;
		size_t step;

		if (n < 0)
			return;
		for (size_t at = 0;
		     (step = netlink_sid_decode(datagram + at, (size_t)n - at, &one)); at += step)
			event(context, &one);
	}
}

static void find_own_rename(void *context, const struct netlink_sid_event *event)
{
	bool *came = context;

	*came |= event->kind == NETLINK_SID_RENAME && event->tgid == getpid();
}

/* Asks for these events: 1 when pscope then hears that it renamed itself, 0, or -errno. */
static int try_events(int fd, uint32_t events)
{
	int r = ask(fd, PROC_CN_MCAST_LISTEN, events);
	char name[16] = "";
	bool came = false;

	if (r < 0)
		return r;
	if (prctl(PR_GET_NAME, name) < 0 || prctl(PR_SET_NAME, name) < 0)
		return -errno;
	receive_all(fd, find_own_rename, &came);
	return came;
}

/*
 * It must come when asked for, under the number that pscope has itself; and must not when not, as
 * it does where the request was ignored but somebody else made the kernel send everything.
 */
static int listen_for_sessions(int fd)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	int bytes = RECEIVE_BYTES, r;

	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	r = try_events(fd, EVENT_COMM);
	if (r <= 0)
		return r < 0 ? r : -EOPNOTSUPP;
	r = try_events(fd, EVENT_SID);
	return r > 0 ? -EOPNOTSUPP : r;
}

int netlink_sid_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int r = fd < 0 ? -errno : listen_for_sessions(fd);

	if (r < 0)
		netlink_sid_close(fd);
	return r < 0 ? r : fd;
}

/* Without this the kernel would go on making messages for nobody. */
void netlink_sid_close(int fd)
{
	if (fd < 0)
		return;
	(void)ask(fd, PROC_CN_MCAST_IGNORE, EVENT_SID);
	close(fd);
}

/* From the monotonic to the boot clock: they differ by the time suspended, most often by none. */
static int64_t suspended_ns(void)
{
	int64_t before = clock_mono_ns(), boot = clock_boot_ns(), after = clock_mono_ns();

	return boot <= after ? 0 : boot - before - (after - before) / 2;
}

struct listener {
	void (*session)(void *context, int32_t tgid, int64_t time_ns);
	void *context;
	int64_t suspended_ns;
	bool suspended_known;
};

static void take_session(void *context, const struct netlink_sid_event *event)
{
	struct listener *l = context;

	if (event->kind != NETLINK_SID_SESSION)
		return;
	if (!l->suspended_known)
		l->suspended_ns = suspended_ns();
	l->suspended_known = true;
	l->session(l->context, event->tgid, event->monotonic_ns + l->suspended_ns);
}

void netlink_sid_receive(int fd, void (*session)(void *context, int32_t tgid, int64_t time_ns),
			 void *context)
{
	receive_all(fd, take_session, &(struct listener){session, context, 0, false});
}
