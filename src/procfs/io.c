/* Parses /proc/PID/io. Key decision: lines are found by name, so the kernel may add some. */
#include "procfs/io.h"

#include "procfs/words.h"

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

int procfs_io_parse_calls(struct str text, struct procfs_io_calls *calls)
{
	struct procfs_io_calls read = *calls;
	const struct {
		const char *name;
		uint64_t *value;
	} members[] = {
		{"syscr",                 &read.read           },
		{"syscw",                 &read.written        },
		{"cancelled_write_bytes", &read.cancelled_bytes},
	};

	while (text.p) {
		struct str line = str_cut(&text, '\n');
		struct str name = str_cut(&line, ':');

		for (size_t i = 0; i < sizeof members / sizeof *members; i++)
			if (str_is(name, members[i].name) &&
			    procfs_take_u64(&line, 10, members[i].value) < 0)
				return -EINVAL;
	}
	*calls = read;
	return 0;
}
