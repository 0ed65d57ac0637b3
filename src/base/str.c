/*
 * Slices of bytes. Key decision: a slice never owns and is never NUL-terminated, so that the
 * bytes of a kernel file or a ring record are used where they lie.
 */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>

struct str str_cut(struct str *rest, char separator)
{
	struct str all = *rest, head;
	const char *at = all.n ? memchr(all.p, separator, all.n) : NULL;

	if (!at) {
		*rest = STR_NONE;
		return all;
	}
	head = (struct str){all.p, (size_t)(at - all.p)};
	*rest = (struct str){at + 1, all.n - head.n - 1};
	return head;
}

struct str str_trim(struct str text)
{
	while (text.n > 0 && isspace((unsigned char)text.p[0]))
		text = str_skip(text, 1);
	while (text.n > 0 && isspace((unsigned char)text.p[text.n - 1]))
		text.n--;
	return text;
}

struct str str_basename(struct str path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return (struct str){path.p + i, path.n - i};
	return path;
}

static int digit_of(char c, unsigned base)
{
	int digit = -1;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10;
	return digit >= 0 && (unsigned)digit < base ? digit : -1;
}

int str_to_u64(struct str text, unsigned long long *ret_value)
{
	unsigned base = 10;
	uint64_t value = 0;
	size_t i = 0;

	if (str_starts(text, STR("0x")))
		base = 16, i = 2;
	if (i >= text.n)
		return -EINVAL;
	for (; i < text.n; i++) {
		int digit = digit_of(text.p[i], base);

		if (digit < 0)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

int str_to_i64(struct str text, long long *ret_value)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	unsigned long long magnitude;
	int r = str_to_u64(negative ? str_skip(text, 1) : text, &magnitude);

	if (r < 0)
		return r;
	if (magnitude > (unsigned long long)INT64_MAX + negative)
		return -ERANGE;
	*ret_value = negative ? (long long)(0 - magnitude) : (long long)magnitude;
	return 0;
}
