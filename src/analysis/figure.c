/* The figures: a row each. */
#include "analysis/figure.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct report, member)

/* clang-format off */
const struct figure figures[] = {
	{"wall", "wall_ns", FIGURE_DURATION, AT(wall_ns), "from the start of the command to its end"},
	{"cpu", "cpu_ns", FIGURE_DURATION, AT(cpu_ns), "CPU time of all processes"},
	{"peak_rss", "rss_peak_bytes", FIGURE_SIZE, AT(rss_peak_bytes), "the most memory of one process"},
	{"io", "io_bytes", FIGURE_SIZE, AT(io_bytes), "read from and written to storage"},
	{"processes", "processes", FIGURE_COUNT, AT(processes), "how many there were"},
	{"execs", "execs", FIGURE_COUNT, AT(execs), "programs that were started"},
	{"failures", "failures", FIGURE_COUNT, AT(failures), "ended by a signal or another code than 0"},
	{"core_dumps", "core_dumps", FIGURE_COUNT, AT(core_dumps), "ended with a core dump"},
	{"leftovers", "leftovers", FIGURE_COUNT, AT(left_count), "lived longer than the command"},
	{"short", "short", FIGURE_COUNT, AT(short_count), "lived less than 5 ms"},
	{"short_cpu", "short_cpu_ns", FIGURE_DURATION, AT(short_cpu_ns), "CPU time of those"},
	{"shells", "shells", FIGURE_COUNT, AT(shells.count), "shells that only started one other program"},
	{"lost", "lost", FIGURE_COUNT, AT(lost), "records that were lost"},
};
/* clang-format on */
const unsigned figure_count = sizeof figures / sizeof *figures;

uint64_t figure_value(const struct figure *figure, const struct report *report)
{
	uint64_t value;

	memcpy(&value, (const char *)report + figure->offset, sizeof value);
	return value;
}
