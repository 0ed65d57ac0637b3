/* Puts records that come from several CPUs into the order of their times. */
#ifndef FLOW_REORDER_H
#define FLOW_REORDER_H

#include "model/record.h"

struct reorder_entry {
	int64_t time_ns;
	uint64_t sequence; /* equal times keep the order in which they came */
	struct record *record;
};

struct reorder {
	struct reorder_entry *heap;
	size_t count, capacity;
	uint64_t sequence;
};

void reorder_deinit(struct reorder *reorder);
/* Keeps a copy of the record. */
void reorder_push(struct reorder *reorder, const struct record *record);
/* Takes the earliest record if its time is at most `until_ns`; the caller frees it. Or NULL. */
struct record *reorder_pop(struct reorder *reorder, int64_t until_ns);

#endif
