/* Looking at a few processes again and again. */
#ifndef CLI_INSPECT_WATCH_H
#define CLI_INSPECT_WATCH_H

#include "base/outfile.h"
#include "base/root.h"
#include "output/inspect/inspect.h"

struct watch_options {
	const struct root *root;
	int64_t interval_ns;
	unsigned count;                    /* looks; 0: no end */
	const struct inspect_style *style; /* NULL: nothing is printed meanwhile */
};

/*
 * Adds samples to the watch of each item at once and then every interval, until there were enough,
 * SIGINT or SIGTERM comes, all of them have ended, or nobody reads any more. 0 or -errno with a
 * sentence.
 */
int inspect_watch(const struct watch_options *options, struct inspection *items, size_t count,
		  struct outfile *out, struct error *err);

#endif
