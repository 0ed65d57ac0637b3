/*
 * Parses /proc/PID/stat. Key decision: the name is what stands between the first '(' and the last
 * ')', since a process may call itself ") R 1 1"; numbers are found by their place behind it.
 */
#include "procfs/stat.h"

#include "model/ident.h"

#include <errno.h>

enum { FIELD_STATE = 3, FIELD_LAST = 24 }; /* numbered as in proc(5) */

static const struct place {
	unsigned field;
	size_t offset;
	enum { INT32, UINT32, UINT64, TICKS } type;
} places[] = {
	{4,  offsetof(struct procfs_stat, ppid),         INT32 },
	{5,  offsetof(struct procfs_stat, pgid),         INT32 },
	{6,  offsetof(struct procfs_stat, sid),          INT32 },
	{10, offsetof(struct procfs_stat, minor_faults), UINT64},
	{12, offsetof(struct procfs_stat, major_faults), UINT64},
	{14, offsetof(struct procfs_stat, user_ns),      TICKS },
	{15, offsetof(struct procfs_stat, sys_ns),       TICKS },
	{20, offsetof(struct procfs_stat, threads),      UINT32},
	{22, offsetof(struct procfs_stat, start_ns),     TICKS },
	{24, offsetof(struct procfs_stat, rss_pages),    UINT64},
};

/* A decimal number, perhaps negative, that fills the word. */
static int parse_number(struct str word, bool *ret_negative, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i = 0;

	*ret_negative = word.n > 0 && word.p[0] == '-';
	i = *ret_negative;
	if (i == word.n)
		return -EINVAL;
	for (; i < word.n; i++) {
		unsigned digit = (unsigned char)word.p[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static int store(const struct place *place, struct str word, struct procfs_stat *stat)
{
	void *field = (char *)stat + place->offset;
	bool negative;
	uint64_t value;

	if (parse_number(word, &negative, &value) < 0)
		return -EINVAL;
	if (place->type == INT32) {
		if (value > INT32_MAX)
			return -EINVAL;
		*(int32_t *)field = negative ? -(int32_t)value : (int32_t)value;
		return 0;
	}
	if (negative || (place->type == UINT32 && value > UINT32_MAX) ||
	    (place->type == TICKS && __builtin_mul_overflow(value, IDENT_GRAIN_TICKS, &value)))
		return -EINVAL;
	if (place->type == UINT32)
		*(uint32_t *)field = (uint32_t)value;
	else
		*(uint64_t *)field = value;
	return 0;
}

int procfs_stat_parse(struct str text, struct procfs_stat *ret_stat)
{
	static const struct place pid = {1, offsetof(struct procfs_stat, pid), INT32};
	const char *open = text.n ? memchr(text.p, '(', text.n) : NULL;
	const char *close = text.n ? memrchr(text.p, ')', text.n) : NULL;
	const struct place *place = places, *end = places + sizeof places / sizeof *places;
	struct procfs_stat stat = {0};
	struct str rest, word;

	if (!open || !close || close < open || open - text.p < 2 || open[-1] != ' ' ||
	    store(&pid, (struct str){text.p, (size_t)(open - text.p) - 1}, &stat) < 0)
		return -EINVAL;
	stat.comm = (struct str){open + 1, (size_t)(close - open) - 1};
	rest = str_skip(text, (size_t)(close - text.p) + 1);
	str_cut(&rest, ' ');
	for (unsigned field = FIELD_STATE; field <= FIELD_LAST; field++) {
		if (!rest.p)
			return -EINVAL;
		word = str_cut(&rest, ' ');
		if (word.n > 0 && word.p[word.n - 1] == '\n')
			word.n--;
		if (field == FIELD_STATE && word.n != 1)
			return -EINVAL;
		if (field == FIELD_STATE)
			stat.state = word.p[0];
		if (place < end && place->field == field && store(place++, word, &stat) < 0)
			return -EINVAL;
	}
	*ret_stat = stat;
	return 0;
}
