/* Numbers in kernel text. Key decision: a number ends at the first byte that is no digit of it. */
#include "procfs/words.h"

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return UINT32_MAX;
}

int procfs_take_u64(struct str *rest, unsigned base, uint64_t *ret_value)
{
	struct str text = procfs_skip_blanks(*rest);
	uint64_t value = 0;
	size_t i = 0;

	for (; i < text.n; i++) {
		unsigned digit = digit_of(text.p[i]);

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -1;
	}
	if (i == 0)
		return -1;
	*ret_value = value;
	*rest = str_skip(text, i);
	return 0;
}
