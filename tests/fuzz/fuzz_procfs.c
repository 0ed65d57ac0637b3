/* Any bytes through the parsers of kernel files; the first byte chooses which. */
#include "procfs/io.h"
#include "procfs/stat.h"
#include "procfs/statm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_stat(struct str text)
{
	struct snapshot_stat stat;

	/* the name is a part of the text */
	if (procfs_stat_parse(text, &stat) >= 0 &&
	    (stat.comm.p < text.p || stat.comm.p + stat.comm.n > text.p + text.n))
		abort();
}

static void parse_statm(struct str text)
{
	uint64_t bytes;

	procfs_statm_parse_rss(text, 4096, &bytes);
}

static void parse_io(struct str text)
{
	struct usage usage = {0};

	if (procfs_io_parse(text, &usage) < 0 && usage.known)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct str) = {parse_stat, parse_statm, parse_io};

	if (size > 0)
		parsers[data[0] % 3]((struct str){(const char *)data + 1, size - 1});
	return 0;
}
