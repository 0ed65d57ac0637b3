/*
 * Costs at exit. Key decision: whatever struct the kernel sends, a field is taken where it stood in
 * version 1 and only if the message is long enough to hold it; the struct grows at its end. The one
 * version that did not (15, in 6.14) has six numbers more before the name.
 */
#include "source/netlink/taskstats.h"

#include "base/cleanup.h"
#include "base/hash.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <sys/socket.h>

#define WAITING_MAX    65536u /* threads that ended and whose event has not come */
#define SLOTS          32
#define DATAGRAM_BYTES 4096 /* twice the struct and its frame is 1,300 */
#define VERSION_WIDE   15u
#define WIDE_BYTES     48 /* what that version has in excess */

/* ---- decoding ---- */

struct stats {
	const char *bytes;
	size_t size, shift;
};

/* A number at its place in the struct; 0 when the message ends before. */
static uint64_t number(const struct stats *in, size_t offset)
{
	uint64_t value = 0;

	if (offset >= offsetof(struct taskstats, ac_comm))
		offset += in->shift;
	if (offset + sizeof value <= in->size)
		memcpy(&value, in->bytes + offset, sizeof value);
	return value;
}

#define NUMBER(in, field) number(in, offsetof(struct taskstats, field))

static uint64_t times(uint64_t value, uint64_t factor)
{
	uint64_t product;

	return __builtin_mul_overflow(value, factor, &product) ? UINT64_MAX : product;
}

static const struct {
	size_t offset;
	enum usage_field field;
} counters[] =
	{
		{offsetof(struct taskstats, cpu_delay_total), USAGE_CPU_WAIT_NS         },
		{offsetof(struct taskstats, ac_minflt),       USAGE_MINOR_FAULTS        },
		{offsetof(struct taskstats, ac_majflt),       USAGE_MAJOR_FAULTS        },
		{offsetof(struct taskstats, nvcsw),           USAGE_VOLUNTARY_SWITCHES  },
		{offsetof(struct taskstats, nivcsw),          USAGE_INVOLUNTARY_SWITCHES},
},
  extended[] = {
	  {offsetof(struct taskstats, read_char), USAGE_READ_CHARS},
	  {offsetof(struct taskstats, write_char), USAGE_WRITE_CHARS},
	  {offsetof(struct taskstats, read_bytes), USAGE_READ_BYTES},
	  {offsetof(struct taskstats, write_bytes), USAGE_WRITE_BYTES},
};

static void take_cost(const struct stats *in, struct task_cost *ret)
{
	uint64_t peak_kib = NUMBER(in, hiwater_rss);

	/* "virtual": as the scheduler counts it, in ns; stands right before the name */
	ret->run_ns = number(&(struct stats){in->bytes + in->shift, in->size - in->shift, 0},
			     offsetof(struct taskstats, cpu_run_virtual_total));
	ret->user_ns = times(NUMBER(in, ac_utime), 1000);
	ret->sys_ns = times(NUMBER(in, ac_stime), 1000);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		usage_set(&ret->usage, counters[i].field, number(in, counters[i].offset));
	/* Without extended accounting, and for kernel threads, these are all 0. */
	if (!NUMBER(in, hiwater_vm))
		return;
	for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
		usage_set(&ret->usage, extended[i].field, number(in, extended[i].offset));
	if (peak_kib)
		usage_set(&ret->usage, USAGE_RSS_PEAK_BYTES, times(peak_kib, 1024));
}

static bool take_stats(const struct nlattr *attribute, struct stats *ret)
{
	uint16_t version;

	*ret = (struct stats){.bytes = mnl_attr_get_payload(attribute),
			      .size = mnl_attr_get_payload_len(attribute)};
	if (ret->size < sizeof version)
		return false;
	memcpy(&version, ret->bytes, sizeof version);
	ret->shift = version == VERSION_WIDE ? WIDE_BYTES : 0;
	/* up to the last field that every kernel of this decade has */
	return ret->size >= offsetof(struct taskstats, freepages_count) + ret->shift;
}

/* A number (of a thread or a process) and its struct. */
static bool take_aggregate(const struct nlattr *aggregate, uint16_t type, int32_t *ret_id,
			   struct stats *ret_stats)
{
	const struct nlattr *attribute;
	bool has_id = false, has_stats = false;

	mnl_attr_for_each_nested(attribute, aggregate)
	{
		size_t size = mnl_attr_get_payload_len(attribute);

		if (mnl_attr_get_type(attribute) == type && size >= sizeof *ret_id) {
			*ret_id = (int32_t)mnl_attr_get_u32(attribute);
			has_id = *ret_id > 0;
		} else if (mnl_attr_get_type(attribute) == TASKSTATS_TYPE_STATS) {
			has_stats = take_stats(attribute, ret_stats);
		}
	}
	return has_id && has_stats;
}

int taskstats_decode(const void *bytes, size_t size, uint16_t family, struct taskstats_exit *ret)
{
	const struct nlmsghdr *message = bytes;
	const struct genlmsghdr *general;
	const struct nlattr *attribute;
	struct stats stats;
	int32_t tgid;
	int found = 0;

	*ret = (struct taskstats_exit){0};
	if (size > INT32_MAX || !mnl_nlmsg_ok(message, (int)size))
		return -EBADMSG;
	if (message->nlmsg_type != family || mnl_nlmsg_get_payload_len(message) < sizeof *general)
		return 0;
	general = mnl_nlmsg_get_payload(message);
	if (general->cmd != TASKSTATS_CMD_NEW)
		return 0;
	mnl_attr_for_each(attribute, message, sizeof *general)
	{
		uint16_t type = mnl_attr_get_type(attribute);

		if (type == TASKSTATS_TYPE_AGGR_PID && !found &&
		    take_aggregate(attribute, TASKSTATS_TYPE_PID, &ret->tid, &stats)) {
			memcpy(ret->comm,
			       stats.bytes + offsetof(struct taskstats, ac_comm) + stats.shift,
			       sizeof ret->comm);
			ret->comm[sizeof ret->comm - 1] = 0;
			take_cost(&stats, &ret->cost);
			ret->ends = 1;
			found = 1;
		} else if (type == TASKSTATS_TYPE_AGGR_TGID &&
			   take_aggregate(attribute, TASKSTATS_TYPE_TGID, &tgid, &stats)) {
			struct task_cost group = {0};

			take_cost(&stats, &group);
			ret->group_run_ns = group.run_ns;
		}
	}
	return found;
}

/* ---- sums ---- */

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

void task_cost_add(struct task_cost *sum, const struct task_cost *part)
{
	sum->run_ns = plus(sum->run_ns, part->run_ns);
	sum->user_ns = plus(sum->user_ns, part->user_ns);
	sum->sys_ns = plus(sum->sys_ns, part->sys_ns);
	usage_add(&sum->usage, &part->usage);
}

struct usage task_cost_usage(const struct task_cost *cost)
{
	struct usage usage = cost->usage;
	uint64_t run_ns = cost->run_ns ? cost->run_ns : plus(cost->user_ns, cost->sys_ns);

	if (run_ns)
		usage_set_cpu(&usage, run_ns, cost->user_ns, cost->sys_ns);
	return usage;
}

/* ---- the socket ---- */

struct waiting {
	int32_t tid;
	struct taskstats_exit exit;
	UT_hash_handle hh; /* in the order of their ends */
};

struct taskstats_reader {
	int fd;
	uint16_t family;
	uint32_t sequence;
	struct buf cpus; /* "0-7" */
	bool registered;
	struct waiting *waiting;
	struct mmsghdr headers[SLOTS];
	struct iovec pieces[SLOTS];
	char bytes[SLOTS][DATAGRAM_BYTES] __attribute__((aligned(8)));
};

static void forget(struct taskstats_reader *t, struct waiting *waiting)
{
	HASH_DEL(t->waiting, waiting);
	free(waiting);
}

static struct waiting *find(struct taskstats_reader *t, int32_t tid)
{
	struct waiting *waiting;

	HASH_FIND_INT(t->waiting, &tid, waiting);
	return waiting;
}

static void keep(struct taskstats_reader *t, const struct taskstats_exit *exit)
{
	struct waiting *waiting = find(t, exit->tid);

	if (waiting) {
		struct taskstats_exit *all = &waiting->exit;

		task_cost_add(&all->cost, &exit->cost);
		memcpy(all->comm, exit->comm, sizeof all->comm);
		all->group_run_ns = exit->group_run_ns;
		all->ends++;
		return;
	}
	if (HASH_COUNT(t->waiting) >= WAITING_MAX)
		forget(t, t->waiting);
	waiting = mem_alloc(sizeof *waiting);
	waiting->tid = exit->tid;
	waiting->exit = *exit;
	HASH_ADD_INT(t->waiting, tid, waiting);
}

void taskstats_drain(struct taskstats_reader *t)
{
	struct taskstats_exit exit;
	int n;

	if (!t)
		return;
	do {
		n = recvmmsg(t->fd, t->headers, SLOTS, MSG_DONTWAIT, NULL);
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return;
		for (int i = 0; i < n; i++)
			if (taskstats_decode(t->bytes[i], t->headers[i].msg_len, t->family, &exit) >
			    0)
				keep(t, &exit);
	} while (n < 0 || n == SLOTS);
}

const struct taskstats_exit *taskstats_find(struct taskstats_reader *t, int32_t tid)
{
	struct waiting *waiting = t ? find(t, tid) : NULL;

	return waiting ? &waiting->exit : NULL;
}

void taskstats_forget(struct taskstats_reader *t, int32_t tid)
{
	struct waiting *waiting = t ? find(t, tid) : NULL;

	if (waiting)
		forget(t, waiting);
}

/* ---- asking ---- */

static struct nlmsghdr *begin(struct taskstats_reader *t, char *room, uint16_t type,
			      uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(room);
	struct genlmsghdr *general;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = ++t->sequence;
	general = mnl_nlmsg_put_extra_header(message, sizeof *general);
	general->cmd = command;
	general->version = 1;
	return message;
}

static void take_family(struct taskstats_reader *t, const struct nlmsghdr *message)
{
	const struct nlattr *attribute;

	if (message->nlmsg_type != GENL_ID_CTRL)
		return;
	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_get_payload_len(attribute) >= sizeof t->family)
			t->family = mnl_attr_get_u16(attribute);
	}
}

/* The kernel answers before send() returns. Its answer is followed by the word whether it was done. */
static int ask(struct taskstats_reader *t, const struct nlmsghdr *request)
{
	const struct nlmsghdr *message;
	ssize_t n;
	int left;

	if (send(t->fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		n = recv(t->fd, t->bytes[0], DATAGRAM_BYTES, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (n < 0)
			return -errno;
		left = (int)n;
		for (message = (const void *)t->bytes[0]; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_seq == request->nlmsg_seq &&
			    message->nlmsg_type == NLMSG_ERROR &&
			    mnl_nlmsg_get_payload_len(message) >= sizeof(struct nlmsgerr))
				return ((const struct nlmsgerr *)mnl_nlmsg_get_payload(message))
					->error;
			take_family(t, message);
		}
	}
}

static int find_family(struct taskstats_reader *t)
{
	char room[256] __attribute__((aligned(8))) = "";
	struct nlmsghdr *request = begin(t, room, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int r;

	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
	r = ask(t, request);
	return r < 0 ? r : t->family ? 0 : -ENOENT;
}

static int ask_for_exits(struct taskstats_reader *t, uint16_t attribute)
{
	cleanup_free char *room = mem_alloc(t->cpus.n + 256);
	struct nlmsghdr *request = begin(t, room, t->family, TASKSTATS_CMD_GET);

	mnl_attr_put_strz(request, attribute, buf_cstr(&t->cpus));
	return ask(t, request);
}

static int connect_to(struct taskstats_reader *t, const struct root *root, uint64_t buffer_bytes)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int bytes = buffer_bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)buffer_bytes, r;

	t->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (t->fd < 0 || bind(t->fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	r = root_read(root->sys_fd, "devices/system/cpu/possible", &t->cpus, 4096);
	if (r < 0)
		return r;
	t->cpus.n -= t->cpus.n && t->cpus.p[t->cpus.n - 1] == '\n';
	r = find_family(t);
	if (r < 0)
		return r;
	if (setsockopt(t->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
		(void)setsockopt(t->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	r = ask_for_exits(t, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK);
	t->registered = r == 0;
	return r;
}

int taskstats_open(struct taskstats_reader **ret, const struct root *root, uint64_t buffer_bytes,
		   struct error *err)
{
	struct taskstats_reader *t = mem_alloc(sizeof *t);
	int r;

	for (unsigned i = 0; i < SLOTS; i++) {
		t->pieces[i] = (struct iovec){t->bytes[i], DATAGRAM_BYTES};
		t->headers[i].msg_hdr = (struct msghdr){.msg_iov = &t->pieces[i], .msg_iovlen = 1};
	}
	r = connect_to(t, root, buffer_bytes);
	if (r == 0) {
		*ret = t;
		return 0;
	}
	taskstats_close(t);
	if (r == -EPERM)
		return error_set(err, EPERM,
				 "needs root or CAP_NET_ADMIN: `sudo setcap cap_net_admin+ep "
				 "$(command -v pscope)`");
	if (r == -ENOENT)
		return error_set(err, ENOTSUP, "the kernel was built without CONFIG_TASKSTATS");
	return error_set(err, -r, "the kernel refuses: %s", error_name(r));
}

struct taskstats_reader *taskstats_close(struct taskstats_reader *t)
{
	if (!t)
		return NULL;
	if (t->registered)
		(void)ask_for_exits(t, TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK);
	while (t->waiting)
		forget(t, t->waiting);
	if (t->fd >= 0)
		close(t->fd);
	buf_deinit(&t->cpus);
	free(t);
	return NULL;
}
