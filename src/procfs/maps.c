/*
 * Parses maps and smaps. Key decision: line by line, so that whoever reads decides how much is kept
 * of a process with 65,530 mappings; smaps tells its lines apart by the capital they begin with.
 */
#include "procfs/maps.h"

#include <errno.h>
#include <stddef.h>

/* The digits of `base` that the word consists of. */
static int parse_number(struct str word, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;

	if (word.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 16;

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

static struct str cut_number(struct str *rest, char separator, int *failed, uint64_t *ret)
{
	struct str word = rest->p ? str_cut(rest, separator) : STR("");

	if (parse_number(word, 16, ret) < 0)
		*failed = -EINVAL;
	return word;
}

int procfs_maps_parse(struct str line, struct mapping *ret)
{
	struct mapping map = {0};
	struct str rest = line, word;
	uint64_t major = 0, minor = 0;
	int r = 0;

	cut_number(&rest, '-', &r, &map.start);
	cut_number(&rest, ' ', &r, &map.end);
	word = rest.p ? str_cut(&rest, ' ') : STR("");
	if (word.n != 4)
		return -EINVAL;
	memcpy(map.permissions, word.p, 4);
	cut_number(&rest, ' ', &r, &map.offset);
	cut_number(&rest, ':', &r, &major);
	cut_number(&rest, ' ', &r, &minor);
	word = rest.p ? str_cut(&rest, ' ') : STR("");
	if (r < 0 || map.end < map.start || major > UINT32_MAX || minor > UINT32_MAX ||
	    parse_number(word, 10, &map.inode) < 0)
		return -EINVAL;
	map.device_major = (uint32_t)major;
	map.device_minor = (uint32_t)minor;
	while (rest.p && rest.n > 0 && rest.p[0] == ' ')
		rest = str_skip(rest, 1);
	map.path = rest.p ? rest : STR("");
	*ret = map;
	return 0;
}

static const struct {
	struct str key;
	size_t offset;
} sizes[] = {
	{{"Rss", 3},            offsetof(struct mapping, rss_bytes)          },
	{{"Pss", 3},            offsetof(struct mapping, pss_bytes)          },
	{{"Private_Dirty", 13}, offsetof(struct mapping, private_dirty_bytes)},
	{{"Swap", 4},           offsetof(struct mapping, swap_bytes)         },
};

bool procfs_smaps_parse(struct str line, struct mapping *mapping)
{
	struct str rest = line, key = str_cut(&rest, ':');
	uint64_t kib;

	if (!rest.p || key.n == 0 || key.p[0] < 'A' || key.p[0] > 'Z')
		return false;
	while (rest.n > 0 && rest.p[0] == ' ')
		rest = str_skip(rest, 1);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (str_eq(key, sizes[i].key) && parse_number(str_cut(&rest, ' '), 10, &kib) == 0 &&
		    kib <= UINT64_MAX / 1024)
			*(uint64_t *)((char *)mapping + sizes[i].offset) = kib * 1024;
	return true;
}
