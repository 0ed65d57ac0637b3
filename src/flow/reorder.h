/* Puts records that come from several CPUs into the order of their times. */
#ifndef FLOW_REORDER_H
#define FLOW_REORDER_H

#include "model/record.h"

struct reorder_held;

struct reorder_entry {
	int64_t time_ns;
	uint64_t sequence; /* equal times keep the order in which they came */
	struct reorder_held *held;
};

struct reorder {
	struct reorder_entry *heap;
	size_t count, capacity;
	uint64_t sequence;
	struct reorder_held *given; /* what the last reorder_pop returned */
	struct reorder_held *spare; /* memory of records that have gone, for those to come */
	size_t spare_count;
};

void reorder_deinit(struct reorder *reorder);
/* Keeps a copy of the record. */
void reorder_push(struct reorder *reorder, const struct record *record);
/* Takes the earliest record if its time is at most `until_ns`. Valid until the next call. Or NULL. */
const struct record *reorder_pop(struct reorder *reorder, int64_t until_ns);

#endif
