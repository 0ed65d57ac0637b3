/* Parses a pressure file. Key decision: members are found by name, as psi's manual asks of readers. */
#include "procfs/pressure.h"

#include "procfs/decimal.h"

#include <errno.h>

struct line {
	double percent[3];
	uint64_t total_ns;
	unsigned seen; /* a bit a member */
};

static int take_member(struct str word, struct line *line)
{
	static const char *const averages[] = {"avg10", "avg60", "avg300"};
	struct str name = str_cut(&word, '=');
	unsigned long long total_us;
	uint64_t nano;

	for (unsigned i = 0; i < 3; i++) {
		if (!str_is(name, averages[i]))
			continue;
		if (procfs_decimal_parse(word, &nano) < 0)
			return -EINVAL;
		line->percent[i] = (double)nano / 1e9;
		line->seen |= 1u << i;
	}
	if (str_is(name, "total")) {
		if (str_to_u64(word, &total_us) < 0 ||
		    __builtin_mul_overflow((uint64_t)total_us, UINT64_C(1000), &line->total_ns))
			return -EINVAL;
		line->seen |= 1u << 3;
	}
	return 0;
}

static int parse_line(struct str text, struct line *ret_line)
{
	struct line line = {0};

	while (text.p)
		if (take_member(str_cut(&text, ' '), &line) < 0)
			return -EINVAL;
	if (line.seen != 0xf)
		return -EINVAL;
	*ret_line = line;
	return 0;
}

int procfs_pressure_parse(struct str text, struct host_pressure *pressure)
{
	struct host_pressure found = {0};
	struct line line;

	while (text.p) {
		struct str rest = str_cut(&text, '\n'), kind = str_cut(&rest, ' ');
		bool some = str_is(kind, "some");

		if (!some && !str_is(kind, "full"))
			continue;
		if (parse_line(rest, &line) < 0)
			return -EINVAL;
		memcpy(some ? found.some_percent : found.full_percent, line.percent,
		       sizeof line.percent);
		*(some ? &found.some_total_ns : &found.full_total_ns) = line.total_ns;
		*(some ? &found.some_known : &found.full_known) = true;
	}
	*pressure = found;
	return 0;
}
