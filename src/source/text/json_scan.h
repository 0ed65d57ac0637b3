/* The kind and the time of a JSON line without building anything: what sorting needs. */
#ifndef SOURCE_TEXT_JSON_SCAN_H
#define SOURCE_TEXT_JSON_SCAN_H

#include "base/str.h"

#include <stdint.h>

struct json_scan {
	struct str kind; /* as written, between its quotes */
	bool has_time;
	int64_t time_ns; /* "timestamp" of the kind's object; of several, the last */
};

/*
 * Checks that `line` is one JSON object with one member which is an object, all of it valid
 * (RFC 8259, UTF-8, at most 256 deep), and finds its timestamp. Returns 0, or -EINVAL with what is wrong
 * in *ret_why (constant storage) and where in *ret_at.
 */
int json_scan_line(struct str line, struct json_scan *ret, const char **ret_why, size_t *ret_at);

#endif
