/* The numbers among the names of a directory: the processes of proc, the threads of a process. */
#ifndef SOURCE_SCAN_NUMBERS_H
#define SOURCE_SCAN_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan_numbers {
	int32_t *items; /* ascending, each once */
	size_t count, capacity;
};

void scan_numbers_deinit(struct scan_numbers *numbers);
/* Lists an open directory from its beginning. Returns 0 or -errno. */
int scan_numbers_list(struct scan_numbers *numbers, int fd);
/* Is it among them? */
bool scan_numbers_has(const struct scan_numbers *numbers, int32_t number);
/* Takes these instead, in any order. */
void scan_numbers_set(struct scan_numbers *numbers, const int32_t *items, size_t count);
/* One by one: begins anew, adds, and puts them in order in the end. What is not above 0 is left out. */
void scan_numbers_clear(struct scan_numbers *numbers);
void scan_numbers_add(struct scan_numbers *numbers, int32_t number);
void scan_numbers_order(struct scan_numbers *numbers);

#endif
