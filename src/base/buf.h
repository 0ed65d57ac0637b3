/* A growing buffer of bytes. Out of memory ends the program: see mem.h. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdint.h>

struct buf {
	char *p;
	size_t n, capacity;
};

#define BUF_INIT ((struct buf){0})

void buf_deinit(struct buf *buf);
static inline void buf_clear(struct buf *buf)
{
	buf->n = 0;
}
static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->p ? buf->p : "", buf->n};
}

/* Room for `more` further bytes; returns where they start. Does not change n. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_add_str(struct buf *buf, struct str text);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_repeat(struct buf *buf, char c, size_t times);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_add_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first `n` bytes. */
void buf_consume(struct buf *buf, size_t n);
/* The contents with a NUL behind them; the NUL does not count in n. */
const char *buf_cstr(struct buf *buf);

#endif
