/*
 * Effective ids, told afterwards. Key decision: the earlier record is completed, so that the
 * table learns nothing from a file that it would not have learnt from the live source.
 */
#include "source/text/json_ids.h"

#include "base/hash.h"
#include <stdlib.h>

struct last_seen {
	int32_t pid;
	struct record *user, *group; /* its latest record; NULL: told by then */
	UT_hash_handle hh;
};

static void tell(struct ids *change, struct record **last, size_t offset)
{
	if (*last && change->effective != UID_UNKNOWN)
		((struct ids *)((char *)*last + offset))->effective = change->effective;
	change->effective = UID_UNKNOWN;
	*last = NULL; /* from here on the changes themselves tell */
}

static void see(struct last_seen *seen, struct record *record)
{
	if (record->kind == RECORD_UID)
		tell(&record->standing.uid, &seen->user, offsetof(struct record, standing.uid));
	else if (record->kind == RECORD_GID)
		tell(&record->standing.gid, &seen->group, offsetof(struct record, standing.gid));
	else
		seen->user = seen->group = record;
}

void json_ids_settle(struct input_store *store)
{
	struct last_seen *by_pid = NULL, *seen;

	for (size_t i = 0; i < store->count; i++) {
		struct record *record = store->items[i].record;
		int32_t pid = record->pid;

		HASH_FIND_INT(by_pid, &pid, seen);
		if (!seen) {
			seen = input_store_alloc(store, sizeof *seen);
			seen->pid = pid;
			HASH_ADD_INT(by_pid, pid, seen);
		}
		see(seen, record);
	}
	HASH_CLEAR(hh, by_pid);
}
