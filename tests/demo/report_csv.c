/* The report for spreadsheets. */
#include "mill.h"

int report_csv(FILE *out, const struct table *table, struct word **sorted, unsigned top)
{
	fprintf(out, "word,count,share\n");
	for (unsigned i = 0; i < top && sorted[i]; i++)
		fprintf(out, "%.*s,%u,%.5f\n", (int)sorted[i]->length, sorted[i]->start,
			sorted[i]->count, sorted[i]->count / (double)stats_total(table));
	return 0;
}
