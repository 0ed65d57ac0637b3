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

static bool is_any(const struct socket_address *address)
{
	static const uint8_t zero[16];

	return memcmp(address->bytes, zero, address->family == AF_INET6 ? 16 : 4) == 0;
}

void socket_settle(struct socket *s)
{
	if (s->remote.family && s->remote.port == 0 && is_any(&s->remote))
		s->remote = (struct socket_address){0};
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
