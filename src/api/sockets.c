/*
 * Sockets, value by value: rows of a table, as those of the host. Addresses are text here; they are
 * written once, when the list is read.
 */
#include "api/api.h"

#include "base/mem.h"
#include "source/sockets.h"

#include <errno.h>
#include <stdlib.h>

/* A socket with its addresses as text. */
struct socket_view {
	const struct socket *socket;
	struct str local, remote;
};

struct pscope_sockets {
	struct api_object object;
	struct socket_list list;
	struct socket_view *views;
	size_t count;
};

#define GETTER(name)                                                                               \
	static void name(const void *object, const struct api_member *m, struct pscope_value *ret)
#define AT(type) (*(const type *)((const char *)socket_of(object) + m->at))

static const struct socket *socket_of(const void *object)
{
	return ((const struct socket_view *)object)->socket;
}

GETTER(get_protocol)
{
	api_value_text(ret, str_of(socket_protocol_names[socket_of(object)->protocol]));
}

GETTER(get_state)
{
	const char *name = socket_state_names[socket_of(object)->state];

	if (socket_of(object)->state != SOCKET_STATE_NONE)
		api_value_text(ret, str_of(name));
}

GETTER(get_listening)
{
	api_value_flag(ret, AT(bool));
}

GETTER(get_family)
{
	api_value_unsigned(ret, ret->type, AT(uint8_t));
}

/* 0: unknown */
GETTER(get_number_8)
{
	if (AT(uint8_t))
		api_value_unsigned(ret, ret->type, AT(uint8_t));
}

GETTER(get_number_64)
{
	if (AT(uint64_t))
		api_value_unsigned(ret, ret->type, AT(uint64_t));
}

GETTER(get_queue)
{
	if (AT(uint64_t) != SOCKET_QUEUE_UNKNOWN)
		api_value_unsigned(ret, ret->type, AT(uint64_t));
}

GETTER(get_uid)
{
	if (AT(uint32_t) != SOCKET_UID_UNKNOWN)
		api_value_unsigned(ret, ret->type, AT(uint32_t));
}

GETTER(get_text)
{
	api_value_text(ret, AT(struct str));
}

GETTER(get_local)
{
	api_value_text(ret, ((const struct socket_view *)object)->local);
}

GETTER(get_remote)
{
	api_value_text(ret, ((const struct socket_view *)object)->remote);
}

GETTER(get_port)
{
	const struct socket_address *address =
		(const void *)((const char *)socket_of(object) + m->at);

	if (address->family)
		api_value_unsigned(ret, ret->type, address->port);
}

static bool is_netlink(const void *object)
{
	return socket_of(object)->protocol == SOCKET_NETLINK;
}

GETTER(get_netlink_protocol)
{
	if (is_netlink(object))
		api_value_signed(ret, ret->type, AT(int32_t));
}

GETTER(get_netlink_number)
{
	if (is_netlink(object))
		api_value_unsigned(ret, ret->type, AT(uint32_t));
}

#define ROW(name, type, get, field, help)                                                          \
	{                                                                                          \
		{name, NULL, name, type, 0, 0, 0, help, NULL, 0}, get,                             \
			offsetof(struct socket, field)                                             \
	}

/* clang-format off */
static const struct api_member rows[] = {
	ROW("protocol", FIELD_TEXT, get_protocol, protocol, "tcp, udp, unix, netlink, ..."),
	ROW("state", FIELD_TEXT, get_state, state, "as ss has it: ESTAB, LISTEN, ..."),
	ROW("listening", FIELD_FLAG, get_listening, listening, "takes what anybody sends"),
	ROW("family", FIELD_NUMBER, get_family, family, "AF_INET, AF_INET6, AF_UNIX, ..."),
	ROW("local_address", FIELD_TEXT, get_local, local, "its own address, without the port"),
	ROW("local_port", FIELD_NUMBER, get_port, local, "its own port"),
	ROW("remote_address", FIELD_TEXT, get_remote, remote, "the peer's address"),
	ROW("remote_port", FIELD_NUMBER, get_port, remote, "the peer's port"),
	ROW("path", FIELD_TEXT, get_text, path, "a Unix socket's name, '@' for abstract ones"),
	ROW("peer_path", FIELD_TEXT, get_text, peer_path, "the name of its peer"),
	ROW("unix_type", FIELD_NUMBER, get_number_8, unix_type, "SOCK_STREAM, SOCK_DGRAM, ..."),
	ROW("inode", FIELD_NUMBER, get_number_64, inode, "as the descriptors that hold it show it"),
	ROW("peer_inode", FIELD_NUMBER, get_number_64, peer_inode, "of the other end, if here"),
	ROW("net_namespace", FIELD_NUMBER, get_number_64, net_namespace, "inode of its namespace"),
	ROW("uid", FIELD_NUMBER, get_uid, uid, "who made it"),
	ROW("receive_queue", FIELD_NUMBER, get_queue, receive_queue,
	    "bytes not yet read; of a listener, connections that wait"),
	ROW("send_queue", FIELD_NUMBER, get_queue, send_queue,
	    "bytes not yet acknowledged; of a listener, how many may wait"),
	ROW("netlink_protocol", FIELD_NUMBER, get_netlink_protocol, netlink_protocol,
	    "NETLINK_ROUTE, ..."),
	ROW("netlink_port", FIELD_NUMBER, get_netlink_number, netlink_port, "its netlink port"),
	ROW("netlink_groups", FIELD_MASK, get_netlink_number, netlink_groups, "multicast groups"),
};
/* clang-format on */

const struct api_members api_socket_members = {rows, sizeof rows / sizeof *rows};

/* ---- reading and freeing ---- */

struct read_call {
	struct pscope *pscope;
	const int32_t *pids;
	size_t pid_count;
	struct pscope_sockets **ret_sockets;
};

static struct str address_text(struct arena *arena, struct buf *text,
			       const struct socket_address *address)
{
	if (!address->family)
		return STR_NONE;
	buf_clear(text);
	socket_address_add(text, address);
	return arena_str(arena, buf_str(text));
}

/* With pids only what they hold is shown. At this border a NUL stands behind each text. */
static void make_views(struct pscope_sockets *sockets, bool held_only)
{
	struct arena *arena = &sockets->list.arena;
	struct buf text = BUF_INIT;

	sockets->views = mem_alloc(sockets->list.count * sizeof *sockets->views);
	for (size_t i = 0; i < sockets->list.count; i++) {
		struct socket *s = &sockets->list.items[i];

		if (held_only && s->holder_count == 0)
			continue;
		s->path = arena_str(arena, s->path);
		s->peer_path = arena_str(arena, s->peer_path);
		sockets->views[sockets->count++] =
			(struct socket_view){s, address_text(arena, &text, &s->local),
					     address_text(arena, &text, &s->remote)};
	}
	buf_deinit(&text);
}

static int read_body(void *argument)
{
	struct read_call *call = argument;
	struct error *err = &call->pscope->error;
	struct socket_list list = {0};
	struct pscope_sockets *sockets;
	int r;

	if (!call->pids && call->pid_count > 0)
		return error_set(err, EINVAL, "the pids are missing");
	r = sockets_read_all(&call->pscope->root, call->pids, call->pid_count, &list, err);
	if (r < 0) {
		socket_list_deinit(&list);
		return r;
	}
	sockets = mem_alloc(sizeof *sockets);
	sockets->list = list;
	make_views(sockets, call->pids != NULL);
	api_object_init(&sockets->object, call->pscope);
	*call->ret_sockets = sockets;
	return 0;
}

int pscope_sockets_read(struct pscope *pscope, const int32_t *pids, size_t pid_count,
			struct pscope_sockets **ret_sockets)
{
	if (!ret_sockets)
		return -EINVAL;
	*ret_sockets = NULL;
	return api_create(pscope, read_body,
			  &(struct read_call){pscope, pids, pid_count, ret_sockets});
}

struct pscope_sockets *pscope_sockets_free(struct pscope_sockets *sockets)
{
	if (!sockets)
		return NULL;
	socket_list_deinit(&sockets->list);
	free(sockets->views);
	api_object_done(&sockets->object);
	free(sockets);
	return NULL;
}

/* ---- values ---- */

size_t pscope_sockets_count(const struct pscope_sockets *sockets)
{
	return sockets ? sockets->count : 0;
}

uint64_t pscope_sockets_unreadable(const struct pscope_sockets *sockets)
{
	return sockets ? sockets->list.unreadable : 0;
}

int pscope_sockets_get(const struct pscope_sockets *sockets, size_t index, const char *name,
		       struct pscope_value *ret_value)
{
	if (!sockets)
		return -EINVAL;
	if (index >= sockets->count)
		return api_fail(&sockets->object, ENOENT, "there is no socket at place %zu", index);
	return api_member_get(&sockets->object, &api_socket_members, &sockets->views[index], name,
			      ret_value);
}

size_t pscope_sockets_holder_count(const struct pscope_sockets *sockets, size_t index)
{
	return sockets && index < sockets->count ? sockets->views[index].socket->holder_count : 0;
}

int pscope_sockets_holder(const struct pscope_sockets *sockets, size_t index, size_t holder,
			  int32_t *ret_pid, int32_t *ret_fd)
{
	if (!sockets)
		return -EINVAL;
	if (holder >= pscope_sockets_holder_count(sockets, index))
		return api_fail(&sockets->object, ENOENT, "the socket has no holder at place %zu",
				holder);
	if (ret_pid)
		*ret_pid = sockets->views[index].socket->holders[holder].pid;
	if (ret_fd)
		*ret_fd = sockets->views[index].socket->holders[holder].fd;
	return 0;
}
