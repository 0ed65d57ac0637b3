/* One process that was scanned, as the SEEN record that tells of it. */
#ifndef SOURCE_SEEN_TELL_H
#define SOURCE_SEEN_TELL_H

#include "model/record.h"
#include "source/pick.h"
#include "source/scan_read.h"

struct seen_teller {
	struct scan_reader reader;
	struct arena arena;
	const struct cgroup_ref *cgroups; /* whose members are marked */
	unsigned cgroup_count;
};

void seen_teller_init(struct seen_teller *teller, const struct root *root,
		      const struct cgroup_ref *cgroups, unsigned cgroup_count);
void seen_teller_deinit(struct seen_teller *teller);

/*
 * Reads what no scan of all has (arguments, file, all ids, whether it is in a cgroup of the target)
 * and puts the record together, but for the parent. Valid until the next call. Returns SCAN_DONE, or
 * SCAN_GONE: it has ended since; the record then says what the scan saw.
 */
int seen_tell(struct seen_teller *teller, const struct snapshot *scanned, int64_t time_ns,
	      struct record *ret);
/* The same facts as an EXEC that is deduced from them, or as a COMM. */
struct record seen_as_exec(const struct record *seen);
struct record seen_as_comm(const struct record *seen);

#endif
