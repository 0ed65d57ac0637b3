/* Parses decimals. Key decision: integer arithmetic; strtod minds the locale and takes "inf". */
#include "procfs/decimal.h"

#include <errno.h>

#define PLACES 9

static int parse_digits(struct str digits, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (digits.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < digits.n; i++) {
		unsigned digit = (unsigned char)digits.p[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

int procfs_decimal_parse(struct str word, uint64_t *ret_nano)
{
	struct str whole = str_cut(&word, '.');
	uint64_t nano, fraction = 0;

	if (parse_digits(whole, &nano) < 0 ||
	    __builtin_mul_overflow(nano, UINT64_C(1000000000), &nano))
		return -EINVAL;
	if (word.p) {
		if (word.n > PLACES || parse_digits(word, &fraction) < 0)
			return -EINVAL;
		for (size_t i = word.n; i < PLACES; i++)
			fraction *= 10;
	}
	return __builtin_add_overflow(nano, fraction, ret_nano) ? -EINVAL : 0;
}
