/*
 * The process connector. Key decision: the kernel does not say whether it took the request, so
 * pscope renames itself (to its own name) and looks what comes. That event is in the socket when
 * the call returns: nothing has to be forked and nothing waited for. It must come under the number
 * that pscope has itself, because a listener of somebody else makes the kernel send events to every
 * open socket; and the namespaces are looked at first, because then even that may be so.
 */
#include "source/netlink/connector.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DATAGRAM_BYTES 128        /* the kernel's have 76 */
#define HEAR_MAX       (1u << 20) /* events read in search of the own one */
#define HEAR_TRIES     4          /* when the own one was lost in a storm */
#define PID_INIT_INO   0xEFFFFFFCu
#define USER_INIT_INO  0xEFFFFFFDu

/* Written out here: the kernel's cn_msg ends in a flexible array, which must not be followed, and
 * older headers have no choice of events. */
struct message {
	uint32_t index, value, sequence, answered;
	uint16_t size, flags; /* of what follows */
};

struct request {
	struct nlmsghdr netlink;
	struct message message;
	uint32_t operation, events;
};

struct event {
	uint32_t what, cpu;
	uint64_t time_ns;
	uint32_t word[6]; /* of which the kind uses the first ones */
};

_Static_assert(sizeof(struct request) == 44, "request");
_Static_assert(sizeof(struct event) == 40, "event");
#define EVENT_HEAD offsetof(struct event, word)

/* ---- decoding ---- */

static void take_pair(const struct event *event, struct connector_event *ret)
{
	ret->other.tid = (int32_t)event->word[2];
	ret->other.tgid = (int32_t)event->word[3];
}

/* The parent stands first. */
static void take_fork(const struct event *event, struct connector_event *ret)
{
	take_pair(event, ret);
	ret->tid = ret->other.tid;
	ret->tgid = ret->other.tgid;
	ret->other.tid = (int32_t)event->word[0];
	ret->other.tgid = (int32_t)event->word[1];
}

static void take_ids(const struct event *event, struct connector_event *ret)
{
	ret->ids.real = event->word[2];
	ret->ids.effective = event->word[3];
}

static void take_comm(const struct event *event, struct connector_event *ret)
{
	memcpy(ret->comm, &event->word[2], sizeof ret->comm);
	ret->comm[sizeof ret->comm - 1] = 0;
}

static void take_exit(const struct event *event, struct connector_event *ret)
{
	ret->exit.status = (int32_t)event->word[2];
	ret->exit.parent_tgid = (int32_t)event->word[5];
}

static const struct {
	uint32_t what;
	unsigned words; /* that an event of this kind has at least */
	void (*take)(const struct event *event, struct connector_event *ret);
} kinds[] = {
	{CONNECTOR_FORK,   4, take_fork},
	{CONNECTOR_EXEC,   2, NULL     },
	{CONNECTOR_UID,    4, take_ids },
	{CONNECTOR_GID,    4, take_ids },
	{CONNECTOR_SID,    2, NULL     },
	{CONNECTOR_PTRACE, 4, take_pair},
	{CONNECTOR_COMM,   6, take_comm},
	{CONNECTOR_CORE,   2, NULL     },
	{CONNECTOR_EXIT,   4, take_exit},
};

static void take_event(const struct event *event, size_t size, struct connector_event *ret)
{
	ret->counted = true;
	ret->cpu = event->cpu;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (event->what != kinds[i].what || size < EVENT_HEAD + 4 * kinds[i].words)
			continue;
		ret->tid = (int32_t)event->word[0];
		ret->tgid = (int32_t)event->word[1];
		if (kinds[i].take)
			kinds[i].take(event, ret);
		/* what cannot be is counted and nothing else */
		if (event->time_ns > INT64_MAX || ret->tid <= 0 || ret->tgid <= 0)
			return;
		ret->monotonic_ns = (int64_t)event->time_ns;
		ret->what = event->what;
	}
}

/* The event is not aligned to its own 8 bytes within the datagram: everything is copied. */
size_t connector_decode(const void *bytes, size_t size, struct connector_event *ret)
{
	const char *at = bytes;
	struct nlmsghdr netlink;
	struct message message;
	struct event event = {0};
	size_t step, held;

	*ret = (struct connector_event){0};
	if (size < sizeof netlink)
		return 0;
	memcpy(&netlink, at, sizeof netlink);
	if (netlink.nlmsg_len < sizeof netlink || netlink.nlmsg_len > size)
		return 0;
	step = NLMSG_ALIGN((size_t)netlink.nlmsg_len);
	step = step < size ? step : size;
	held = netlink.nlmsg_len - sizeof netlink;
	if (netlink.nlmsg_type != NLMSG_DONE || held < sizeof message + EVENT_HEAD)
		return step;
	memcpy(&message, at + sizeof netlink, sizeof message);
	held -= sizeof message;
	if (message.index != CN_IDX_PROC || message.value != CN_VAL_PROC ||
	    message.size < EVENT_HEAD || message.size > held)
		return step;
	held = message.size < sizeof event ? message.size : sizeof event;
	memcpy(&event, at + sizeof netlink + sizeof message, held);
	ret->sequence = message.sequence;
	take_event(&event, held, ret);
	return step;
}

/* ---- receiving ---- */

struct connector_inbox {
	struct mmsghdr headers[CONNECTOR_BATCH];
	struct iovec pieces[CONNECTOR_BATCH];
	struct sockaddr_nl from[CONNECTOR_BATCH];
	char bytes[CONNECTOR_BATCH][DATAGRAM_BYTES] __attribute__((aligned(8)));
};

static struct connector_inbox *inbox_new(void)
{
	struct connector_inbox *inbox = mem_alloc(sizeof *inbox);

	for (unsigned i = 0; i < CONNECTOR_BATCH; i++) {
		inbox->pieces[i] = (struct iovec){inbox->bytes[i], DATAGRAM_BYTES};
		inbox->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &inbox->from[i], .msg_iov = &inbox->pieces[i], .msg_iovlen = 1};
	}
	return inbox;
}

/* One datagram; the kernel puts one event into each. */
static unsigned take_datagram(struct connector *c, const struct mmsghdr *header, const char *bytes,
			      struct connector_event *ret)
{
	const struct sockaddr_nl *from = header->msg_hdr.msg_name;

	if (from->nl_pid != 0 || !connector_decode(bytes, header->msg_len, ret) || !ret->counted)
		return 0;
	c->received++;
	if (!c->events)
		sequence_take(&c->sequence, ret->cpu, ret->sequence);
	return 1;
}

unsigned connector_receive(struct connector *c, struct connector_event ret[CONNECTOR_BATCH])
{
	struct connector_inbox *inbox = c->inbox;
	unsigned count = 0;
	int n;

	for (unsigned i = 0; i < CONNECTOR_BATCH; i++)
		inbox->headers[i].msg_hdr.msg_namelen = sizeof inbox->from[i];
	/* ENOBUFS comes once for any number of losses, before what still waits: they are counted */
	do
		n = recvmmsg(c->fd, inbox->headers, CONNECTOR_BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && (errno == ENOBUFS || errno == EINTR));
	c->drained = n < CONNECTOR_BATCH;
	for (int i = 0; i < n; i++)
		count += take_datagram(c, &inbox->headers[i], inbox->bytes[i], &ret[count]);
	return count;
}

/* How many the kernel could not put into the socket, since it was made. */
static uint64_t dropped(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof info;

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) < 0)
		return 0;
	return info[SK_MEMINFO_DROPS];
}

/*
 * The socket's own count knows of a loss at once and of one after which nothing came; the gaps know
 * also of events for which the kernel found no memory.
 */
uint64_t connector_lost(const struct connector *c)
{
	uint64_t drops = (uint32_t)(dropped(c->fd) - c->dropped_before);

	return drops > c->sequence.missing ? drops : c->sequence.missing;
}

uint64_t connector_buffer_bytes(const struct connector *c)
{
	int bytes = 0;
	socklen_t size = sizeof bytes;

	if (getsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) < 0 || bytes < 0)
		return 0;
	return (uint64_t)bytes / 2; /* the kernel doubles what is asked for */
}

/* ---- listening ---- */

static int ask(const struct connector *c, uint32_t operation, uint32_t events)
{
	struct request request = {
		.netlink.nlmsg_type = NLMSG_DONE,
		.message.index = CN_IDX_PROC,
		.message.value = CN_VAL_PROC,
		.operation = operation,
		.events = events,
	};
	size_t size = events ? sizeof request : offsetof(struct request, events);

	request.netlink.nlmsg_len = (uint32_t)size;
	request.message.size = (uint16_t)(size - offsetof(struct request, operation));
	return send(c->fd, &request, size, 0) < 0 ? -errno : 0;
}

/* Reads until the own renaming comes or nothing waits. */
static bool find_own_rename(struct connector *c)
{
	struct connector_event events[CONNECTOR_BATCH];
	int32_t own = getpid();
	bool came = false;

	for (unsigned read = 0; read < HEAR_MAX; read += CONNECTOR_BATCH) {
		unsigned n = connector_receive(c, events);

		for (unsigned i = 0; i < n; i++)
			came |= events[i].what == CONNECTOR_COMM && events[i].tgid == own;
		if (c->drained)
			break;
	}
	return came;
}

/* Asks for these events: 1 when pscope then hears that it renamed itself, 0, or -errno. */
static int try_events(struct connector *c, uint32_t events)
{
	char name[16] = "";
	int r = ask(c, PROC_CN_MCAST_LISTEN, events);

	c->listening |= r == 0;
	for (int i = 0; r == 0 && i < HEAR_TRIES; i++) {
		uint64_t lost = connector_lost(c);

		if (prctl(PR_GET_NAME, name) < 0 || prctl(PR_SET_NAME, name) < 0)
			return -errno;
		r = find_own_rename(c);
		if (connector_lost(c) == lost)
			break;
	}
	return r;
}

/* With a choice: what was not chosen must not come, as it does where the choice was ignored but
 * somebody else made the kernel send everything. */
static int listen_to(struct connector *c)
{
	uint32_t events = c->events;
	int r = try_events(c, events ? events | CONNECTOR_COMM : 0);

	if (r == 0 && events)
		return -EOPNOTSUPP;
	if (r <= 0 || !events || events & CONNECTOR_COMM)
		return r < 0 ? r : r ? 0 : -ENOMSG;
	r = try_events(c, events);
	return r > 0 ? -EOPNOTSUPP : r;
}

static bool is_foreign(const struct root *root, const char *link, ino_t initial)
{
	struct stat st;

	return fstatat(root->proc_fd, link, &st, 0) == 0 && st.st_ino != initial;
}

static int check_namespaces(const struct root *root, struct error *err)
{
	if (is_foreign(root, "self/ns/pid", PID_INIT_INO))
		return error_set(
			err, EXDEV,
			"the kernel tells process events to the machine's own pid "
			"namespace only, and pscope runs in another one (a container); run "
			"it outside, or start the container with the host's (--pid=host)");
	if (is_foreign(root, "self/ns/user", USER_INIT_INO))
		return error_set(err, EXDEV,
				 "the kernel tells process events to the machine's own user "
				 "namespace only, and pscope runs in another one (a rootless "
				 "container); run it outside");
	return 0;
}

static int say_refused(int r, struct error *err)
{
	struct utsname name;

	uname(&name);
	if (r == -EPERM)
		return error_set(
			err, EPERM,
			"kernel %s tells process events to root and CAP_NET_ADMIN only; run "
			"with sudo, or once `sudo setcap cap_net_admin+ep $(command -v "
			"pscope)` (kernels from 6.6 on ask for nothing)",
			name.release);
	if (r == -EPROTONOSUPPORT)
		return error_set(err, ENOTSUP,
				 "kernel %s has no process connector; it needs one built with "
				 "CONFIG_CONNECTOR and CONFIG_PROC_EVENTS",
				 name.release);
	if (r == -ECONNREFUSED)
		return error_set(err, EXDEV,
				 "there is no process connector in this network namespace, or in "
				 "kernel %s at all; run pscope outside of the container, or start "
				 "that with the host's network",
				 name.release);
	if (r == -ENOMSG)
		return error_set(
			err, ENOMSG,
			"the kernel took the request for process events and sends none; it "
			"needs CONFIG_PROC_EVENTS, and pscope in the machine's own "
			"namespaces");
	return error_set(err, -r, "the kernel refuses process events over netlink: %s",
			 error_name(r));
}

static void make_room(const struct connector *c, uint64_t bytes)
{
	int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static int join_group(struct connector *c)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};

	return bind(c->fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

static int open_socket(struct connector *c, uint32_t events)
{
	*c = (struct connector){.events = events};
	c->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (c->fd < 0)
		return -errno;
	c->inbox = inbox_new();
	return 0;
}

int connector_open(struct connector *c, const struct root *root, uint32_t events,
		   uint64_t buffer_bytes, struct error *err)
{
	int r;

	*c = (struct connector){.fd = -1};
	r = check_namespaces(root, err);
	if (r < 0)
		return r;
	r = open_socket(c, events);
	if (r == 0 && buffer_bytes)
		make_room(c, buffer_bytes);
	r = r < 0 ? r : join_group(c);
	r = r < 0 ? r : listen_to(c);
	if (r < 0)
		return say_refused(r, err);
	/* what came so far was before the beginning */
	c->received = c->sequence.missing = 0;
	c->dropped_before = dropped(c->fd);
	return 0;
}

/* Where the kernel takes no choice of events, it makes copies of all and the filter drops them. */
static int let_through(const struct connector *c, uint32_t event)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 sizeof(struct nlmsghdr) + sizeof(struct message)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(event), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

	return setsockopt(c->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0
		       ? -errno
		       : 0;
}

int connector_open_bell(struct connector *bell, uint32_t event)
{
	int r = open_socket(bell, event);

	r = r < 0 ? r : let_through(bell, event);
	r = r < 0 ? r : join_group(bell);
	r = r < 0 ? r : ask(bell, PROC_CN_MCAST_LISTEN, event);
	bell->listening = r == 0;
	return r;
}

/* Without IGNORE the kernel would go on making messages for nobody. */
void connector_stop(struct connector *c)
{
	int group = CN_IDX_PROC;

	if (c->listening)
		(void)ask(c, PROC_CN_MCAST_IGNORE, c->events);
	c->listening = false;
	/* where others listen, older kernels would go on sending */
	if (c->fd >= 0)
		(void)setsockopt(c->fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
}

void connector_close(struct connector *c)
{
	if (c->listening)
		(void)ask(c, PROC_CN_MCAST_IGNORE, c->events);
	if (c->fd >= 0)
		close(c->fd);
	free(c->inbox);
	sequence_deinit(&c->sequence);
	*c = (struct connector){.fd = -1};
}
