/* Everything that there is to say about one process: what `inspect` shows. Values only. */
#ifndef MODEL_INSPECTION_H
#define MODEL_INSPECTION_H

#include "model/file.h"
#include "model/limit.h"
#include "model/snapshot.h"

/* What costs, is long or secret, and so is asked for. */
enum inspection_part {
	INSPECT_PSS = 1 << 0, /* PSS and USS, of the mappings too */
	INSPECT_FILES = 1 << 1,
	INSPECT_SOCKETS = 1 << 2,
	INSPECT_MAPS = 1 << 3,
	INSPECT_ENVIRONMENT = 1 << 4, /* the variables; how many there are is always said */
	INSPECT_THREADS = 1 << 5,
	INSPECT_ALL = (1 << 6) - 1,
};

/* How far a file of the process could be read. */
enum inspection_access { INSPECTION_UNKNOWN, INSPECTION_READ, INSPECTION_DENIED };

/* One line of a watch over a process. */
struct watch_sample {
	int64_t time_ns; /* CLOCK_BOOTTIME */
	uint32_t known;  /* bit 1 << enum watch_value */
	double value[2];
	uint32_t threads;
};
enum watch_value { WATCH_RSS_BYTES, WATCH_CPU_PERCENT, WATCH_VALUES };

enum watch_end { WATCH_COUNT, WATCH_INTERRUPTED, WATCH_EXITED, WATCH_REUSED };

struct watch {
	int64_t interval_ns; /* 0: none was asked for */
	struct watch_sample *samples;
	size_t sample_count, capacity;
	enum watch_end end;
	/* of the sample before: when it was and what CPU time had been used */
	int64_t last_time_ns;
	uint64_t last_cpu_ns;
	bool last_exact; /* by the CPU clock */
};

struct inspection {
	int32_t pid;
	unsigned parts; /* INSPECT_ that were asked for */
	bool ended;     /* it ended while it was read: what is missing was not there any more */
	struct snapshot self;
	const struct snapshot *ancestors; /* the outermost first, its parent last */
	size_t ancestor_count;
	const struct snapshot *children; /* by pid */
	size_t child_count;
	bool family_known;
	struct limits limits;
	enum inspection_access limits_access;
	struct str label; /* of the security module, without newline */
	enum inspection_access label_access;
	struct str environment; /* words that end in NUL; kept with INSPECT_ENVIRONMENT only */
	size_t environment_count;
	enum inspection_access environment_access;
	uint64_t all_capabilities; /* the bits that this kernel knows */
	bool own_known;
	uint64_t own_namespaces
		[SNAPSHOT_NAMESPACES]; /* of who looks; of a captured tree: of pid 1 */
	struct open_file_list files;
	struct mapping_list maps;
	const struct snapshot *threads; /* by tid */
	size_t thread_count;
	struct arena thread_arena;
	const struct socket_list *sockets; /* not its own: of all processes; NULL: unknown */
	struct watch watch;
	struct arena arena; /* strings of all snapshots here */
};

/* linux/capability.h: "cap_chown", ...; NULL for a bit without a name. */
const char *capability_name(unsigned bit);

/* Least, greatest and mean of a value over the samples that know it; false when none does. */
bool watch_range(const struct watch *watch, enum watch_value value, double *ret_min,
		 double *ret_max, double *ret_mean);

#endif
