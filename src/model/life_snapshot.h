/*
 * A life as the columns see it: what the table knows of a process at the time of one of its events,
 * so that filters ask events what they ask ps, in the same words.
 */
#ifndef MODEL_LIFE_SNAPSHOT_H
#define MODEL_LIFE_SNAPSHOT_H

#include "base/buf.h"
#include "model/field.h"
#include "model/table.h"

struct life_snapshot {
	struct snapshot snapshot; /* for field_get and filter_test, with life_snapshot_knows */
	uint32_t facts;           /* private: what is known; a part alone does not tell */
	struct snapshot_status status;
	struct usage io;
};

/* Fills `ret`, which must stay where it is; its texts are those of `proc`. `time_ns`: boot time. */
void life_snapshot_fill(struct life_snapshot *ret, const struct proc *proc, int64_t time_ns);
/* The `knows` of struct field_context: `s` is that of a struct life_snapshot. */
bool life_snapshot_knows(const struct field *field, const struct snapshot *s);

/* Is it a column that no life can ever tell? */
bool life_never_tells(const struct field *field);
/* Is it what the process cost: known when that has settled, a moment after the end? */
bool life_tells_late(const struct field *field);
/* Appends the names of the columns that lives can tell: "pid, ppid, ...". */
void life_list_fields(struct buf *out);

#endif
