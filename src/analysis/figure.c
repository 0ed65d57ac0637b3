/* The figures: a row each. */
#include "analysis/figure.h"

#include "base/units.h"

#include <stddef.h>
#include <string.h>

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

void figure_add_value(struct buf *out, const struct figure *figure, uint64_t value)
{
	static void (*const add[])(struct buf * out, uint64_t value) = {
		[FIGURE_COUNT] = add_count,
		[FIGURE_DURATION] = add_duration,
		[FIGURE_SIZE] = units_add_bytes,
	};

	add[figure->unit](out, value);
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
