/* The descriptors and mappings of one process. */
#ifndef SOURCE_FILES_H
#define SOURCE_FILES_H

#include "base/error.h"
#include "base/root.h"
#include "model/file.h"

void open_file_list_deinit(struct open_file_list *list);
void mapping_list_deinit(struct mapping_list *list);

/*
 * `dirfd`: the process's directory (root_open_pid), so that the number cannot pass to another.
 * Each returns 0 (with list->denied where that is why it is empty), 1 when the process has gone,
 * or -errno with a sentence. `sizes`: from smaps, slow.
 */
int files_read(const struct root *root, int dirfd, struct open_file_list *ret, struct error *err);
int mappings_read(const struct root *root, int dirfd, bool sizes, struct mapping_list *ret,
		  struct error *err);

#endif
