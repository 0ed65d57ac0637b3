/*
 * Names of terminals. Key decision: never looks into /dev, which may be another container's; the
 * kernel's list of drivers and the numbers of Documentation/admin-guide/devices.txt tell.
 */
#include "procfs/tty_drivers.h"

#include <errno.h>

#define BSD_TTY_MAJOR 3

/* What is true everywhere; `first` is the minor of number 0. */
static const struct device {
	unsigned major, first, last;
	const char *name;
	bool numbered;
} devices[] = {
	{4,   0,  63,      "tty",     true },
	{4,   64, 255,     "ttyS",    true },
	{5,   0,  0,       "tty",     false},
	{5,   1,  1,       "console", false},
	{5,   2,  2,       "ptmx",    false},
	{136, 0,  1048575, "pts/",    true },
	{166, 0,  255,     "ttyACM",  true },
	{188, 0,  255,     "ttyUSB",  true },
	{204, 64, 79,      "ttyAMA",  true },
	{229, 0,  255,     "hvc",     true },
};

static struct str next_word(struct str *line)
{
	struct str word = STR_NONE;

	while (line->p && word.n == 0)
		word = str_cut(line, ' ');
	return word;
}

static int parse_range(struct str word, unsigned long long *ret_first, unsigned long long *ret_last)
{
	struct str first = str_cut(&word, '-');

	if (str_to_u64(first, ret_first) < 0)
		return -EINVAL;
	*ret_last = *ret_first;
	return word.p ? str_to_u64(word, ret_last) : 0;
}

/* "serial  /dev/ttyS  4 64-95 serial": driver, path, major, minors, type. */
static bool take_line(struct str line, unsigned major, unsigned minor, struct buf *out)
{
	unsigned long long number, first, last;
	struct str path, numbers, type;

	next_word(&line);
	path = next_word(&line);
	if (!str_starts(path, STR("/dev/")) || str_to_u64(next_word(&line), &number) < 0)
		return false;
	numbers = next_word(&line);
	type = next_word(&line);
	if (number != major || parse_range(numbers, &first, &last) < 0 || minor < first ||
	    minor > last)
		return false;
	/* "/dev/vc/0" is a name of old; those of BSD terminals have letters. */
	if (str_is(type, "system:vtmaster") || major == BSD_TTY_MAJOR)
		return false;
	buf_add_str(out, str_skip(path, 5));
	if (str_is(path, "/dev/pts"))
		buf_add_char(out, '/');
	/* One that stands alone may have no number; virtual consoles begin at tty1. */
	if (first != last || !(str_starts(type, STR("system")) || str_is(type, "console")))
		buf_add_u64(out, minor - first + str_is(type, "console"));
	return true;
}

int procfs_tty_name(struct str drivers, unsigned major, unsigned minor, struct buf *out)
{
	while (drivers.p)
		if (take_line(str_cut(&drivers, '\n'), major, minor, out))
			return 0;
	if (major > 136 && major <= 143) { /* further majors of Unix98 terminals */
		minor += (major - 136) * 256;
		major = 136;
	}
	if (major == BSD_TTY_MAJOR && minor < 256) {
		buf_printf(out, "tty%c%x", "pqrstuvwxyzabcde"[minor >> 4], minor & 15);
		return 0;
	}
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
		const struct device *device = &devices[i];

		if (device->major != major || minor < device->first || minor > device->last)
			continue;
		buf_add_text(out, device->name);
		if (device->numbered)
			buf_add_u64(out, minor - device->first);
		return 0;
	}
	return -ENOENT;
}
