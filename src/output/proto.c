/*
 * Protocol Buffers. Key decision: our own forty lines instead of a library and its compiler; the
 * length of a message is a varint of four bytes whatever it says, which the format allows, so that
 * a message is written in one pass.
 */
#include "output/proto.h"

#include <string.h>

#define LENGTH_BYTES 4

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

static void add_varint(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_add_char(out, (char)(value | 0x80));
	buf_add_char(out, (char)value);
}

static void add_tag(struct buf *out, unsigned field, enum wire_type type)
{
	add_varint(out, (uint64_t)field << 3 | type);
}

void proto_add_u64(struct buf *out, unsigned field, uint64_t value)
{
	add_tag(out, field, WIRE_VARINT);
	add_varint(out, value);
}

void proto_add_fixed64(struct buf *out, unsigned field, uint64_t value)
{
	add_tag(out, field, WIRE_FIXED64);
	for (unsigned i = 0; i < 8; i++)
		buf_add_char(out, (char)(value >> 8 * i));
}

void proto_add_double(struct buf *out, unsigned field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	proto_add_fixed64(out, field, bits);
}

void proto_add_str(struct buf *out, unsigned field, struct str text)
{
	add_tag(out, field, WIRE_BYTES);
	add_varint(out, text.n);
	buf_add_str(out, text);
}

size_t proto_open(struct buf *out, unsigned field)
{
	add_tag(out, field, WIRE_BYTES);
	buf_add_repeat(out, 0, LENGTH_BYTES);
	return out->n;
}

void proto_close(struct buf *out, size_t opened)
{
	size_t length = out->n - opened;

	for (unsigned i = 0; i < LENGTH_BYTES; i++, length >>= 7)
		out->p[opened - LENGTH_BYTES + i] =
			(char)((length & 0x7f) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}
