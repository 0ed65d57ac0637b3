/* Reading one process or thread from its kernel files: the parts that are asked for, no others. */
#ifndef SOURCE_SCAN_READ_H
#define SOURCE_SCAN_READ_H

#include "base/root.h"
#include "model/snapshot.h"

/* What a pass shares: where, and one buffer for all files. */
struct scan_reader {
	const struct root *root;
	size_t cmdline_max; /* 0: all */
	uint64_t page_bytes;
	bool cpu_clocks;       /* numbers in proc are those of our own pid namespace */
	int64_t fixed_time_ns; /* a captured tree: when it was captured; 0: now */
	struct buf text;
};

void scan_reader_init(struct scan_reader *reader, const struct root *root);
void scan_reader_deinit(struct scan_reader *reader);

/* Whom to read, and what. */
struct scan_place {
	int base_fd; /* the directory that holds the number's directory */
	int dirfd;   /* the number's own directory; -1: not opened (scan_needs_directory) */
	int32_t pid, tgid;
	bool is_thread;
	uint32_t parts;
};

/* Must these parts be read through one held directory, lest a reused number mix two processes? */
bool scan_needs_directory(uint32_t parts);
/* Opens PID below `base_fd`, to be looked up in only. A descriptor or -errno. */
int scan_open_directory(int base_fd, int32_t pid);

enum {
	SCAN_READ_DONE = 0,
	SCAN_READ_GONE = 1,   /* it vanished, perhaps half way */
	SCAN_READ_HIDDEN = 2, /* not even its state may be read */
	SCAN_READ_STRANGE = 3 /* stat is no such file: a damaged captured tree */
};
/* Fills `ret` (zeroed). An outcome, or -errno when we ran out of descriptors or memory. */
int scan_read(struct scan_reader *reader, const struct scan_place *place, struct arena *arena,
	      struct snapshot *ret);

/*
 * Adds the parts of the place, which come from files other than stat and status, to a snapshot that
 * another source began. Whether it is still about the same process is the caller's to find out.
 */
void scan_read_more(struct scan_reader *reader, const struct scan_place *place, struct arena *arena,
		    struct snapshot *s);

/*
 * Parts whose reading takes the lock of the process's memory, which a process in state D may hold
 * for ever: scan_read leaves them out of such a process.
 */
#define SCAN_LOCKING_PARTS (PART_BIT(PART_CMDLINE) | PART_BIT(PART_SMAPS))
/* Reads them later, if it is the same process and no longer waits; else it leaves `s` alone. */
void scan_read_locking(struct scan_reader *reader, const struct scan_place *place,
		       struct arena *arena, struct snapshot *s);

#endif
