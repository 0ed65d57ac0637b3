/* A snapshot in the shape of the old trackers: the kernel's files under the kernel's names. */
#ifndef OUTPUT_TRACK_TRACK_SNAPSHOT_H
#define OUTPUT_TRACK_TRACK_SNAPSHOT_H

#include "base/json.h"
#include "model/run.h"
#include "model/snapshot.h"
#include "output/track/track.h"

/* timestamp, pid, cmdline, cwd, exe, memory, io, fds, status, syscall. */
void track_snapshot_json(struct json *j, const struct run *run, const struct record *record,
			 const struct snapshot *s);
/* "denied": ["io", "exe"], when there is any. */
void track_snapshot_denied(struct json *j, const struct snapshot *s);
void track_totals_json(struct json *j, const struct track_totals *totals, uint64_t lost);

/* When a record of a run was made, in ns of real time. */
static inline int64_t track_real_ns(const struct run *run, int64_t time_ns)
{
	return run->started_real_ns + (time_ns - run->start_ns);
}

#endif
