/* The report for people. */
#include "mill.h"

int report_text(FILE *out, const struct table *table, struct word **sorted, unsigned top)
{
	if (!*sorted) {
		fprintf(stderr, "mill: no words\n");
		return 1;
	}
	for (unsigned i = 0; i < top && sorted[i]; i++) {
		fprintf(out, "%6u ", sorted[i]->count);
		bar_print(out, sorted[i]->count, sorted[0]->count, 20);
		fprintf(out, " %.*s\n", (int)sorted[i]->length, sorted[i]->start);
	}
	fprintf(out, "%lu words, %zu different, %.2f bits a word\n", stats_total(table),
		table->word_count, stats_entropy(table));
	return 0;
}
