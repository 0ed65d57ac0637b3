/* Decoding what the kernel tells of sockets, ordering them, and joining them with who holds them. */
#include "source/sock_diag.h"
#include "source/sock_index.h"
#include "source/sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

static void assert_address(const struct socket_address *address, const char *text)
{
	struct buf out = BUF_INIT;

	socket_address_add_port(&out, address);
	assert_string_equal(buf_cstr(&out), text);
	buf_deinit(&out);
}

/* ---- messages ---- */

static void test_inet(void **state)
{
	struct inet_diag_msg m = {
		.idiag_family = AF_INET6,
		.idiag_state = SOCKET_ESTABLISHED,
		.id = {.idiag_sport = htons(22), .idiag_dport = htons(50000), .idiag_if = 3},
		.idiag_rqueue = 5,
		.idiag_wqueue = 6,
		.idiag_uid = 1000,
		.idiag_inode = 4242,
	};
	char name[SOCK_DIAG_NAME];
	struct socket s;

	inet_pton(AF_INET6, "fe80::1", m.id.idiag_src);
	inet_pton(AF_INET6, "fe80::2", m.id.idiag_dst);
	assert_int_equal(sock_diag_decode(&m, sizeof m, SOCKET_TCP, name, &s), 0);
	assert_address(&s.local, "[fe80::1%3]:22");
	assert_address(&s.remote, "[fe80::2%3]:50000");
	assert_int_equal(s.receive_queue, 5);
	assert_int_equal(s.send_queue, 6);
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.inode, 4242);
	assert_false(s.listening);

	/* bound to an interface; nobody is at the other end */
	m = (struct inet_diag_msg){
		.idiag_family = AF_INET,
		.idiag_state = SOCKET_CLOSE,
		.id = {.idiag_sport = htons(68), .idiag_if = 2}
        };
	assert_int_equal(sock_diag_decode(&m, sizeof m, SOCKET_UDP, name, &s), 0);
	assert_address(&s.local, "*%2:68");
	assert_int_equal(s.remote.family, 0);
	assert_true(s.listening);

	m.idiag_state = SOCKET_TIME_WAIT;
	assert_int_equal(sock_diag_decode(&m, sizeof m, SOCKET_TCP, name, &s), 0);
	assert_int_equal(s.uid, SOCKET_UID_UNKNOWN);

	assert_int_not_equal(sock_diag_decode(&m, sizeof m - 1, SOCKET_TCP, name, &s), 0);
	m.idiag_family = 99;
	assert_int_not_equal(sock_diag_decode(&m, sizeof m, SOCKET_TCP, name, &s), 0);
}

static void add_attribute(struct buf *message, unsigned type, const void *bytes, size_t n)
{
	struct nlattr a = {.nla_len = (uint16_t)(sizeof a + n), .nla_type = (uint16_t)type};

	buf_add(message, &a, sizeof a);
	buf_add(message, bytes, n);
	buf_add_repeat(message, 0, NLA_ALIGN(n) - n);
}

static void start_unix(struct buf *message, uint8_t type, uint8_t state, uint32_t inode)
{
	struct unix_diag_msg m = {AF_UNIX, type, state, 0, inode, {0}};

	buf_clear(message);
	buf_add(message, &m, sizeof m);
}

static void test_unix(void **state)
{
	struct buf message = BUF_INIT;
	struct unix_diag_rqlen queues = {7, 128};
	char name[SOCK_DIAG_NAME], longest[200];
	uint32_t peer = 77, uid = 33;
	struct socket s;

	start_unix(&message, SOCK_STREAM, SOCKET_LISTEN, 12);
	add_attribute(&message, UNIX_DIAG_NAME, "/run/a\nb", 9); /* with its NUL */
	add_attribute(&message, 99, "?", 1);
	add_attribute(&message, UNIX_DIAG_PEER, &peer, sizeof peer);
	add_attribute(&message, UNIX_DIAG_RQLEN, &queues, sizeof queues);
	add_attribute(&message, 7, &uid, sizeof uid);
	assert_int_equal(sock_diag_decode(message.p, message.n, SOCKET_UNIX, name, &s), 0);
	assert_true(str_is(s.path, "/run/a\nb"));
	assert_true(s.listening);
	assert_int_equal(s.inode, 12);
	assert_int_equal(s.peer_inode, 77);
	assert_int_equal(s.receive_queue, 7);
	assert_int_equal(s.send_queue, 128);
	assert_int_equal(s.uid, 33);
	assert_int_equal(s.unix_type, SOCK_STREAM);

	/* abstract: every byte counts; no name, no owner: unknown */
	start_unix(&message, SOCK_DGRAM, SOCKET_CLOSE, 13);
	add_attribute(&message, UNIX_DIAG_NAME, "\0a\0\xff", 5);
	assert_int_equal(sock_diag_decode(message.p, message.n, SOCKET_UNIX, name, &s), 0);
	assert_true(str_eq(s.path, STR("@a@\xff@")));
	start_unix(&message, SOCK_DGRAM, SOCKET_CLOSE, 13);
	assert_int_equal(sock_diag_decode(message.p, message.n, SOCKET_UNIX, name, &s), 0);
	assert_null(s.path.p);
	assert_int_equal(s.uid, SOCKET_UID_UNKNOWN);
	assert_true(s.receive_queue == SOCKET_QUEUE_UNKNOWN);

	memset(longest, 'x', sizeof longest);
	add_attribute(&message, UNIX_DIAG_NAME, longest, sizeof longest);
	assert_int_equal(sock_diag_decode(message.p, message.n, SOCKET_UNIX, name, &s), 0);
	assert_int_equal(s.path.n, SOCK_DIAG_NAME);
	assert_int_not_equal(sock_diag_decode(message.p, 15, SOCKET_UNIX, name, &s), 0);
	buf_deinit(&message);
}

/* ---- the list ---- */

static struct socket tcp(uint64_t inode, uint64_t namespace, const char *local, uint16_t local_port,
			 const char *remote, uint16_t remote_port)
{
	struct socket s = {.inode = inode,
			   .net_namespace = namespace,
			   .protocol = SOCKET_TCP,
			   .state = remote ? SOCKET_ESTABLISHED : SOCKET_LISTEN};

	s.family = s.local.family = strchr(local, ':') ? AF_INET6 : AF_INET;
	inet_pton(s.family, local, s.local.bytes);
	s.local.port = local_port;
	if (remote) {
		s.remote.family = s.family;
		inet_pton(s.family, remote, s.remote.bytes);
		s.remote.port = remote_port;
	}
	socket_settle(&s);
	return s;
}

static void list_of(struct socket_list *list, const struct socket *sockets, size_t count)
{
	*list = (struct socket_list){.count = count, .capacity = count};
	list->items = malloc(count * sizeof *sockets);
	assert_non_null(list->items);
	memcpy(list->items, sockets, count * sizeof *sockets);
	sock_index_make(list);
}

static void test_order(void **state)
{
	const struct socket sockets[] = {
		tcp(9, 0, "127.0.0.1", 1, NULL, 0),
		tcp(5, 2, "127.0.0.1", 80, "127.0.0.1", 4000),
		tcp(4, 2, "127.0.0.1", 90, NULL, 0),
		tcp(0, 2, "127.0.0.1", 80, "127.0.0.1", 4001),
		tcp(3, 2, "127.0.0.1", 80, NULL, 0),
		tcp(3, 2, "127.0.0.1", 80, NULL, 0), /* seen twice */
		tcp(7, 1, "127.0.0.1", 99, NULL, 0),
	};
	static const uint64_t inodes[] = {7, 3, 4, 5, 0, 9};
	struct socket_list list;

	list_of(&list, sockets, sizeof sockets / sizeof *sockets);
	assert_int_equal(list.count, sizeof inodes / sizeof *inodes);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].inode, inodes[i]);
	assert_int_equal(list.by_inode_count, 5);
	for (size_t i = 0; i < list.count; i++)
		if (inodes[i])
			assert_ptr_equal(socket_list_find(&list, inodes[i]), &list.items[i]);
	assert_null(socket_list_find(&list, 0));
	assert_null(socket_list_find(&list, 6));
	assert_null(socket_list_find(&list, 100));
	socket_list_deinit(&list);
}

static void test_holders(void **state)
{
	const struct socket sockets[] = {
		tcp(10, 1, "127.0.0.1", 80, NULL, 0),
		tcp(20, 1, "127.0.0.1", 81, NULL, 0),
		tcp(30, 1, "127.0.0.1", 82, NULL, 0),
	};
	struct sock_held held[] = {
		{30, {7, 3}},
                {10, {9, 4}},
                {15, {1, 1}},
                {10, {8, 5}},
                {10, {8, 4}},
	};
	struct sock_holders holders = {.items = held, .count = 5};
	struct socket_list list;

	sock_holders_sort(&holders);
	list_of(&list, sockets, 3);
	sock_index_join(&list, held, 5);
	assert_int_equal(list.items[0].holder_count, 3);
	assert_int_equal(list.items[0].holders[0].pid, 8);
	assert_int_equal(list.items[0].holders[0].fd, 4);
	assert_int_equal(list.items[0].holders[1].fd, 5);
	assert_int_equal(list.items[0].holders[2].pid, 9);
	assert_int_equal(list.items[1].holder_count, 0);
	assert_int_equal(list.items[2].holder_count, 1);
	assert_int_equal(list.items[2].holders[0].pid, 7);
	socket_list_deinit(&list);
}

static uint64_t peer_of(const struct socket_list *list, uint64_t inode)
{
	return socket_list_find(list, inode)->peer_inode;
}

static void test_other_ends(void **state)
{
	const struct socket sockets[] = {
  /* loopback: within a namespace only; an IPv6 server knows IPv4 clients as mapped */
		tcp(1, 1, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4000),
		tcp(2, 1, "127.0.0.1", 4000, "127.0.0.1", 80),
		tcp(3, 2, "127.0.0.1", 80, "127.0.0.1", 4001),
		tcp(4, 3, "127.0.0.1", 4001, "127.0.0.1", 80),
		tcp(5, 4, "::1", 80, "::1", 4002),
		tcp(6, 4, "::1", 4002, "::1", 80),
 /* from one namespace to another */
		tcp(11, 1, "10.0.0.1", 80, "10.0.0.2", 4000),
		tcp(12, 2, "10.0.0.2", 4000, "10.0.0.1", 80),
 /* the same addresses in two places: nobody knows */
		tcp(21, 1, "10.1.0.1", 80, "10.1.0.2", 4000),
		tcp(22, 2, "10.1.0.2", 4000, "10.1.0.1", 80),
		tcp(23, 3, "10.1.0.2", 4000, "10.1.0.1", 80),
 /* elsewhere */
		tcp(31, 1, "10.0.0.1", 80, "1.2.3.4", 4000),
		{.inode = 41,              .protocol = SOCKET_UNIX, .peer_inode = 42 },
		{ .inode = 42, .protocol = SOCKET_UNIX,        .peer_inode = 41, .path = {"/x", 2}},
	};
	struct socket_list list;

	list_of(&list, sockets, sizeof sockets / sizeof *sockets);
	sock_index_join(&list, NULL, 0);
	assert_int_equal(peer_of(&list, 1), 2);
	assert_int_equal(peer_of(&list, 2), 1);
	assert_int_equal(peer_of(&list, 3), 0);
	assert_int_equal(peer_of(&list, 4), 0);
	assert_int_equal(peer_of(&list, 5), 6);
	assert_int_equal(peer_of(&list, 11), 12);
	assert_int_equal(peer_of(&list, 12), 11);
	assert_int_equal(peer_of(&list, 21), 0);
	assert_int_equal(peer_of(&list, 31), 0);
	assert_true(str_is(socket_list_find(&list, 41)->peer_path, "/x"));
	assert_null(socket_list_find(&list, 42)->peer_path.p);
	socket_list_deinit(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inet),       cmocka_unit_test(test_unix),
		cmocka_unit_test(test_order),      cmocka_unit_test(test_holders),
		cmocka_unit_test(test_other_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
