/* /proc/PID/maps and smaps: the mappings of a process. fs/proc/task_mmu.c, show_map_vma. */
#ifndef PROCFS_MAPS_H
#define PROCFS_MAPS_H

#include "base/str.h"
#include "model/file.h"

/*
 * Parses a line of maps, without its newline. The path points into it, as the kernel wrote it:
 * perhaps with " (deleted)" behind, a newline of the name as \012. Returns 0 or -EINVAL.
 */
int procfs_maps_parse(struct str line, struct mapping *ret);
/*
 * Is it a line about the mapping above it in smaps ("Rss:   12 kB")? Then what `mapping` has a
 * place for is stored there.
 */
bool procfs_smaps_parse(struct str line, struct mapping *mapping);

#endif
