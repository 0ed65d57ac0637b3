/*
 * Orders sockets and joins them. Key decision: sorted arrays and bisection; the two ends of a TCP
 * connection within the machine find each other as two keys that are equal once one is turned.
 */
#include "source/sock_index.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <sys/socket.h>

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_sockets(const void *left, const void *right)
{
	const struct socket *a = left, *b = right;
	const int by[] = {
		compare_u64(a->net_namespace - 1, b->net_namespace - 1), /* the unknown last */
		compare_u64(a->protocol, b->protocol),
		compare_u64(!a->listening, !b->listening),
		compare_u64(a->local.port, b->local.port),
		compare_u64(a->family, b->family),
		memcmp(a->local.bytes, b->local.bytes, sizeof a->local.bytes),
		compare_u64(a->remote.port, b->remote.port),
		memcmp(a->remote.bytes, b->remote.bytes, sizeof a->remote.bytes),
		compare_u64(a->inode, b->inode),
	};

	for (size_t i = 0; i < sizeof by / sizeof *by; i++)
		if (by[i] != 0)
			return by[i];
	return 0;
}

struct by_inode {
	uint64_t inode;
	uint32_t place;
};

static int compare_inodes(const void *left, const void *right)
{
	const struct by_inode *a = left, *b = right;

	return a->inode != b->inode ? compare_u64(a->inode, b->inode)
				    : compare_u64(a->place, b->place);
}

static void drop_doubles(struct socket_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct socket *s = &list->items[i];

		/* of one inode, and so of one namespace, protocol and local port */
		if (kept > 0 && s->inode && s->inode == list->items[kept - 1].inode)
			continue;
		list->items[kept++] = *s;
	}
	list->count = kept;
}

void sock_index_make(struct socket_list *list)
{
	cleanup_free struct by_inode *order = NULL;
	size_t n = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof *list->items, compare_sockets);
	drop_doubles(list);
	order = mem_realloc(NULL, list->count, sizeof *order);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].inode)
			order[n++] = (struct by_inode){list->items[i].inode, (uint32_t)i};
	qsort(order, n, sizeof *order, compare_inodes);
	list->by_inode = mem_realloc(list->by_inode, n + 1, sizeof *list->by_inode);
	for (size_t i = 0; i < n; i++)
		list->by_inode[i] = order[i].place;
	list->by_inode_count = n;
}

/* ---- the other end ---- */

/* One direction of a connection: from an address and port to another. */
struct way {
	uint64_t namespace; /* of addresses that mean the own machine; 0: of all others */
	uint8_t from[16], to[16];
	uint16_t from_port, to_port;
	uint32_t place;
};

/* IPv4 as IPv6 has it: a server's end is often an IPv6 socket. */
static void take_address(const struct socket_address *address, uint8_t *ret)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (address->family == AF_INET6) {
		memcpy(ret, address->bytes, 16);
		return;
	}
	memcpy(ret, mapped, sizeof mapped);
	memcpy(ret + sizeof mapped, address->bytes, 4);
}

static bool is_loopback(const uint8_t *bytes)
{
	static const uint8_t one[16] = {[15] = 1}, mapped[13] = {[10] = 0xff, 0xff, 127};

	return memcmp(bytes, one, sizeof one) == 0 || memcmp(bytes, mapped, sizeof mapped) == 0;
}

static struct way way_of(const struct socket *s, uint32_t place, bool turned)
{
	const struct socket_address *from = turned ? &s->remote : &s->local;
	const struct socket_address *to = turned ? &s->local : &s->remote;
	struct way way = {.from_port = from->port, .to_port = to->port, .place = place};

	take_address(from, way.from);
	take_address(to, way.to);
	way.namespace = is_loopback(way.from) || is_loopback(way.to) ? s->net_namespace : 0;
	return way;
}

static int compare_ways(const void *left, const void *right)
{
	const struct way *a = left, *b = right;
	int by = compare_u64(a->from_port, b->from_port);

	by = by ? by : compare_u64(a->to_port, b->to_port);
	by = by ? by : memcmp(a->from, b->from, sizeof a->from);
	by = by ? by : memcmp(a->to, b->to, sizeof a->to);
	return by ? by : compare_u64(a->namespace, b->namespace);
}

/* The place where `key` stands in `ways`, if it does so once; addresses may be used by many. */
static const struct way *find_only(const struct way *ways, size_t count, const struct way *key)
{
	const struct way *found = bsearch(key, ways, count, sizeof *ways, compare_ways);

	if (!found || (found > ways && compare_ways(found - 1, key) == 0) ||
	    (found + 1 < ways + count && compare_ways(found + 1, key) == 0))
		return NULL;
	return found;
}

static void join_tcp(struct socket_list *list)
{
	struct way *ways = mem_realloc(NULL, list->count + 1, sizeof *ways);
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct socket *s = &list->items[i];

		if (s->protocol == SOCKET_TCP && s->inode && s->remote.family)
			ways[count++] = way_of(s, (uint32_t)i, false);
	}
	qsort(ways, count, sizeof *ways, compare_ways);
	for (size_t i = 0; i < count; i++) {
		struct socket *s = &list->items[ways[i].place];
		struct way turned = way_of(s, 0, true);
		const struct way *other = find_only(ways, count, &turned);

		if (other)
			s->peer_inode = list->items[other->place].inode;
	}
	free(ways);
}

static void join_unix(struct socket_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct socket *s = &list->items[i];
		const struct socket *peer;

		if (s->protocol != SOCKET_UNIX || !s->peer_inode)
			continue;
		peer = socket_list_find(list, s->peer_inode);
		s->peer_path = peer ? peer->path : STR_NONE;
	}
}

static void join_holders(struct socket_list *list, const struct sock_held *held, size_t count)
{
	struct socket_holder *holders = arena_alloc(&list->arena, (count + 1) * sizeof *holders);
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		holders[i] = held[i].holder;
	/* both are sorted by inode */
	for (size_t i = 0; i < list->by_inode_count; i++) {
		struct socket *s = &list->items[list->by_inode[i]];
		size_t first;

		while (at < count && held[at].inode < s->inode)
			at++;
		for (first = at; at < count && held[at].inode == s->inode;)
			at++;
		s->holders = holders + first;
		s->holder_count = at - first;
	}
}

void sock_index_join(struct socket_list *list, const struct sock_held *held, size_t count)
{
	if (list->count == 0)
		return;
	join_holders(list, held, count);
	join_tcp(list);
	join_unix(list);
}
