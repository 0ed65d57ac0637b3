/* Parses /proc/loadavg and /proc/uptime. Key decision: all of a line or nothing. */
#include "procfs/loadavg.h"

#include "procfs/decimal.h"

#include <errno.h>

int procfs_loadavg_parse(struct str text, struct host *host)
{
	struct str line = str_cut(&text, '\n'), entities;
	unsigned long long running, all;
	uint64_t nano[3];

	for (unsigned i = 0; i < 3; i++)
		if (!line.p || procfs_decimal_parse(str_cut(&line, ' '), &nano[i]) < 0)
			return -EINVAL;
	entities = str_cut(&line, ' ');
	if (str_to_u64(str_cut(&entities, '/'), &running) < 0 || str_to_u64(entities, &all) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < 3; i++)
		host->load[i] = (double)nano[i] / 1e9;
	host->load_running = running;
	host->load_entities = all;
	host->load_known = true;
	return 0;
}

int procfs_uptime_parse(struct str text, int64_t *ret_ns)
{
	struct str line = str_cut(&text, '\n');
	uint64_t nano;

	if (procfs_decimal_parse(str_cut(&line, ' '), &nano) < 0 || nano > INT64_MAX)
		return -EINVAL;
	*ret_ns = (int64_t)nano;
	return 0;
}
