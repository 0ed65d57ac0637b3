/* Any bytes through the parsers of the machine's files; the first byte chooses which. */
#include "procfs/cgroup_cpu.h"
#include "procfs/host_stat.h"
#include "procfs/loadavg.h"
#include "procfs/meminfo.h"
#include "procfs/pressure.h"
#include "procfs/tty_drivers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_stat(struct str text)
{
	struct host host = {0};
	int64_t boot_seconds;

	if (procfs_host_stat_parse(text, &host, &boot_seconds) < 0 && host.cpus)
		abort();
	host_deinit(&host);
}

static void parse_meminfo(struct str text)
{
	struct host host = {0};

	if (procfs_meminfo_parse(text, &host) < 0 && host.memory_known)
		abort();
	host_memory_sums(&host);
}

static void parse_loadavg(struct str text)
{
	struct host host = {0};

	if (procfs_loadavg_parse(text, &host) < 0 && host.load_known)
		abort();
}

static void parse_uptime(struct str text)
{
	int64_t ns = -1;

	if (procfs_uptime_parse(text, &ns) == 0 && ns < 0)
		abort();
}

static void parse_pressure(struct str text)
{
	struct host_pressure pressure = {0};

	if (procfs_pressure_parse(text, &pressure) < 0 &&
	    (pressure.some_known || pressure.full_known))
		abort();
}

static void parse_drivers(struct str text)
{
	struct buf name = BUF_INIT;

	for (unsigned minor = 0; minor < 300; minor += 50)
		procfs_tty_name(text, 4, minor, &name);
	buf_deinit(&name);
}

static void parse_cgroup_cpu(struct str text)
{
	uint64_t value = 0;

	procfs_cpu_max_parse(text, &value);
	procfs_cfs_quota_parse(text, text, &value);
	procfs_key_parse(text, STR("nr_throttled"), &value);
	if (procfs_cpu_list_count(text, &value) == 0 && value > text.n * 65536)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct str) = {
		parse_stat,     parse_meminfo, parse_loadavg,   parse_uptime,
		parse_pressure, parse_drivers, parse_cgroup_cpu};

	if (size > 0)
		parsers[(uint8_t)(data[0] - '0') % (sizeof parsers / sizeof *parsers)](
			(struct str){(const char *)data + 1, size - 1});
	return 0;
}
