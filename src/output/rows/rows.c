/* Rows of columns: picks the writer. Key decision: every writer streams into one checked file. */
#include "output/rows/rows_internal.h"

int rows_write(const struct rows_options *options, const struct rows_item *items, size_t count,
	       struct outfile *file, struct error *err)
{
	static int (*const writers[])(const struct rows_options *, const struct rows_item *, size_t,
				      struct outfile *, struct error *) = {
		[ROWS_TABLE] = rows_write_table, [ROWS_RAW] = rows_write_plain,
		[ROWS_CSV] = rows_write_plain,   [ROWS_JSON] = rows_write_json,
		[ROWS_JSONL] = rows_write_json,
	};

	return writers[options->format](options, items, count, file, err);
}
