/* The resource limits of a process. Key decision: one row each, which parser and outputs read. */
#include "model/limit.h"

/* clang-format off */
const struct limit_row limit_rows[LIMITS] = {
	[LIMIT_CPU] = {"CPU time", "cpu_seconds", "cpu time", LIMIT_SECONDS},
	[LIMIT_FILE_SIZE] = {"file size", "file_size_bytes", "file size", LIMIT_BYTES},
	[LIMIT_DATA] = {"data", "data_bytes", "data size", LIMIT_BYTES},
	[LIMIT_STACK] = {"stack", "stack_bytes", "stack size", LIMIT_BYTES},
	[LIMIT_CORE] = {"core file", "core_file_bytes", "core file size", LIMIT_BYTES},
	[LIMIT_RSS] = {"resident set", "rss_bytes", "resident set", LIMIT_BYTES},
	[LIMIT_PROCESSES] = {"threads of the user", "processes", "processes", LIMIT_COUNT},
	[LIMIT_OPEN_FILES] = {"open files", "open_files", "open files", LIMIT_COUNT},
	[LIMIT_LOCKED] = {"locked memory", "locked_bytes", "locked memory", LIMIT_BYTES},
	[LIMIT_ADDRESS_SPACE] = {"address space", "address_space_bytes", "address space",
				 LIMIT_BYTES},
	[LIMIT_FILE_LOCKS] = {"file locks", "file_locks", "file locks", LIMIT_COUNT},
	[LIMIT_SIGNALS] = {"queued signals", "signals_queued", "pending signals", LIMIT_COUNT},
	[LIMIT_MESSAGES] = {"message queues", "message_queue_bytes", "msgqueue size", LIMIT_BYTES},
	[LIMIT_NICE] = {"nice priority", "nice", "nice priority", LIMIT_COUNT},
	[LIMIT_REAL_TIME] = {"real-time priority", "real_time_priority", "realtime priority",
			     LIMIT_COUNT},
	[LIMIT_REAL_TIME_RUN] = {"real-time run", "real_time_us", "realtime timeout",
				 LIMIT_MICROSECONDS},
};
/* clang-format on */
