/* A growing buffer of bytes. Key decision: it doubles, so appending is amortised O(1). */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_deinit(struct buf *buf)
{
	free(buf->p);
	*buf = BUF_INIT;
}

char *buf_reserve(struct buf *buf, size_t more)
{
	size_t need = buf->n + more;

	if (need > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity : 256;

		while (capacity < need)
			capacity *= 2;
		buf->p = mem_realloc(buf->p, capacity, 1);
		buf->capacity = capacity;
	}
	return buf->p + buf->n;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(buf, n), bytes, n);
	buf->n += n;
}

void buf_add_str(struct buf *buf, struct str text)
{
	buf_add(buf, text.p, text.n);
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	*buf_reserve(buf, 1) = c;
	buf->n++;
}

void buf_add_repeat(struct buf *buf, char c, size_t times)
{
	if (times == 0)
		return;
	memset(buf_reserve(buf, times), c, times);
	buf->n += times;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
	char digits[20];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	buf_add(buf, digits + n, sizeof digits - n);
}

void buf_add_i64(struct buf *buf, int64_t value)
{
	if (value < 0)
		buf_add_char(buf, '-');
	buf_add_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list ap, again;
	size_t room = 64; /* mostly enough: then it is formatted once */
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(buf_reserve(buf, room), room, format, ap);
	va_end(ap);
	if (n >= (int)room)
		vsnprintf(buf_reserve(buf, (size_t)n + 1), (size_t)n + 1, format, again);
	if (n > 0)
		buf->n += (size_t)n;
	va_end(again);
}

void buf_consume(struct buf *buf, size_t n)
{
	if (n >= buf->n) {
		buf->n = 0;
		return;
	}
	memmove(buf->p, buf->p + n, buf->n - n);
	buf->n -= n;
}

const char *buf_cstr(struct buf *buf)
{
	*buf_reserve(buf, 1) = 0;
	return buf->p;
}
