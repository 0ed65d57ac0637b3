/*
 * A pass over all processes: who is there, and how they stand. The parts that are asked for decide
 * which kernel files are read. Two ways: /proc, or where it opens a BPF task iterator.
 */
#ifndef SOURCE_SCAN_H
#define SOURCE_SCAN_H

#include "base/root.h"
#include "model/snapshot.h"

enum scan_way {
	SCAN_AUTO, /* the iterator where it knows all parts, opens, and pays (see scan.c); else /proc */
	SCAN_PROC,
	SCAN_BPF, /* fails where it does not open */
};

struct scan_options {
	const struct root *root; /* must outlive the scan */
	uint32_t parts;          /* PART_BITs; PART_STAT is always read */
	enum scan_way way;
	bool repeated; /* more than one pass will be made: the iterator's load is worth more */
	/* A row for each thread behind its process, the leader's too; none where there is one only. */
	bool threads;
	const int32_t *pids; /* these only (must outlive the scan); NULL: all */
	size_t pid_count;
	size_t cmdline_max; /* bytes kept of a command line; 0: all (the kernel's limit) */
};

struct scan;

/* Opens what it needs. Returns 0 or a negative errno with a sentence (no /proc, hidepid, ...). */
int scan_new(struct scan **ret_scan, const struct scan_options *options, struct error *err);
struct scan *scan_free(struct scan *scan);
/* Empties `list` and fills it. A process that vanishes meanwhile is no error: it is left out. */
int scan_pass(struct scan *scan, struct snapshot_list *list, struct error *err);
/*
 * From now on passes are about these processes only (ascending numbers, which must stay until the
 * next choice); NULL: about all again. What the iterator does not give is then read for these only;
 * where they are few of many, /proc is asked for each.
 */
void scan_choose(struct scan *scan, const int32_t *pids, size_t count);
/* "proc" or "bpf": the way that the last pass took. */
const char *scan_way_name(const struct scan *scan);
/* Are there processes that this user is not shown at all (proc mounted with hidepid)? */
bool scan_is_hiding(const struct scan *scan);

/* Outcomes of scan_one. */
enum { SCAN_DONE = 0, SCAN_GONE = 1, SCAN_REUSED = 2 };
/*
 * Reads one process (or, by its tid, one thread) into `ret`, strings into `arena`. SCAN_GONE when
 * there is none of that number; SCAN_REUSED when `expected` is given (tgid not 0) and another
 * process has its number now (`ret` is then that one). `parts` as in the options. Always /proc.
 */
int scan_one(const struct root *root, int32_t pid, struct ident expected, uint32_t parts,
	     struct arena *arena, struct snapshot *ret, struct error *err);

#endif
