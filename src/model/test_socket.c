/* Text of socket addresses. */
#include "base/buf.h"
#include "model/file.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct socket_address address_of(const char *text, uint16_t port, uint32_t scope)
{
	struct socket_address address = {.port = port, .scope = scope};

	address.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(address.family, text, address.bytes), 1);
	return address;
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
		uint32_t scope;
		const char *address, *with_port;
	} cases[] = {
		{"127.0.0.1",      80,   0, "127.0.0.1",      "127.0.0.1:80"      },
		{"0.0.0.0",        0,    0, "*",              "*:*"               },
		{"0.0.0.0",        53,   0, "*",              "*:53"              },
		{"0.0.0.0",        68,   2, "*%2",            "*%2:68"            },
		{"::",             443,  0, "*",              "*:443"             },
		{"::1",            0,    0, "::1",            "[::1]:*"           },
		{"fe80::1",        5353, 3, "fe80::1%3",      "[fe80::1%3]:5353"  },
		{"::ffff:1.2.3.4", 7,    0, "::ffff:1.2.3.4", "[::ffff:1.2.3.4]:7"},
		{"127.0.0.53",     53,   1, "127.0.0.53%1",   "127.0.0.53%1:53"   },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct socket_address address =
			address_of(cases[i].text, cases[i].port, cases[i].scope);
		struct buf text = BUF_INIT;

		socket_address_add(&text, &address);
		assert_string_equal(buf_cstr(&text), cases[i].address);
		buf_clear(&text);
		socket_address_add_port(&text, &address);
		assert_string_equal(buf_cstr(&text), cases[i].with_port);
		buf_deinit(&text);
	}
}

static void test_names(void **state)
{
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		assert_non_null(socket_protocol_names[i]);
	for (unsigned i = 0; i < SOCKET_STATES; i++)
		assert_non_null(socket_state_names[i]);
}

/* A listener has no peer; a UDP socket listens unless it is connected. */
static void test_settle(void **state)
{
	struct socket s = {
		.protocol = SOCKET_TCP, .state = SOCKET_LISTEN, .remote.family = AF_INET};

	socket_settle(&s);
	assert_true(s.listening);
	assert_int_equal(s.remote.family, 0);
	s = (struct socket){.protocol = SOCKET_UDP, .state = SOCKET_CLOSE};
	socket_settle(&s);
	assert_true(s.listening);
	s.state = SOCKET_ESTABLISHED;
	s.remote = address_of("0.0.0.0", 9, 0);
	socket_settle(&s);
	assert_false(s.listening);
	assert_int_equal(s.remote.family, AF_INET);
	s = (struct socket){.protocol = SOCKET_TCP, .state = SOCKET_CLOSE, .listening = true};
	socket_settle(&s);
	assert_false(s.listening);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
