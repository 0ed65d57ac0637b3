/* Slices of bytes. A NULL p means "unknown"; n == 0 with a p is the empty string. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})

static inline struct str str_of(const char *text)
{
	return text ? (struct str){text, strlen(text)} : STR_NONE;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

static inline bool str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

/* The part of `a` from byte `from` on; empty when `from` is past its end. */
static inline struct str str_skip(struct str a, size_t from)
{
	return from < a.n ? (struct str){a.p + from, a.n - from} : (struct str){"", 0};
}

/*
 * Cuts the text before the first `separator` off `*rest` and returns it; without a separator the
 * whole rest. `*rest` is STR_NONE after the last piece.
 */
struct str str_cut(struct str *rest, char separator);

/* Without the blanks around it. */
struct str str_trim(struct str text);

/* What stands behind the last '/', or all. */
struct str str_basename(struct str path);

/* Parses the whole of `text` as a number in base 10 (or 16 with 0x). Returns 0, -EINVAL, -ERANGE. */
int str_to_i64(struct str text, long long *ret_value);
int str_to_u64(struct str text, unsigned long long *ret_value);

#endif
