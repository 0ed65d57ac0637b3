/* The figures: a row each. */
#include "analysis/figure.h"

#include "base/nearest.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PERCENT_DIGITS 9 /* at most */

#define AT(member) offsetof(struct report, member)

/* clang-format off */
const struct figure figures[] = {
	{"wall", "wall_ns", FIGURE_DURATION, false, AT(wall_ns),
	 "from the start of the command to its end"},
	{"cpu", "cpu_ns", FIGURE_DURATION, true, AT(cpu_ns),
	 "CPU time of all processes"},
	{"peak_rss", "rss_peak_bytes", FIGURE_SIZE, true, AT(rss_peak_bytes),
	 "the most memory of one process"},
	{"io", "io_bytes", FIGURE_SIZE, true, AT(io_bytes),
	 "read from and written to storage"},
	{"processes", "processes", FIGURE_COUNT, false, AT(processes),
	 "how many there were"},
	{"execs", "execs", FIGURE_COUNT, false, AT(execs),
	 "programs that were started"},
	{"failures", "failures", FIGURE_COUNT, false, AT(failures),
	 "ended by a signal or another code than 0"},
	{"core_dumps", "core_dumps", FIGURE_COUNT, false, AT(core_dumps),
	 "ended with a core dump"},
	{"leftovers", "leftovers", FIGURE_COUNT, false, AT(left_count),
	 "lived longer than the command"},
	{"short", "short", FIGURE_COUNT, false, AT(short_count),
	 "lived less than 5 ms"},
	{"short_cpu", "short_cpu_ns", FIGURE_DURATION, true, AT(short_cpu_ns),
	 "CPU time of those"},
	{"shells", "shells", FIGURE_COUNT, false, AT(shells.count),
	 "shells that only started one other program"},
	{"lost", "lost", FIGURE_COUNT, false, AT(lost),
	 "records that were lost"},
};
/* clang-format on */
const unsigned figure_count = sizeof figures / sizeof *figures;

static void add_count(struct buf *out, uint64_t value)
{
	buf_add_u64(out, value);
}

static void add_duration(struct buf *out, uint64_t value)
{
	if (value == 0)
		buf_add_char(out, '0');
	else
		units_add_duration(out, (int64_t)value);
}

static int parse_count(struct str text, uint64_t *ret)
{
	unsigned long long number;
	int r = str_to_u64(text, &number);

	*ret = r == 0 ? number : 0;
	return r;
}

static int parse_duration(struct str text, uint64_t *ret)
{
	int64_t ns = 0;
	int r = str_is(text, "0") ? 0 : units_parse_duration(text, 0, &ns);

	*ret = (uint64_t)ns;
	return r;
}

/* clang-format off */
static const struct {
	void (*add)(struct buf *out, uint64_t value);
	int (*parse)(struct str text, uint64_t *ret);
	const char *example;
} units[] = {
	[FIGURE_COUNT] = {add_count, parse_count, "a number such as 5000"},
	[FIGURE_DURATION] = {add_duration, parse_duration, "a time with its unit, such as 10m or 1.5s"},
	[FIGURE_SIZE] = {units_add_bytes, units_parse_bytes, "a size such as 512M or 2G"},
};
/* clang-format on */

void figure_add_value(struct buf *out, enum figure_unit unit, uint64_t value)
{
	units[unit].add(out, value);
}

int figure_parse_value(enum figure_unit unit, struct str text, uint64_t *ret)
{
	return units[unit].parse(text, ret);
}

const char *figure_example(enum figure_unit unit)
{
	return units[unit].example;
}

int figure_parse_percent(struct str text, double *ret_ratio)
{
	double value = 0, place = 1;
	size_t digits = 0, at = 0;
	bool point = false;

	if (text.n == 0 || text.p[text.n - 1] != '%')
		return -EINVAL;
	for (; at + 1 < text.n; at++) {
		char c = text.p[at];

		if (c == '.' && !point && digits > 0) {
			point = true;
		} else if (isdigit((unsigned char)c) && digits < PERCENT_DIGITS) {
			value = 10 * value + (c - '0');
			place *= point ? 10 : 1;
			digits++;
		} else {
			return -EINVAL;
		}
	}
	if (digits == 0 || text.p[at - 1] == '.')
		return -EINVAL;
	*ret_ratio = value / place / 100;
	return 0;
}

int figure_find(struct str name, const struct figure **ret, struct error *err)
{
	const char *names[sizeof figures / sizeof *figures], *nearest;
	char wrong[33] = "";

	for (unsigned i = 0; i < figure_count; i++) {
		*ret = &figures[i];
		if (str_is(name, figures[i].name))
			return 0;
		names[i] = figures[i].name;
	}
	memcpy(wrong, name.p, name.n < sizeof wrong ? name.n : sizeof wrong - 1);
	nearest = nearest_name(wrong, names, figure_count);
	if (nearest)
		return error_set(err, EINVAL, "there is no figure '%s'; did you mean '%s'?", wrong,
				 nearest);
	return error_set(err, EINVAL, "there is no figure '%s'; 'pscope help report' lists them",
			 wrong);
}

bool figure_is_known(const struct figure *figure, const struct report *report)
{
	bool none = report->cpu_ns == 0 && report->rss_peak_bytes == 0 && report->io_bytes == 0 &&
		    report->inexact == report->processes;

	return !figure->cost || !none;
}

uint64_t figure_value(const struct figure *figure, const struct report *report)
{
	uint64_t value;

	memcpy(&value, (const char *)report + figure->offset, sizeof value);
	return value;
}
