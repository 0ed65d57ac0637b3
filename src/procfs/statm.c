/* Parses /proc/PID/statm. Key decision: only the resident set is taken; who wants more, adds it. */
#include "procfs/statm.h"

#include <errno.h>

int procfs_statm_parse_rss(struct str text, uint64_t page_bytes, uint64_t *ret_bytes)
{
	unsigned long long pages;
	uint64_t bytes;

	str_cut(&text, ' ');
	if (!text.p || str_to_u64(str_cut(&text, ' '), &pages) < 0 ||
	    __builtin_mul_overflow(pages, page_bytes, &bytes))
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}
