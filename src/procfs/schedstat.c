/* Parses /proc/PID/schedstat. Key decision: the number of time slices is of no use to anybody. */
#include "procfs/schedstat.h"

#include "procfs/words.h"

#include <errno.h>

int procfs_schedstat_parse(struct str text, uint64_t *ret_run_ns, uint64_t *ret_wait_ns)
{
	uint64_t run_ns, wait_ns;

	if (procfs_take_u64(&text, 10, &run_ns) < 0 || procfs_take_u64(&text, 10, &wait_ns) < 0)
		return -EINVAL;
	*ret_run_ns = run_ns;
	*ret_wait_ns = wait_ns;
	return 0;
}
