/* The kernel's tables of sockets: what it writes, and what it never would. */
#include "base/buf.h"
#include "procfs/net.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

static const struct procfs_net_file *file_of(const char *name)
{
	for (unsigned i = 0; i < procfs_net_file_count; i++)
		if (strcmp(procfs_net_files[i].name, name) == 0)
			return &procfs_net_files[i];
	fail_msg("no file %s", name);
	return NULL;
}

static size_t parse(const char *name, struct str text, struct socket *ret, size_t most)
{
	struct procfs_net net;
	size_t count = 0;

	assert_int_equal(procfs_net_begin(&net, file_of(name), text), 0);
	while (count < most && procfs_net_next(&net, &ret[count]))
		count++;
	return count;
}

static void assert_address(const struct socket_address *address, const char *text)
{
	struct buf out = BUF_INIT;

	socket_address_add_port(&out, address);
	assert_string_equal(buf_cstr(&out), text);
	buf_deinit(&out);
}

#define TCP                                                                                        \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "      \
	"timeout inode                                                     \n"

static void test_tcp(void **state)
{
	struct socket s[4];

	assert_int_equal(
		parse("tcp",
		      STR(TCP
			  "   0: 00000000:07E8 00000000:0000 0A 00000000:00000003 00:00000000 "
			  "00000000   101        0 1166 1 00000000403bf55c 100 0 0 10 0          "
			  "            \n"
			  "   1: 0100007F:1F90 0200007F:C001 01 0000000A:00000014 02:000A7214 "
			  "00000000  1000        0 77777 2 0000000000000000 20 4 30 10 -1\n"
			  "100000: 0100007F:1F90 0100007F:C002 06 00000000:00000000 03:00001769 "
			  "00000000     0        0 0 3 0000000000000000\n"),
		      s, 4),
		3);
	assert_int_equal(s[0].protocol, SOCKET_TCP);
	assert_int_equal(s[0].state, SOCKET_LISTEN);
	assert_true(s[0].listening);
	assert_address(&s[0].local, "*:2024");
	assert_int_equal(s[0].remote.family, 0);
	assert_int_equal(s[0].receive_queue, 3);
	assert_true(s[0].send_queue == SOCKET_QUEUE_UNKNOWN);
	assert_int_equal(s[0].uid, 101);
	assert_int_equal(s[0].inode, 1166);
	assert_int_equal(s[1].state, SOCKET_ESTABLISHED);
	assert_false(s[1].listening);
	assert_address(&s[1].local, "127.0.0.1:8080");
	assert_address(&s[1].remote, "127.0.0.2:49153");
	assert_int_equal(s[1].send_queue, 10);
	assert_int_equal(s[1].receive_queue, 20);
	assert_int_equal(s[1].netlink_protocol, -1);
	assert_int_equal(s[2].state, SOCKET_TIME_WAIT);
	assert_int_equal(s[2].inode, 0);
}

static void test_tcp6(void **state)
{
	struct socket s[4];

	assert_int_equal(
		parse("tcp6",
		      STR("  sl  local_address                         remote_address              "
			  "          st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
			  "inode\n"
			  "   0: 00000000000000000000000000000000:0016 "
			  "00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 "
			  "00000000     0        0 5 1 0000000000000000 100 0 0 10 0\n"
			  "   1: 000080FE00000000FFDA5050F4F8D4FE:0016 "
			  "0000000000000000FFFF00000403A8C0:E4A2 01 00000000:00000000 02:00095B5F "
			  "00000000     0        0 6 2 0000000000000000 20 4 29 10 -1\n"),
		      s, 4),
		2);
	assert_address(&s[0].local, "*:22");
	assert_int_equal(s[0].local.family, AF_INET6);
	assert_address(&s[1].local, "[fe80::5050:daff:fed4:f8f4]:22");
	assert_address(&s[1].remote, "[::ffff:192.168.3.4]:58530");
}

/* Columns in another order, one more, one less. */
static void test_columns(void **state)
{
	struct socket s[2];

	assert_int_equal(parse("udp",
			       STR("inode new st local_address\n"
				   "7 x 07 00000000:0035\n"),
			       s, 2),
			 1);
	assert_int_equal(s[0].inode, 7);
	assert_true(s[0].listening);
	assert_address(&s[0].local, "*:53");
	assert_int_equal(s[0].uid, SOCKET_UID_UNKNOWN);
	assert_true(s[0].send_queue == SOCKET_QUEUE_UNKNOWN);
}

#define UNIX "Num       RefCount Protocol Flags    Type St Inode Path\n"

static void test_unix(void **state)
{
	struct socket s[8];

	assert_int_equal(
		parse("unix",
		      STR(UNIX
			  "00000000ede7f2fc: 00000003 00000000 00000000 0001 03  1163\n"
			  "0000000000000001: 00000002 00000000 00010000 0001 01 17041 "
			  "/run/a b.sock\n"
			  "0000000000000002: 00000002 00000000 00010000 0005 01 17042 @/tmp/x@@\n"
			  "0000000000000003: 00000002 00000000 00000000 0002 01 17043 "
			  "two\n\nlines\n"
			  "0000000000000004: 00000002 00000000 00000000 0002 01 17044 \nx\n"
			  "0000000000000005: 00000002 00000000 00000000 0001 02     0 /run/a\n"),
		      s, 8),
		6);
	assert_int_equal(s[0].state, SOCKET_ESTABLISHED);
	assert_null(s[0].path.p);
	assert_int_equal(s[0].inode, 1163);
	assert_true(s[1].listening);
	assert_int_equal(s[1].state, SOCKET_LISTEN);
	assert_true(str_is(s[1].path, "/run/a b.sock"));
	assert_int_equal(s[2].unix_type, SOCK_SEQPACKET);
	assert_true(str_is(s[2].path, "@/tmp/x@@"));
	assert_true(str_is(s[3].path, "two\n\nlines"));
	assert_int_equal(s[3].state, SOCKET_CLOSE);
	assert_false(s[3].listening);
	assert_true(str_is(s[4].path, "\nx"));
	assert_int_equal(s[5].inode, 0);
	assert_int_equal(s[5].uid, SOCKET_UID_UNKNOWN);
}

static void test_netlink(void **state)
{
	struct socket s[4];

	assert_int_equal(parse("netlink",
			       STR("sk               Eth Pid        Groups   Rmem     Wmem     "
				   "Dump  Locks    "
				   "Drops    Inode\n"
				   "0000000047bb2bba 0   0          00000000 0        0        0   "
				   "  2        0 "
				   "       4       \n"
				   "0000000047bb2bbb 15  4294963142 00000002 212992   7        0   "
				   "  2        0 "
				   "       17043   \n"),
			       s, 4),
			 2);
	assert_int_equal(s[0].netlink_protocol, 0);
	assert_int_equal(s[1].netlink_protocol, 15);
	assert_true(s[1].netlink_port == 4294963142u);
	assert_int_equal(s[1].netlink_groups, 2);
	assert_int_equal(s[1].receive_queue, 212992);
	assert_int_equal(s[1].send_queue, 7);
	assert_int_equal(s[1].inode, 17043);
}

static void test_packet(void **state)
{
	struct socket s[2];

	assert_int_equal(
		parse("packet",
		      STR("sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
			  "00000000a1b2c3d4 3      3    0003   2     1 0      1000   555\n"),
		      s, 2),
		1);
	assert_int_equal(s[0].unix_type, SOCK_RAW);
	assert_int_equal(s[0].local.port, 3);
	assert_int_equal(s[0].local.scope, 2);
	assert_int_equal(s[0].uid, 1000);
	assert_int_equal(s[0].inode, 555);
}

static void test_bad(void **state)
{
	static const char *const headings[] = {"", "\n", "sl local_address", "Inode",
					       "x y z\n1 2 3\n"};
	static const char *const lines[] = {
		"",
		"0:",
		"0: 00000000:0016",
		"0: 00000000:001g 00000000:0000 0A 0:0 0:0 0 0 0 5",
		"0: 00000000:10016 00000000:0000 0A 0:0 0:0 0 0 0 5",
		"0: 0000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 5",
		"0: 00000000:0016 00000000:0000 100 0:0 0:0 0 0 0 5",
		"0: 00000000:0016 00000000:0000 0A 0 0:0 0 0 0 5",
		"0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 4294967296 0 5",
		"0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 -5",
		"0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 18446744073709551616",
	};
	struct procfs_net net;
	struct socket s;

	for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
		if (procfs_net_begin(&net, file_of("tcp"), str_of(headings[i])) != -EINVAL)
			fail_msg("%s", headings[i]);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf text = BUF_INIT;

		buf_printf(&text, "%s%s\n", TCP, lines[i]);
		if (parse("tcp", buf_str(&text), &s, 1) != 0)
			fail_msg("%s", lines[i]);
		buf_deinit(&text);
	}
	/* the same, good: the cases above fail for their own reason */
	assert_int_equal(
		parse("tcp", STR(TCP "0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 5"), &s, 1),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),     cmocka_unit_test(test_tcp6),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_unix),
		cmocka_unit_test(test_netlink), cmocka_unit_test(test_packet),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
