/* Reads everything about one process. */
#ifndef SOURCE_INSPECTION_H
#define SOURCE_INSPECTION_H

#include "base/error.h"
#include "base/root.h"
#include "model/inspection.h"

/* Outcomes of inspection_read. */
enum { INSPECTION_DONE = 0, INSPECTION_GONE = 1 };

/* The parts of a pass over all processes that tells who is whose parent. */
#define INSPECTION_FAMILY_PARTS (PART_BIT(PART_STAT) | PART_BIT(PART_OWNER))

/*
 * Reads process `pid` into `ret` (inspection_deinit, whatever the result). `parts`: INSPECT_ bits.
 * `system`: a pass over all processes, or NULL: parents and children stay unknown. INSPECTION_GONE
 * when there is no such process; -errno with a sentence when it cannot be read at all.
 */
int inspection_read(const struct root *root, int32_t pid, unsigned parts,
		    const struct snapshot_list *system, struct inspection *ret, struct error *err);
void inspection_deinit(struct inspection *inspection);

/* One more sample of the watch. 0, or 1 when the process has gone: watch.end says how. */
int inspection_sample(const struct root *root, struct inspection *inspection, struct error *err);

#endif
