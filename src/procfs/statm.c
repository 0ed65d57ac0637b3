/* Parses /proc/PID/statm. Key decision: pages become bytes here, so no page size goes further. */
#include "procfs/statm.h"

#include <errno.h>

enum { SIZE, RSS, SHARED, TEXT, LIBRARY, DATA, DIRTY, COLUMNS };

/* The first `count` numbers of the line. */
static int take_columns(struct str text, uint64_t page_bytes, unsigned count, uint64_t *ret_bytes)
{
	for (unsigned i = 0; i < count; i++) {
		struct str word = str_cut(&text, ' ');
		unsigned long long pages;

		if (word.n > 0 && word.p[word.n - 1] == '\n')
			word.n--;
		if (str_to_u64(word, &pages) < 0 ||
		    __builtin_mul_overflow(pages, page_bytes, &ret_bytes[i]))
			return -EINVAL;
	}
	return 0;
}

int procfs_statm_parse(struct str text, uint64_t page_bytes, struct snapshot_statm *ret_statm)
{
	uint64_t bytes[COLUMNS];

	if (take_columns(text, page_bytes, COLUMNS, bytes) < 0)
		return -EINVAL;
	*ret_statm = (struct snapshot_statm){
		.size_bytes = bytes[SIZE],
		.rss_bytes = bytes[RSS],
		.shared_bytes = bytes[SHARED],
		.text_bytes = bytes[TEXT],
		.library_bytes = bytes[LIBRARY],
		.data_bytes = bytes[DATA],
		.dirty_bytes = bytes[DIRTY],
	};
	return 0;
}

int procfs_statm_parse_rss(struct str text, uint64_t page_bytes, uint64_t *ret_bytes)
{
	uint64_t bytes[RSS + 1];

	if (take_columns(text, page_bytes, RSS + 1, bytes) < 0)
		return -EINVAL;
	*ret_bytes = bytes[RSS];
	return 0;
}
