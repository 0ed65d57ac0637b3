/* Parses /proc/PID/io. Key decision: lines are found by name, so the kernel may add some. */
#include "procfs/io.h"

#include <errno.h>

static const struct {
	const char *name;
	enum usage_field field;
} lines[] = {
	{"rchar",       USAGE_READ_CHARS },
	{"wchar",       USAGE_WRITE_CHARS},
	{"read_bytes",  USAGE_READ_BYTES },
	{"write_bytes", USAGE_WRITE_BYTES},
};

static int take_line(struct str line, struct usage *usage)
{
	struct str name = str_cut(&line, ':');
	unsigned long long value;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (!str_is(name, lines[i].name))
			continue;
		if (!line.p || str_to_u64(str_skip(line, 1), &value) < 0)
			return -EINVAL;
		usage_set(usage, lines[i].field, value);
	}
	return 0;
}

int procfs_io_parse(struct str text, struct usage *usage)
{
	struct usage read = *usage;

	while (text.p)
		if (take_line(str_cut(&text, '\n'), &read) < 0)
			return -EINVAL;
	*usage = read;
	return 0;
}
