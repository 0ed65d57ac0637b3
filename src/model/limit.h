/* The resource limits of a process: getrlimit(2). */
#ifndef MODEL_LIMIT_H
#define MODEL_LIMIT_H

#include <stdint.h>

enum limit {
	LIMIT_CPU,
	LIMIT_FILE_SIZE,
	LIMIT_DATA,
	LIMIT_STACK,
	LIMIT_CORE,
	LIMIT_RSS,
	LIMIT_PROCESSES,
	LIMIT_OPEN_FILES,
	LIMIT_LOCKED,
	LIMIT_ADDRESS_SPACE,
	LIMIT_FILE_LOCKS,
	LIMIT_SIGNALS,
	LIMIT_MESSAGES,
	LIMIT_NICE,
	LIMIT_REAL_TIME,
	LIMIT_REAL_TIME_RUN,
	LIMITS
};

enum limit_unit { LIMIT_COUNT, LIMIT_BYTES, LIMIT_SECONDS, LIMIT_MICROSECONDS };

/* `name`: for people; `key`: of JSON; `text`: how /proc/PID/limits calls it, "Max " in front. */
extern const struct limit_row {
	const char *name, *key, *text;
	enum limit_unit unit;
} limit_rows[LIMITS];

#define LIMIT_NONE UINT64_MAX /* unlimited */

struct limits {
	uint32_t known; /* bit 1 << enum limit */
	uint64_t soft[LIMITS], hard[LIMITS];
};

#endif
