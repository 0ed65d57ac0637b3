/* How each part of a snapshot is read that needs no more than a file or a link of its own. */
#ifndef SOURCE_SCAN_PARTS_H
#define SOURCE_SCAN_PARTS_H

#include "source/scan_read.h"

/* One process while it is read. */
struct scan_reading {
	struct scan_reader *reader;
	const struct scan_place *place;
	struct arena *arena;
	struct snapshot *s;
	bool in_doubt; /* a file was missing: has the process gone? */
};

struct scan_part {
	enum snapshot_part part;
	bool of_memory; /* nothing to ask of a task that has no memory */
	/* 0; -EACCES, -EPERM: denied; another -errno: unknown. */
	int (*read)(struct scan_reading *in);
};

extern const struct scan_part scan_parts[]; /* ends in a NULL function */

/* A whole kernel file of at most `limit` bytes; valid until the next. 0 or -errno. */
int scan_read_text(struct scan_reader *reader, int dirfd, const char *path, size_t limit,
		   struct str *ret_text);
/* A file in the directory of the process. */
int scan_read_file(const struct scan_reading *in, const char *name, struct str *ret_text);

#endif
