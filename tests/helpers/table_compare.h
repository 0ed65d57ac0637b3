/* Are two process tables the same in every field that a reader can see? For tests of replay. */
#ifndef HELPERS_TABLE_COMPARE_H
#define HELPERS_TABLE_COMPARE_H

#include "model/table.h"

/*
 * Compares the members of `live` with all lives of `replayed`, in the order of ids. Returns true
 * when they are the same; else appends one line a difference to `out`.
 */
bool table_compare(const struct table *live, const struct table *replayed, struct buf *out);

#endif
