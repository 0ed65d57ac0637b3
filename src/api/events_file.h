/* Opening a file of records, whatever it is. */
#ifndef API_EVENTS_FILE_H
#define API_EVENTS_FILE_H

#include "flow/source.h"

/* Makes and opens the source that reads `path`. `root_pid`: only that tree, 0: all. */
int events_file_open(const char *path, int32_t root_pid, struct source **ret_source,
		     struct error *err);

#endif
