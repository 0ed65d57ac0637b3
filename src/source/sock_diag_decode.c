/*
 * Decodes the kernel's messages about sockets: linux/inet_diag.h, linux/unix_diag.h. Key decision:
 * everything is copied out, since nothing in a message needs to be aligned or long enough.
 */
#include "source/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#define ATTRIBUTE_UNIX_UID 7 /* UNIX_DIAG_UID, not in older headers */

static const struct socket unknown = {
	.uid = SOCKET_UID_UNKNOWN,
	.receive_queue = SOCKET_QUEUE_UNKNOWN,
	.send_queue = SOCKET_QUEUE_UNKNOWN,
	.netlink_protocol = -1,
};

static enum socket_state state_of(uint8_t state)
{
	return state < SOCKET_STATES ? (enum socket_state)state : SOCKET_STATE_NONE;
}

static bool is_link_local(const struct socket_address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

static int decode_inet(const void *bytes, size_t size, enum socket_protocol protocol,
		       struct socket *ret)
{
	struct inet_diag_msg m;
	struct socket s = unknown;
	size_t address_bytes;

	if (size < sizeof m)
		return -EINVAL;
	memcpy(&m, bytes, sizeof m);
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return -EINVAL;
	s.protocol = protocol;
	s.family = s.local.family = s.remote.family = m.idiag_family;
	s.state = state_of(m.idiag_state);
	address_bytes = m.idiag_family == AF_INET ? 4 : 16;
	memcpy(s.local.bytes, m.id.idiag_src, address_bytes);
	memcpy(s.remote.bytes, m.id.idiag_dst, address_bytes);
	s.local.port = ntohs(m.id.idiag_sport);
	s.remote.port = ntohs(m.id.idiag_dport);
	s.local.scope = m.id.idiag_if;
	s.remote.scope = is_link_local(&s.remote) ? m.id.idiag_if : 0;
	s.receive_queue = m.idiag_rqueue;
	s.send_queue = m.idiag_wqueue;
	s.uid = m.idiag_uid;
	s.inode = m.idiag_inode;
	socket_settle(&s);
	*ret = s;
	return 0;
}

/* As /proc/net/unix writes names: every NUL of an abstract one is '@'. */
static void take_name(struct str value, char *name, struct socket *s)
{
	bool abstract = value.n > 0 && value.p[0] == 0;

	if (value.n > SOCK_DIAG_NAME)
		value.n = SOCK_DIAG_NAME;
	if (!abstract)
		value.n = strnlen(value.p, value.n);
	if (value.n == 0)
		return;
	memcpy(name, value.p, value.n);
	for (size_t i = 0; i < value.n; i++)
		if (name[i] == 0)
			name[i] = '@';
	s->path = (struct str){name, value.n};
}

static void take_unix_attribute(unsigned type, struct str value, char *name, struct socket *s)
{
	struct unix_diag_rqlen queues;
	uint32_t number = 0;

	if (value.n >= sizeof number)
		memcpy(&number, value.p, sizeof number);
	if (type == UNIX_DIAG_NAME) {
		take_name(value, name, s);
	} else if (type == UNIX_DIAG_PEER && value.n >= sizeof number) {
		s->peer_inode = number;
	} else if (type == ATTRIBUTE_UNIX_UID && value.n >= sizeof number) {
		s->uid = number;
	} else if (type == UNIX_DIAG_RQLEN && value.n >= sizeof queues) {
		memcpy(&queues, value.p, sizeof queues);
		s->receive_queue = queues.udiag_rqueue;
		s->send_queue = queues.udiag_wqueue;
	}
}

static int decode_unix(const void *bytes, size_t size, char *name, struct socket *ret)
{
	struct str rest = str_skip((struct str){bytes, size}, sizeof(struct unix_diag_msg));
	struct unix_diag_msg m;
	struct socket s = unknown;
	struct nlattr a;

	if (size < sizeof m)
		return -EINVAL;
	memcpy(&m, bytes, sizeof m);
	s.protocol = SOCKET_UNIX;
	s.family = AF_UNIX;
	s.unix_type = m.udiag_type;
	s.state = state_of(m.udiag_state);
	s.inode = m.udiag_ino;
	while (rest.n >= sizeof a) {
		memcpy(&a, rest.p, sizeof a);
		if (a.nla_len < sizeof a || a.nla_len > rest.n)
			break;
		take_unix_attribute(a.nla_type & NLA_TYPE_MASK,
				    (struct str){rest.p + sizeof a, a.nla_len - sizeof a}, name,
				    &s);
		rest = str_skip(rest, NLA_ALIGN((size_t)a.nla_len));
	}
	socket_settle(&s);
	*ret = s;
	return 0;
}

int sock_diag_decode(const void *bytes, size_t size, enum socket_protocol protocol, char *name,
		     struct socket *ret)
{
	return protocol == SOCKET_UNIX ? decode_unix(bytes, size, name, ret)
				       : decode_inet(bytes, size, protocol, ret);
}
