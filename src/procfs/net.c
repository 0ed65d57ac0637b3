/*
 * Parses the kernel's tables of sockets. Key decision: the heading says which word of a line is
 * what, so that a column more or less does no harm. A Unix name may hold line breaks: a line that
 * is no socket belongs to the name before it.
 */
#include "procfs/net.h"

#include <errno.h>
#include <linux/net.h>
#include <sys/socket.h>

#define FLAG_ACCEPTS 0x10000u /* __SO_ACCEPTCON: it listens */

const struct procfs_net_file procfs_net_files[] = {
	{"tcp",      PROCFS_NET_INET,    SOCKET_TCP,     AF_INET   },
	{"tcp6",     PROCFS_NET_INET,    SOCKET_TCP,     AF_INET6  },
	{"udp",      PROCFS_NET_INET,    SOCKET_UDP,     AF_INET   },
	{"udp6",     PROCFS_NET_INET,    SOCKET_UDP,     AF_INET6  },
	{"udplite",  PROCFS_NET_INET,    SOCKET_UDPLITE, AF_INET   },
	{"udplite6", PROCFS_NET_INET,    SOCKET_UDPLITE, AF_INET6  },
	{"raw",      PROCFS_NET_INET,    SOCKET_RAW,     AF_INET   },
	{"raw6",     PROCFS_NET_INET,    SOCKET_RAW,     AF_INET6  },
	{"icmp",     PROCFS_NET_INET,    SOCKET_ICMP,    AF_INET   },
	{"icmp6",    PROCFS_NET_INET,    SOCKET_ICMP,    AF_INET6  },
	{"unix",     PROCFS_NET_UNIX,    SOCKET_UNIX,    AF_UNIX   },
	{"netlink",  PROCFS_NET_NETLINK, SOCKET_NETLINK, AF_NETLINK},
	{"packet",   PROCFS_NET_PACKET,  SOCKET_PACKET,  AF_PACKET },
};
const unsigned procfs_net_file_count = sizeof procfs_net_files / sizeof *procfs_net_files;

/* ---- words ---- */

/* A number in base 10 or 16 that fills the word. */
static int parse_number(struct str word, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (word.n == 0 || word.n > 20)
		return -EINVAL;
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		unsigned digit = c <= '9' ? c - (unsigned)'0' : (c | 32u) - (unsigned)'a' + 10;

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value) || value > max)
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

static int parse_u32(struct str word, unsigned base, uint32_t *ret)
{
	uint64_t value;

	if (parse_number(word, base, UINT32_MAX, &value) < 0)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

/* "0100007F:0016": words of 32 bits as they lie in memory, and the port as a number. */
static int parse_address(struct str word, uint8_t family, struct socket_address *ret)
{
	size_t digits = family == AF_INET6 ? 32 : 8;
	struct socket_address address = {.family = family};
	uint32_t part;
	uint64_t port;

	if (word.n <= digits || word.p[digits] != ':' ||
	    parse_number(str_skip(word, digits + 1), 16, UINT16_MAX, &port) < 0)
		return -EINVAL;
	for (size_t i = 0; i < digits / 8; i++) {
		if (parse_u32((struct str){word.p + 8 * i, 8}, 16, &part) < 0)
			return -EINVAL;
		memcpy(address.bytes + 4 * i, &part, 4);
	}
	address.port = (uint16_t)port;
	*ret = address;
	return 0;
}

/* ---- columns ---- */

static int take_local(struct socket *s, struct str word)
{
	return parse_address(word, s->family, &s->local);
}

static int take_remote(struct socket *s, struct str word)
{
	return parse_address(word, s->family, &s->remote);
}

static int take_state(struct socket *s, struct str word)
{
	uint64_t value;

	if (parse_number(word, 16, UINT8_MAX, &value) < 0)
		return -EINVAL;
	s->state = value < SOCKET_STATES ? (enum socket_state)value : SOCKET_STATE_NONE;
	return 0;
}

/* "00000000:00000000", sent and not acknowledged : received and not read. */
static int take_queues(struct socket *s, struct str word)
{
	struct str send = str_cut(&word, ':');

	if (!word.p || parse_number(send, 16, UINT64_MAX, &s->send_queue) < 0 ||
	    parse_number(word, 16, UINT64_MAX, &s->receive_queue) < 0)
		return -EINVAL;
	return 0;
}

static int take_receive_queue(struct socket *s, struct str word)
{
	return parse_number(word, 10, UINT64_MAX, &s->receive_queue);
}

static int take_send_queue(struct socket *s, struct str word)
{
	return parse_number(word, 10, UINT64_MAX, &s->send_queue);
}

static int take_uid(struct socket *s, struct str word)
{
	return parse_u32(word, 10, &s->uid);
}

static int take_inode(struct socket *s, struct str word)
{
	return parse_number(word, 10, UINT64_MAX, &s->inode);
}

/* Comes before the state: a listener is one by its flags. */
static int take_unix_flags(struct socket *s, struct str word)
{
	uint32_t flags;

	if (parse_u32(word, 16, &flags) < 0)
		return -EINVAL;
	s->listening = flags & FLAG_ACCEPTS;
	return 0;
}

static int take_unix_type(struct socket *s, struct str word)
{
	uint64_t type;

	if (parse_number(word, 16, UINT8_MAX, &type) < 0)
		return -EINVAL;
	s->unix_type = (uint8_t)type;
	return 0;
}

/* enum socket_state of the kernel's other kind: linux/net.h. */
static int take_unix_state(struct socket *s, struct str word)
{
	uint32_t state;

	if (parse_u32(word, 16, &state) < 0)
		return -EINVAL;
	s->state = state == SS_CONNECTED || state == SS_CONNECTING ? SOCKET_ESTABLISHED
		   : s->listening                                  ? SOCKET_LISTEN
								   : SOCKET_CLOSE;
	return 0;
}

static int take_netlink_protocol(struct socket *s, struct str word)
{
	uint64_t value;

	if (parse_number(word, 10, INT32_MAX, &value) < 0)
		return -EINVAL;
	s->netlink_protocol = (int32_t)value;
	return 0;
}

static int take_netlink_port(struct socket *s, struct str word)
{
	return parse_u32(word, 10, &s->netlink_port);
}

static int take_netlink_groups(struct socket *s, struct str word)
{
	return parse_u32(word, 16, &s->netlink_groups);
}

static int take_packet_type(struct socket *s, struct str word)
{
	uint64_t type;

	if (parse_number(word, 10, UINT8_MAX, &type) < 0)
		return -EINVAL;
	s->unix_type = (uint8_t)type;
	return 0;
}

static int take_packet_protocol(struct socket *s, struct str word)
{
	uint64_t value;

	if (parse_number(word, 16, UINT16_MAX, &value) < 0)
		return -EINVAL;
	s->local.port = (uint16_t)value;
	return 0;
}

static int take_packet_interface(struct socket *s, struct str word)
{
	return parse_u32(word, 10, &s->local.scope);
}

static const struct column {
	enum procfs_net_kind kind;
	const char *heading;
	int (*take)(struct socket *s, struct str word);
} columns[] = {
	{PROCFS_NET_INET,    "local_address",  take_local           },
	{PROCFS_NET_INET,    "rem_address",    take_remote          },
	{PROCFS_NET_INET,    "remote_address", take_remote          },
	{PROCFS_NET_INET,    "st",             take_state           },
	{PROCFS_NET_INET,    "tx_queue",       take_queues          },
	{PROCFS_NET_INET,    "uid",            take_uid             },
	{PROCFS_NET_INET,    "inode",          take_inode           },
	{PROCFS_NET_UNIX,    "Flags",          take_unix_flags      },
	{PROCFS_NET_UNIX,    "Type",           take_unix_type       },
	{PROCFS_NET_UNIX,    "St",             take_unix_state      },
	{PROCFS_NET_UNIX,    "Inode",          take_inode           },
	{PROCFS_NET_NETLINK, "Eth",            take_netlink_protocol},
	{PROCFS_NET_NETLINK, "Pid",            take_netlink_port    },
	{PROCFS_NET_NETLINK, "Groups",         take_netlink_groups  },
	{PROCFS_NET_NETLINK, "Rmem",           take_receive_queue   },
	{PROCFS_NET_NETLINK, "Wmem",           take_send_queue      },
	{PROCFS_NET_NETLINK, "Inode",          take_inode           },
	{PROCFS_NET_PACKET,  "Type",           take_packet_type     },
	{PROCFS_NET_PACKET,  "Proto",          take_packet_protocol },
	{PROCFS_NET_PACKET,  "Iface",          take_packet_interface},
	{PROCFS_NET_PACKET,  "Rmem",           take_receive_queue   },
	{PROCFS_NET_PACKET,  "User",           take_uid             },
	{PROCFS_NET_PACKET,  "Inode",          take_inode           },
};
#define COLUMNS ((int)(sizeof columns / sizeof *columns))

static struct str next_word(struct str *line)
{
	size_t from = 0, to;
	struct str word;

	while (from < line->n && line->p[from] == ' ')
		from++;
	for (to = from; to < line->n && line->p[to] != ' ';)
		to++;
	word = (struct str){line->p + from, to - from};
	*line = (struct str){line->p + to, line->n - to};
	return word;
}

static int column_of(enum procfs_net_kind kind, struct str heading)
{
	for (int i = 0; i < COLUMNS; i++)
		if (columns[i].kind == kind && str_is(heading, columns[i].heading))
			return i;
	return -1;
}

/* Headings of two words that stand over one: "tx_queue rx_queue", "tr tm->when". */
static bool shares_word(struct str heading)
{
	return str_is(heading, "rx_queue") || str_is(heading, "tm->when");
}

int procfs_net_begin(struct procfs_net *net, const struct procfs_net_file *file, struct str text)
{
	struct procfs_net start = {.file = file, .rest = text};
	struct str heading = str_cut(&start.rest, '\n'), word;
	bool has_inode = false;

	while ((word = next_word(&heading)).n > 0 && start.words < PROCFS_NET_WORDS) {
		int column = column_of(file->kind, word);

		if (shares_word(word))
			continue;
		start.column[start.words++] = (int8_t)column;
		has_inode |= column >= 0 && columns[column].take == take_inode;
		/* what follows a Unix socket's inode is its name, with any blanks */
		if (has_inode && file->kind == PROCFS_NET_UNIX)
			break;
	}
	if (!has_inode)
		return -EINVAL;
	*net = start;
	return 0;
}

/* What stands behind the last word: one blank, and all of the rest is the name. */
static int parse_line(const struct procfs_net *net, struct str line, struct socket *ret)
{
	struct socket s = {
		.protocol = net->file->protocol,
		.family = net->file->family,
		.uid = SOCKET_UID_UNKNOWN,
		.receive_queue = SOCKET_QUEUE_UNKNOWN,
		.send_queue = SOCKET_QUEUE_UNKNOWN,
		.netlink_protocol = -1,
	};

	for (unsigned i = 0; i < net->words; i++) {
		struct str word = next_word(&line);

		if (word.n == 0 ||
		    (net->column[i] >= 0 && columns[net->column[i]].take(&s, word) < 0))
			return -EINVAL;
	}
	if (net->file->kind == PROCFS_NET_UNIX && line.n > 0)
		s.path = (struct str){line.p + 1, line.n - 1};
	socket_settle(&s);
	if (net->file->kind == PROCFS_NET_INET && s.state == SOCKET_LISTEN)
		s.send_queue = SOCKET_QUEUE_UNKNOWN; /* 0 always: how many may wait is not told */
	*ret = s;
	return 0;
}

/* Further lines of the name: whatever comes before the next socket. */
static void take_name_lines(struct procfs_net *net, struct socket *s)
{
	struct socket next;

	while (net->rest.n > 0) {
		struct str rest = net->rest, line = str_cut(&rest, '\n');

		if (parse_line(net, line, &next) == 0)
			return;
		s->path.n += 1 + line.n;
		net->rest = rest;
	}
}

bool procfs_net_next(struct procfs_net *net, struct socket *ret)
{
	while (net->rest.n > 0) {
		struct str line = str_cut(&net->rest, '\n');

		if (parse_line(net, line, ret) < 0)
			continue;
		if (ret->path.p)
			take_name_lines(net, ret);
		return true;
	}
	return false;
}
