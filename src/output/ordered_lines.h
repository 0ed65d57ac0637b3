/*
 * Lines put into order of time. A line whose text is not final yet (an Exit whose cost is still
 * to come) holds back what follows it, until it is settled or too much is held.
 */
#ifndef OUTPUT_ORDERED_LINES_H
#define OUTPUT_ORDERED_LINES_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct ordered_lines;

typedef int (*ordered_lines_write)(void *context, struct str text, struct error *err);

struct ordered_lines *ordered_lines_new(ordered_lines_write write, void *context);
struct ordered_lines *ordered_lines_free(struct ordered_lines *lines); /* NULL is fine */

/*
 * Takes a copy of `text`; equal times keep their order. By `id` (not 0) the text can be replaced
 * while it is held; if it is not `settled` it waits for that, or is written as it stands.
 */
int ordered_lines_add(struct ordered_lines *lines, int64_t time_ns, struct str text, uint64_t id,
		      bool settled, struct error *err);
/* The better text of that line; nothing happens when it is not held (any more). */
int ordered_lines_settle(struct ordered_lines *lines, uint64_t id, struct str text,
			 struct error *err);
/* Writes all that is held. */
int ordered_lines_finish(struct ordered_lines *lines, struct error *err);

#endif
