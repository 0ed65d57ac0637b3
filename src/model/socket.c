/*
 * Names of sockets and text of their addresses. Key decision: any address is "*", as ss has it;
 * whether that is IPv4's or IPv6's is a matter of the socket's family, which stands beside it.
 */
#include "base/buf.h"
#include "model/file.h"

#include <arpa/inet.h>
#include <sys/socket.h>

const char *const socket_protocol_names[SOCKET_PROTOCOLS] = {
	[SOCKET_TCP] = "tcp",         [SOCKET_UDP] = "udp",       [SOCKET_UDPLITE] = "udplite",
	[SOCKET_RAW] = "raw",         [SOCKET_ICMP] = "icmp",     [SOCKET_UNIX] = "unix",
	[SOCKET_NETLINK] = "netlink", [SOCKET_PACKET] = "packet", [SOCKET_VSOCK] = "vsock",
	[SOCKET_OTHER] = "other",
};

const char *const socket_state_names[SOCKET_STATES] = {
	[SOCKET_STATE_NONE] = "-",          [SOCKET_ESTABLISHED] = "ESTAB",
	[SOCKET_SYN_SENT] = "SYN-SENT",     [SOCKET_SYN_RECV] = "SYN-RECV",
	[SOCKET_FIN_WAIT1] = "FIN-WAIT-1",  [SOCKET_FIN_WAIT2] = "FIN-WAIT-2",
	[SOCKET_TIME_WAIT] = "TIME-WAIT",   [SOCKET_CLOSE] = "UNCONN",
	[SOCKET_CLOSE_WAIT] = "CLOSE-WAIT", [SOCKET_LAST_ACK] = "LAST-ACK",
	[SOCKET_LISTEN] = "LISTEN",         [SOCKET_CLOSING] = "CLOSING",
	[SOCKET_NEW_SYN_RECV] = "SYN-RECV",
};

/* linux/netlink.h */
static const char *const netlink_names[] = {
	[0] = "route",     [2] = "usersock",    [3] = "firewall",   [4] = "sock_diag",
	[5] = "nflog",     [6] = "xfrm",        [7] = "selinux",    [8] = "iscsi",
	[9] = "audit",     [10] = "fib_lookup", [11] = "connector", [12] = "netfilter",
	[13] = "ip6_fw",   [15] = "uevent",     [16] = "generic",   [18] = "scsitransport",
	[19] = "ecryptfs", [20] = "rdma",       [21] = "crypto",    [22] = "smc",
};

static const char *const type_names[] = {
	[SOCK_STREAM] = "stream",
	[SOCK_DGRAM] = "dgram",
	[SOCK_RAW] = "raw",
	[SOCK_SEQPACKET] = "seqpacket",
};

const char *socket_netlink_name(const struct socket *s)
{
	size_t names = sizeof netlink_names / sizeof *netlink_names;

	return s->netlink_protocol >= 0 && (size_t)s->netlink_protocol < names
		       ? netlink_names[s->netlink_protocol]
		       : NULL;
}

const char *socket_type_name(const struct socket *s)
{
	return s->unix_type < sizeof type_names / sizeof *type_names ? type_names[s->unix_type]
								     : NULL;
}

static bool is_any(const struct socket_address *address)
{
	static const uint8_t zero[16];

	return memcmp(address->bytes, zero, address->family == AF_INET6 ? 16 : 4) == 0;
}

void socket_settle(struct socket *s)
{
	if (s->remote.family && s->remote.port == 0 && is_any(&s->remote))
		s->remote = (struct socket_address){0};
	if (s->state == SOCKET_TIME_WAIT) /* nobody's any more; tables say 0 */
		s->uid = SOCKET_UID_UNKNOWN;
	s->listening = s->state == SOCKET_LISTEN ||
		       ((s->protocol == SOCKET_UDP || s->protocol == SOCKET_UDPLITE) &&
			s->state != SOCKET_ESTABLISHED);
}

void socket_address_add(struct buf *out, const struct socket_address *address)
{
	char text[INET6_ADDRSTRLEN] = "*";

	if ((address->family == AF_INET || address->family == AF_INET6) && !is_any(address))
		inet_ntop(address->family, address->bytes, text, sizeof text);
	buf_add_text(out, text);
	if (address->scope)
		buf_printf(out, "%%%u", address->scope);
}

void socket_address_add_port(struct buf *out, const struct socket_address *address)
{
	bool brackets = address->family == AF_INET6 && !is_any(address);

	buf_add_text(out, brackets ? "[" : "");
	socket_address_add(out, address);
	buf_add_text(out, brackets ? "]:" : ":");
	if (address->port)
		buf_add_u64(out, address->port);
	else
		buf_add_char(out, '*');
}

const struct socket *socket_list_find(const struct socket_list *list, uint64_t inode)
{
	size_t low = 0, high = list->by_inode_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[list->by_inode[middle]].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == list->by_inode_count || list->items[list->by_inode[low]].inode != inode)
		return NULL;
	return &list->items[list->by_inode[low]];
}

bool socket_list_unreadable(const struct socket_list *list, int32_t pid)
{
	for (size_t i = 0; i < list->unreadable; i++)
		if (list->unreadable_pids[i] == pid)
			return true;
	return false;
}

bool socket_is_held(const struct socket *s, int32_t pid)
{
	for (size_t i = 0; i < s->holder_count; i++)
		if (s->holders[i].pid == pid)
			return true;
	return false;
}
