/* mill [-f text|csv] [-n TOP] [-l MIN_LENGTH] FILE...: the most frequent words of the files. */
#include "mill.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct options options;
	struct text texts[64];
	struct table table;
	struct word **sorted;
	int status, count = 0;

	if (options_parse(&options, argc, argv))
		return 2;
	table_init(&table, 4096);
	for (int i = options.first_file; i < argc && count < 64; i++) {
		const char *start;
		size_t at = 0, length;

		if (text_read(&texts[count], argv[i]))
			return 1;
		text_fold(&texts[count]);
		while ((length = word_next(&texts[count], &at, &start)))
			if (length >= options.min_length)
				table_count(&table, start, length);
		count++;
	}
	sorted = sort_words(&table);
	status = strcmp(options.format, "csv") == 0
			 ? report_csv(stdout, &table, sorted, options.top)
			 : report_text(stdout, &table, sorted, options.top);
	free(sorted);
	table_free(&table);
	while (count)
		text_free(&texts[--count]);
	return status;
}
