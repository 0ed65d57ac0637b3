/* The words by count, then by letters. */
#include "mill.h"

#include <stdlib.h>
#include <string.h>

static int by_count(const void *a, const void *b)
{
	const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
	size_t n = x->length < y->length ? x->length : y->length;
	int order;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	order = memcmp(x->start, y->start, n);
	return order ? order : (x->length > y->length) - (x->length < y->length);
}

struct word **sort_words(const struct table *table)
{
	struct word **sorted = malloc((table->word_count + 1) * sizeof *sorted);
	size_t n = 0;

	for (size_t i = 0; i < table->slot_count; i++)
		for (struct word *word = table->slots[i]; word; word = word->next)
			sorted[n++] = word;
	qsort(sorted, n, sizeof *sorted, by_count);
	sorted[n] = NULL;
	return sorted;
}
