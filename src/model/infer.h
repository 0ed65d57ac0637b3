/* Changes that had no record of their own, deduced from the standing that other records carry. */
#ifndef MODEL_INFER_H
#define MODEL_INFER_H

#include "model/table.h"

#define INFER_MAX 8

/*
 * Compares the standing in `record` with what the table knows of the process (FORK: of the
 * forker) and writes a SID, PGID, UID or GID record, marked inferred, for each difference.
 * Apply them before `record`. Returns how many.
 */
unsigned infer_changes(const struct table *table, const struct record *record,
		       struct record ret_records[INFER_MAX]);

#endif
