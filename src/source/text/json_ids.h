/* What Uid and Gid lines tell of the lines before them. */
#ifndef SOURCE_TEXT_JSON_IDS_H
#define SOURCE_TEXT_JSON_IDS_H

#include "source/text/input_store.h"

/*
 * JSON lines give the real user and group of a process; the effective one before a change stands
 * only in the line of the change (old_effective), which the reader left in that record's
 * standing. This moves it to the record that the process had before. Expects order of time.
 */
void json_ids_settle(struct input_store *store);

#endif
