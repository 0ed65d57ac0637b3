/* Numbers about the whole table. */
#include "mill.h"

#include <math.h>

unsigned long stats_total(const struct table *table)
{
	unsigned long total = 0;

	for (size_t i = 0; i < table->slot_count; i++)
		for (struct word *word = table->slots[i]; word; word = word->next)
			total += word->count;
	return total;
}

double stats_entropy(const struct table *table)
{
	double total = (double)stats_total(table), sum = 0;

	for (size_t i = 0; i < table->slot_count; i++)
		for (struct word *word = table->slots[i]; word; word = word->next)
			sum -= word->count / total * log2(word->count / total);
	return sum;
}
