/* The records of an input while it is loaded: their memory, their list, their order. */
#ifndef SOURCE_TEXT_INPUT_STORE_H
#define SOURCE_TEXT_INPUT_STORE_H

#include "model/record.h"

#include <stdint.h>

/* Foreign formats spread one exec over several lines; such a line is a part until assembled. */
enum input_part {
	INPUT_WHOLE,
	INPUT_EXEC_FILENAME,
	INPUT_EXEC_ARGS,
	INPUT_EXEC,
	INPUT_BAD_EXEC,
};

struct input_item {
	int64_t time_ns; /* orders; a copy of record->time_ns but where a fork was moved */
	uint64_t order;  /* among equal times */
	size_t index;    /* among equal orders: as they were added */
	struct record *record;
	enum input_part part;
};

struct input_block;

struct input_store {
	struct input_item *items;
	size_t count, capacity;
	struct input_block *blocks;
};

void input_store_deinit(struct input_store *store);
/* Zeroed memory that lives as long as the store. */
void *input_store_alloc(struct input_store *store, size_t bytes);
/* A copy of the bytes, NUL behind them; STR_NONE stays STR_NONE. */
struct str input_store_str(struct input_store *store, struct str text);
/*
 * Adds a copy of the record; its strings must be the store's own (or literals). An EXIT is
 * followed in memory by the SETTLED record that belongs to it, which the caller may fill:
 * record[1]. The result stays where it is.
 */
struct record *input_store_add(struct input_store *store, const struct record *record,
			       uint64_t order, enum input_part part);
/* As input_store_add, but copies the strings too. */
struct record *input_store_add_deep(struct input_store *store, const struct record *record,
				    uint64_t order);
/* Sorts by order alone, or by time and then order. Stable where both are equal. */
void input_store_sort_by_order(struct input_store *store);
void input_store_sort_by_time(struct input_store *store);

#endif
