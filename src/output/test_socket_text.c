/* Sockets as a table and as JSON. */
#include "output/socket_text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static const struct socket_holder servers[] = {
	{12, 3},
	{12, 4},
	{13, 3},
	{14, 3},
	{20, 9}
};
static const struct socket_holder client[] = {
	{30, 5}
};

static struct socket sockets[] = {
	{.inode = 1,
	 .net_namespace = 1,
	 .protocol = SOCKET_TCP,
	 .state = SOCKET_LISTEN,
	 .listening = true,
	 .family = AF_INET6,
	 .local = {.family = AF_INET6, .port = 80},
	 .receive_queue = 1,
	 .send_queue = SOCKET_QUEUE_UNKNOWN,
	 .netlink_protocol = -1,
	 .holders = servers,
	 .holder_count = 5},
	{.inode = 2,
	 .net_namespace = 1,
	 .protocol = SOCKET_UNIX,
	 .state = SOCKET_ESTABLISHED,
	 .family = AF_UNIX,
	 .unix_type = SOCK_STREAM,
	 .uid = SOCKET_UID_UNKNOWN,
	 .path = {"/a\x1b[31m\xff", 8},
	 .peer_inode = 3,
	 .netlink_protocol = -1},
	{.inode = 3,
	 .net_namespace = 1,
	 .protocol = SOCKET_UNIX,
	 .state = SOCKET_ESTABLISHED,
	 .family = AF_UNIX,
	 .unix_type = SOCK_STREAM,
	 .uid = 1000,
	 .peer_path = {"/a\x1b[31m\xff", 8},
	 .peer_inode = 2,
	 .netlink_protocol = -1,
	 .holders = client,
	 .holder_count = 1},
	{.inode = 4,
	 .net_namespace = 1,
	 .protocol = SOCKET_NETLINK,
	 .family = AF_NETLINK,
	 .netlink_protocol = 0            },
	{.inode = 5,
	 .net_namespace = 1,
	 .protocol = SOCKET_PACKET,
	 .family = AF_PACKET,
	 .unix_type = SOCK_RAW,
	 .local = {.port = 3, .scope = 2},
	 .netlink_protocol = -1                              },
};
static uint32_t order[] = {0, 1, 2, 3, 4};
static const struct socket *const rows[] = {&sockets[0], &sockets[1], &sockets[2], &sockets[3],
					    &sockets[4]};

static struct str command(void *context, int32_t pid)
{
	return pid < 20 ? STR("nginx") : pid == 20 ? STR("systemd") : STR("a\nb");
}

static struct str user(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : STR_NONE;
}

static const struct names names = {.user = user};

static void check(const struct socket_view *view, size_t count, const char *wanted)
{
	struct buf out = BUF_INIT;

	socket_add_table(&out, rows, count, view, 0);
	assert_string_equal(buf_cstr(&out), wanted);
	buf_deinit(&out);
}

static void test_table(void **state)
{
	struct socket_list list = {
		.items = sockets, .count = 5, .by_inode = order, .by_inode_count = 5};
	struct socket_view view = {.list = &list, .names = &names, .command = command};

	check(&view, 5,
	      "PROTO        STATE   LOCAL           PEER            USER  PID  PROCES"
	      "S                   OTHER END\n"
	      "tcp6         LISTEN  *:80            -               root   12  nginx "
	      "+13,14 systemd(20)\n"
	      "unix/stream  ESTAB   /a\\x1b[31m\\xff  -               -       -  -   "
	      "                      a\\nb(30)\n"
	      "unix/stream  ESTAB   -               /a\\x1b[31m\\xff  1000   30  a\\n"
	      "b\n"
	      "netlink      -       route:kernel    -               root    -  -\n"
	      "packet/raw   -       0x0003%2        -               root    -  -\n");
	view.no_headings = true;
	view.queues = true;
	view.command = NULL;
	view.names = NULL;
	check(&view, 1, "tcp6  LISTEN  *:80  -  1  -  0  12  ? ?(13) ?(14) ?(20)\n");
	/* processes that may not be read: perhaps it is one of those */
	list.unreadable = 1;
	view.queues = false;
	view.pid = 30;
	check(&view, 1, "tcp6  LISTEN  *:80  -  0  ?(12) ?(13) ?(14) ?(20)\n");
	view.pid = 12;
	view.command = command;
	view.namespaces = true;
	check(&view, 1, "3,4  tcp6  LISTEN  *:80  -  1  0  nginx(13,14) systemd(20)\n");
}

static void test_json(void **state)
{
	struct socket_list list = {
		.items = sockets, .count = 5, .by_inode = order, .by_inode_count = 5};
	const struct socket_view view = {.list = &list, .names = &names, .command = command};
	struct buf out = BUF_INIT;
	struct json j = json_into(&out);

	socket_json(&j, rows[0], &view);
	assert_non_null(strstr(buf_cstr(&out), "\"local_address\":\"::\",\"local_port\":80,"
					       "\"remote_address\":null,\"remote_port\":null"));
	assert_non_null(strstr(buf_cstr(&out),
			       "\"receive_queue\":1,\"send_queue\":null,\"uid\":0,"
			       "\"user\":\"root\",\"inode\":1,\"peer_inode\":null"));
	assert_non_null(
		strstr(buf_cstr(&out), "\"holders\":[{\"pid\":12,\"fd\":3,\"comm\":\"nginx\"},"));
	buf_clear(&out);
	j = json_into(&out);
	socket_json(&j, rows[1], &view);
	assert_non_null(strstr(buf_cstr(&out), "\"path\":\"/a\\u001b[31m\xef\xbf\xbd\","
					       "\"path_b64\":\"L2EbWzMxbf8=\""));
	assert_non_null(strstr(buf_cstr(&out), "\"uid\":null,\"user\":null"));
	assert_non_null(strstr(buf_cstr(&out), "\"peer_holders\":[{\"pid\":30,\"fd\":5,"));
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
