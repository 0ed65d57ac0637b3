/*
 * Parses /proc/stat. Key decision: lines are found by name and may miss; a kernel that shows fewer
 * columns of CPU time than we know leaves the rest 0.
 */
#include "procfs/host_stat.h"

#include "base/mem.h"
#include "model/ident.h"

#include <errno.h>
#include <stdlib.h>

#define CPUS_MAX 65536 /* CONFIG_NR_CPUS ends at 8192 */

struct reading {
	struct host host;
	unsigned capacity;
	bool cpu_seen;
	int64_t boot_seconds;
};

/* The next word, blanks in any number between them; empty at the end. */
static struct str next_word(struct str *line)
{
	struct str word = STR_NONE;

	while (line->p && word.n == 0)
		word = str_cut(line, ' ');
	return word;
}

static int take_cpu(struct str name, struct str line, struct reading *reading)
{
	struct host *host = &reading->host;
	struct host_cpu cpu = {.number = -1};
	unsigned long long value, number;
	struct str word;

	if (name.n > 3 && (str_to_u64(str_skip(name, 3), &number) < 0 || number >= CPUS_MAX))
		return -EINVAL;
	for (unsigned i = 0; i < CPU_TIMES && (word = next_word(&line)).n > 0; i++)
		if (str_to_u64(word, &value) < 0 ||
		    __builtin_mul_overflow((uint64_t)value, IDENT_GRAIN_TICKS, &cpu.time_ns[i]))
			return -EINVAL;
	if (name.n == 3) {
		reading->cpu_seen = true;
		host->cpu = cpu;
		return 0;
	}
	cpu.number = (int32_t)number;
	if (host->cpu_count == CPUS_MAX)
		return -EINVAL;
	if (host->cpu_count == reading->capacity) {
		reading->capacity = reading->capacity ? reading->capacity * 2 : 16;
		host->cpus = mem_realloc(host->cpus, reading->capacity, sizeof *host->cpus);
	}
	host->cpus[host->cpu_count++] = cpu;
	return 0;
}

static int take_line(struct str line, struct reading *reading)
{
	const struct {
		const char *name;
		uint64_t *into;
	} counters[] = {
		{"ctxt",      &reading->host.context_switches},
		{"processes", &reading->host.forks           },
		{"intr",      &reading->host.interrupts      },
	};
	struct str name = next_word(&line);
	unsigned long long value;

	if (str_starts(name, STR("cpu")))
		return take_cpu(name, line, reading);
	if (str_is(name, "btime")) {
		if (str_to_u64(next_word(&line), &value) < 0 || value > INT64_MAX / 1000000000)
			return -EINVAL;
		reading->boot_seconds = (int64_t)value;
	}
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		if (!str_is(name, counters[i].name))
			continue;
		if (str_to_u64(next_word(&line), &value) < 0)
			return -EINVAL;
		*counters[i].into = value;
	}
	return 0;
}

int procfs_host_stat_parse(struct str text, struct host *host, int64_t *ret_boot_seconds)
{
	struct reading reading = {
		.host = {.context_switches = HOST_UNKNOWN,
			 .forks = HOST_UNKNOWN,
			 .interrupts = HOST_UNKNOWN},
	};

	while (text.p) {
		if (take_line(str_cut(&text, '\n'), &reading) < 0) {
			host_deinit(&reading.host);
			return -EINVAL;
		}
	}
	if (!reading.cpu_seen)
		host_deinit(&reading.host);
	host->cpu = reading.host.cpu;
	host->cpu.number = -1;
	host->cpus = reading.host.cpus;
	host->cpu_count = reading.host.cpu_count;
	host->context_switches = reading.host.context_switches;
	host->forks = reading.host.forks;
	host->interrupts = reading.host.interrupts;
	*ret_boot_seconds = reading.boot_seconds;
	return 0;
}
