/*
 * A file that is written checked. Named files are written beside their final name and renamed at
 * the end, so that a failure leaves the old one; "-" is a descriptor that is already open.
 */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include "base/buf.h"
#include "base/error.h"

struct outfile {
	struct buf pending; /* append here; outfile_flush writes it */
	char *path;         /* final name; NULL for a descriptor */
	char *temporary;    /* NULL when written in place */
	int fd;
	bool owned;
	int failed; /* the first write error, negative; later writes do nothing */
};

enum outfile_mode {
	OUTFILE_RENAME,   /* written beside, renamed by outfile_commit */
	OUTFILE_IN_PLACE, /* truncated and grown where it is: a live recording */
};

/*
 * Opens `path` for writing, mode 0600, never through a symbolic link in its last part ("-", "/dev/stdout" and
 * NULL: `fallback_fd`, not owned; a device such as /dev/full is written in place). `owner_uid`
 * and `owner_gid` (or -1) become its owner. Returns 0 or a negative errno with a sentence.
 */
int outfile_open(struct outfile *file, const char *path, enum outfile_mode mode, int fallback_fd,
		 unsigned owner_uid, unsigned owner_gid, struct error *err);
/* Writes what is pending. A reader that has gone (EPIPE) is an error like any other. */
int outfile_flush(struct outfile *file, struct error *err);
/* Flushes once more than `bytes` are pending. */
int outfile_flush_above(struct outfile *file, size_t bytes, struct error *err);
/* Flushes, syncs errors out of close(2), renames. The file is closed whatever the result. */
int outfile_commit(struct outfile *file, struct error *err);
/* Closes without renaming; the temporary file is removed. Harmless after a commit. */
void outfile_abort(struct outfile *file);

#endif
