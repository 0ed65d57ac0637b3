/*
 * Parses /proc/PID/fdinfo/N. Key decision: the lines that every descriptor has are read by their
 * key, what else stands there (locks, counters, watches) is handed on as it is: each kind of file
 * has its own, and new ones keep coming.
 */
#include "procfs/fdinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* All of `text`, in `base` (8 or 10). */
static int parse_number(struct str text, unsigned base, uint64_t limit, uint64_t *ret)
{
	uint64_t value = 0;

	if (text.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned char)text.p[i] - (unsigned)'0';

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value) || value > limit)
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

enum { POSITION, FLAGS, MOUNT_ID, INODE, KEYS };

static const struct {
	struct str key;
	unsigned base;
	uint64_t limit;
} keys[KEYS] = {
	[POSITION] = {{"pos", 3},    10, UINT64_MAX},
	[FLAGS] = {{"flags", 5},  8,  UINT32_MAX},
	[MOUNT_ID] = {{"mnt_id", 6}, 10, INT32_MAX },
	[INODE] = {{"ino", 3},    10, UINT64_MAX},
};

static struct str trim(struct str text)
{
	while (text.n > 0 && (text.p[0] == '\t' || text.p[0] == ' '))
		text = str_skip(text, 1);
	return text;
}

/* The position of a directory or a device may be "negative": the kernel prints it signed. */
static int parse_value(unsigned i, struct str text, uint64_t *ret)
{
	uint64_t magnitude;

	if (i != POSITION || text.n == 0 || text.p[0] != '-')
		return parse_number(text, keys[i].base, keys[i].limit, ret);
	if (parse_number(str_skip(text, 1), 10, INT64_MAX, &magnitude) < 0)
		return -EINVAL;
	*ret = 0 - magnitude;
	return 0;
}

/* Is it one of the lines that all have? Then *ret_bad says whether its value is none. */
static bool take_line(struct str line, uint64_t values[KEYS], unsigned *known, bool *ret_bad)
{
	struct str rest = line, key = str_cut(&rest, ':');

	for (unsigned i = 0; rest.p && i < KEYS; i++) {
		if (!str_eq(key, keys[i].key))
			continue;
		*ret_bad = parse_value(i, trim(rest), &values[i]) < 0;
		*known |= 1u << i;
		return true;
	}
	return false;
}

int procfs_fdinfo_parse(struct str text, struct procfs_fdinfo *ret)
{
	uint64_t values[KEYS] = {0};
	unsigned known = 0;
	struct str rest = text, behind = text;
	bool bad = false;

	while (rest.p && rest.n > 0 && take_line(str_cut(&rest, '\n'), values, &known, &bad)) {
		if (bad)
			return -EINVAL;
		behind = rest.p ? rest : str_skip(text, text.n);
	}
	if (!(known & 1u << POSITION) || !(known & 1u << FLAGS))
		return -EINVAL;
	*ret = (struct procfs_fdinfo){
		.position = values[POSITION],
		.flags = (uint32_t)values[FLAGS],
		.mount_id = known & 1u << MOUNT_ID ? (int32_t)values[MOUNT_ID] : -1,
		.rest = behind,
	};
	return 0;
}
