/* What is known about a recording as a whole: its header, and at its end its footer. */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include "base/str.h"
#include "model/ident.h"

#include <stdint.h>

#define RUN_SOURCES_MAX 8

/* One source that was considered, and why it was not taken. */
struct run_source_tried {
	const char *name;
	char reason[256]; /* empty: it was taken */
};

struct run {
	struct str command; /* words that each end in NUL; STR_NONE: none was started */
	struct str target;  /* for people, of a run without a command: "pid 12", "all processes" */
	const char *source; /* "bpf", "ptrace", ... */
	struct run_source_tried tried[RUN_SOURCES_MAX];
	unsigned tried_count;
	struct str host, kernel, boot_id, version; /* version: of the pscope that recorded */
	struct str user_change; /* "root -> alice" when the command runs as somebody else */
	int64_t started_real_ns;
	int64_t start_ns; /* CLOCK_BOOTTIME; every printed time counts from here */
	unsigned cpus;    /* online when it was recorded; 0: not known */

	/* known at the end */
	bool ended;                      /* false: the recorder was killed */
	int64_t end_ns;                  /* CLOCK_BOOTTIME */
	uint64_t records, lost, outside; /* outside: processes out of our pid namespace's sight */
	int32_t status;                  /* the command's wait status, or STATUS_UNKNOWN */
};

#endif
