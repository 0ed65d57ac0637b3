/*
 * Lists numbers in a directory. Key decision: large reads of raw entries and no stat, since proc
 * makes an inode for each name it is asked about.
 */
#include "source/scan_numbers.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <unistd.h>

/* proc gives as many as fit; 64 KiB are about 2,700 processes. */
#define ENTRY_BYTES 65536

void scan_numbers_deinit(struct scan_numbers *numbers)
{
	free(numbers->items);
	*numbers = (struct scan_numbers){0};
}

void scan_numbers_clear(struct scan_numbers *numbers)
{
	numbers->count = 0;
}

void scan_numbers_add(struct scan_numbers *numbers, int32_t number)
{
	if (number <= 0)
		return;
	if (numbers->count == numbers->capacity) {
		size_t capacity = numbers->capacity ? 2 * numbers->capacity : 256;

		numbers->items = mem_realloc(numbers->items, capacity, sizeof *numbers->items);
		numbers->capacity = capacity;
	}
	numbers->items[numbers->count++] = number;
}

/* 0 for a name that is no number of a process. */
static int32_t number_of(const char *name)
{
	int32_t number = 0;

	if (*name == '0')
		return 0;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *name - '0', &number))
			return 0;
	}
	return number;
}

static int compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* proc lists processes in order, but threads by age, and other file systems as they like. */
void scan_numbers_order(struct scan_numbers *numbers)
{
	size_t kept = 0;
	bool in_order = true;

	for (size_t i = 1; i < numbers->count && in_order; i++)
		in_order = numbers->items[i - 1] < numbers->items[i];
	if (in_order)
		return;
	qsort(numbers->items, numbers->count, sizeof *numbers->items, compare);
	for (size_t i = 0; i < numbers->count; i++)
		if (kept == 0 || numbers->items[kept - 1] != numbers->items[i])
			numbers->items[kept++] = numbers->items[i];
	numbers->count = kept;
}

int scan_numbers_list(struct scan_numbers *numbers, int fd)
{
	alignas(struct dirent64) char entries[ENTRY_BYTES];
	ssize_t n;

	scan_numbers_clear(numbers);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = getdents64(fd, entries, sizeof entries)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			scan_numbers_add(numbers, number_of(entry->d_name));
			at += entry->d_reclen;
		}
	}
	if (n < 0)
		return -errno;
	scan_numbers_order(numbers);
	return 0;
}

void scan_numbers_set(struct scan_numbers *numbers, const int32_t *items, size_t count)
{
	scan_numbers_clear(numbers);
	for (size_t i = 0; i < count; i++)
		scan_numbers_add(numbers, items[i]);
	scan_numbers_order(numbers);
}

bool scan_numbers_has(const struct scan_numbers *numbers, int32_t number)
{
	return numbers->count > 0 &&
	       bsearch(&number, numbers->items, numbers->count, sizeof *numbers->items, compare);
}
