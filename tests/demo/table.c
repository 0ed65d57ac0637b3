/* Words and how often each came, in chains by hash. */
#include "mill.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *table, size_t slots)
{
	table->slots = calloc(slots, sizeof *table->slots);
	table->slot_count = slots;
	table->word_count = 0;
}

void table_count(struct table *table, const char *start, size_t length)
{
	struct word **slot = &table->slots[hash_bytes(start, length) % table->slot_count];
	struct word *word = *slot;

	while (word && (word->length != length || memcmp(word->start, start, length)))
		word = word->next;
	if (!word) {
		word = malloc(sizeof *word);
		*word = (struct word){start, length, 0, *slot};
		*slot = word;
		table->word_count++;
	}
	word->count++;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->slot_count; i++) {
		while (table->slots[i]) {
			struct word *next = table->slots[i]->next;

			free(table->slots[i]);
			table->slots[i] = next;
		}
	}
	free(table->slots);
}
