/* Protocol Buffers, byte by byte: the examples of their documentation and the edges. */
#include "output/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(struct buf *out, const void *bytes, size_t n)
{
	assert_int_equal(out->n, n);
	assert_memory_equal(out->p, bytes, n);
	buf_clear(out);
}
#define EXPECT(out, literal) expect(out, literal, sizeof(literal) - 1)

static void fields(void **state)
{
	struct buf out = BUF_INIT;

	proto_add_u64(&out, 1, 150);
	EXPECT(&out, "\x08\x96\x01");
	proto_add_u64(&out, 60, 0);
	EXPECT(&out, "\xe0\x03\x00");
	proto_add_u64(&out, 1, UINT64_MAX);
	EXPECT(&out, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	proto_add_str(&out, 2, STR("testing"));
	EXPECT(&out, "\x12\x07testing");
	proto_add_fixed64(&out, 47, UINT64_C(0x0102030405060708));
	EXPECT(&out, "\xf9\x02\x08\x07\x06\x05\x04\x03\x02\x01");
	proto_add_double(&out, 1, 1.0);
	EXPECT(&out, "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f");
	buf_deinit(&out);
}

/* A length takes four bytes, whatever it is. */
static void messages(void **state)
{
	struct buf out = BUF_INIT;
	size_t outer = proto_open(&out, 3), inner = proto_open(&out, 1);

	proto_close(&out, inner);
	proto_close(&out, outer);
	EXPECT(&out, "\x1a\x85\x80\x80\x00\x0a\x80\x80\x80\x00");
	outer = proto_open(&out, 3);
	buf_add_repeat(&out, 'x', 300);
	proto_close(&out, outer);
	assert_int_equal(out.n, 305);
	assert_memory_equal(out.p, "\x1a\xac\x82\x80\x00", 5);
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
