/* The numbers among the names of a directory: the processes of proc, the threads of a process. */
#ifndef SOURCE_SCAN_NUMBERS_H
#define SOURCE_SCAN_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

struct scan_numbers {
	int32_t *items; /* ascending, each once */
	size_t count, capacity;
};

void scan_numbers_deinit(struct scan_numbers *numbers);
/* Lists an open directory from its beginning. Returns 0 or -errno. */
int scan_numbers_list(struct scan_numbers *numbers, int fd);
/* Takes these instead, in any order. */
void scan_numbers_set(struct scan_numbers *numbers, const int32_t *items, size_t count);

#endif
