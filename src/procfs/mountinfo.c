/*
 * Parses /proc/PID/mountinfo. Key decision: optional fields stand before a lone "-", however many.
 */
#include "procfs/mountinfo.h"

#include "procfs/words.h"

#include <errno.h>

/* id parent device root point options [optional]... - type source super_options */
static int parse_line(struct str line, struct procfs_mount *ret)
{
	struct procfs_mount mount;
	struct str word = str_cut(&line, ' ');

	if (procfs_take_u64(&word, 10, &mount.id) < 0)
		return -EINVAL;
	str_cut(&line, ' ');
	str_cut(&line, ' ');
	mount.root = str_cut(&line, ' ');
	mount.point = str_cut(&line, ' ');
	do
		word = str_cut(&line, ' ');
	while (line.p && !str_is(word, "-"));
	mount.type = str_cut(&line, ' ');
	str_cut(&line, ' ');
	mount.super_options = line;
	if (!line.p)
		return -EINVAL;
	*ret = mount;
	return 0;
}

int procfs_mountinfo_next(struct str *text, struct procfs_mount *ret_mount)
{
	while (text->p)
		if (parse_line(str_cut(text, '\n'), ret_mount) == 0)
			return 0;
	return -ENOENT;
}

int procfs_mountinfo_find(struct str text, uint64_t id, struct procfs_mount *ret_mount)
{
	struct procfs_mount mount;

	while (procfs_mountinfo_next(&text, &mount) == 0) {
		if (mount.id != id)
			continue;
		*ret_mount = mount;
		return 0;
	}
	return -ENOENT;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void procfs_mountinfo_unescape(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *c = text.p + i;

		if (*c != '\\' || text.n - i < 4 || !is_octal(c[1]) || !is_octal(c[2]) ||
		    !is_octal(c[3])) {
			buf_add_char(out, *c);
			continue;
		}
		buf_add_char(out, (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')));
		i += 3;
	}
}

struct str procfs_mount_option(struct str options, struct str name)
{
	while (options.p) {
		struct str value = str_cut(&options, ',');
		struct str key = str_cut(&value, '=');

		if (str_eq(key, name))
			return value.p ? value : STR("");
	}
	return STR_NONE;
}
