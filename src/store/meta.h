/* The header and footer of a recording as rows of `meta`. */
#ifndef STORE_META_H
#define STORE_META_H

#include "model/run.h"

#include <sqlite3.h>

/* Writes all that is known of the run. 0 or -errno, without a sentence. */
int meta_write(sqlite3 *db, const struct run *run);

/* A run whose strings are owned. */
struct meta {
	struct run run;
	char *source, *tried[RUN_SOURCES_MAX]; /* what run's plain strings point to */
};
/* Reads what is there; what is missing or makes no sense stays unknown. */
int meta_read(sqlite3 *db, struct meta *meta);
void meta_deinit(struct meta *meta);

#endif
