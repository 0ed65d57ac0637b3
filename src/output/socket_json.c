/*
 * Sockets as JSON. Key decision: every key is in every object, null where it says nothing of this
 * kind of socket or is not known, so that readers need no cases.
 */
#include "output/socket_text.h"

#include <stdio.h>
#include <sys/socket.h>

static const char *family_name(uint8_t family)
{
	static const struct {
		uint8_t family;
		const char *name;
	} names[] = {
		{AF_INET,    "ipv4"   },
                {AF_INET6,   "ipv6"   },
                {AF_UNIX,    "unix"   },
		{AF_NETLINK, "netlink"},
                {AF_PACKET,  "packet" },
                {AF_VSOCK,   "vsock"  },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].family == family)
			return names[i].name;
	return NULL;
}

static void text_or_null(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_str(j, str_of(text));
}

static void number_or_null(struct json *j, const char *key, uint64_t value, bool known)
{
	json_key(j, key);
	if (known)
		json_u64(j, value);
	else
		json_null(j);
}

static void address_json(struct json *j, const char *prefix, const struct socket_address *address)
{
	struct socket_address plain = *address;
	struct buf text = BUF_INIT;
	char key[32];

	plain.scope = 0;
	socket_address_add(&text, &plain);
	if (str_is(buf_str(&text), "*")) {
		buf_clear(&text);
		buf_add_text(&text, address->family == AF_INET6 ? "::" : "0.0.0.0");
	}
	snprintf(key, sizeof key, "%s_address", prefix);
	json_key(j, key);
	json_str(j, address->family ? buf_str(&text) : STR_NONE);
	snprintf(key, sizeof key, "%s_port", prefix);
	number_or_null(j, key, address->port, address->family);
	buf_deinit(&text);
}

static void holders_json(struct json *j, const char *key, const struct socket *s,
			 const struct socket_view *view)
{
	json_key(j, key), json_open(j, '[');
	for (size_t i = 0; s && i < s->holder_count; i++) {
		int32_t pid = s->holders[i].pid;

		json_open(j, '{');
		json_key(j, "pid"), json_i64(j, pid);
		json_key(j, "fd"), json_i64(j, s->holders[i].fd);
		json_key_str(j, "comm",
			     view->command ? view->command(view->command_context, pid) : STR_NONE);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void socket_json(struct json *j, const struct socket *s, const struct socket_view *view)
{
	bool netlink = s->netlink_protocol >= 0, packet = s->protocol == SOCKET_PACKET;
	bool user = s->uid != SOCKET_UID_UNKNOWN;

	json_open(j, '{');
	text_or_null(j, "protocol", socket_protocol_names[s->protocol]);
	text_or_null(j, "family", family_name(s->family));
	text_or_null(j, "type", s->unix_type ? socket_type_name(s) : NULL);
	text_or_null(j, "state", s->state ? socket_state_names[s->state] : NULL);
	json_key(j, "listening"), json_bool(j, s->listening);
	address_json(j, "local", &s->local);
	address_json(j, "remote", &s->remote);
	number_or_null(j, "interface", s->local.scope, s->local.scope);
	json_key_str(j, "path", s->path);
	json_key_str(j, "peer_path", s->peer_path);
	number_or_null(j, "ethertype", s->local.port, packet);
	text_or_null(j, "netlink_protocol", netlink ? socket_netlink_name(s) : NULL);
	number_or_null(j, "netlink_protocol_number", (uint64_t)s->netlink_protocol, netlink);
	number_or_null(j, "netlink_port", s->netlink_port, netlink);
	number_or_null(j, "netlink_groups", s->netlink_groups, netlink);
	number_or_null(j, "receive_queue", s->receive_queue,
		       s->receive_queue != SOCKET_QUEUE_UNKNOWN);
	number_or_null(j, "send_queue", s->send_queue, s->send_queue != SOCKET_QUEUE_UNKNOWN);
	number_or_null(j, "uid", s->uid, user);
	json_key_str(j, "user",
		     user && view->names && view->names->user
			     ? view->names->user(view->names->context, s->uid)
			     : STR_NONE);
	number_or_null(j, "inode", s->inode, s->inode);
	number_or_null(j, "peer_inode", s->peer_inode, s->peer_inode);
	number_or_null(j, "net_namespace", s->net_namespace, s->net_namespace);
	holders_json(j, "holders", s, view);
	holders_json(j, "peer_holders",
		     view->list && s->peer_inode ? socket_list_find(view->list, s->peer_inode)
						 : NULL,
		     view);
	json_close(j, '}');
}
