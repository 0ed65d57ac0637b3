/* Parses a link in /proc/PID/ns. Key decision: the kind is the link's name; its text may differ. */
#include "procfs/ns.h"

#include "procfs/words.h"

#include <errno.h>

int procfs_ns_parse(struct str link, uint64_t *ret_inode)
{
	uint64_t inode;

	str_cut(&link, ':');
	if (!link.p || !str_starts(link, STR("[")))
		return -EINVAL;
	link = str_skip(link, 1);
	if (procfs_take_u64(&link, 10, &inode) < 0 || !str_eq(link, STR("]")))
		return -EINVAL;
	*ret_inode = inode;
	return 0;
}
