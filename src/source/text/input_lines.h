/* A file or pipe as lines. The only place where text inputs are read. */
#ifndef SOURCE_TEXT_INPUT_LINES_H
#define SOURCE_TEXT_INPUT_LINES_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

#define INPUT_LINE_MAX ((size_t)64 << 20)

/*
 * One line without its LF, `number` from 1; `whole`: the LF was there. Returns 0, or a negative
 * errno with a sentence.
 */
typedef int (*input_line_fn)(void *context, struct str line, uint64_t number, bool whole,
			     struct error *err);

/*
 * Reads `fd` to its end and calls `line_fn` for each line; a last one without LF counts. Returns
 * 0, what line_fn returned when that is not 0, or a negative errno with a sentence: a directory,
 * a read error, a line above INPUT_LINE_MAX. `name` is what the sentence calls the file.
 */
int input_lines_each(int fd, const char *name, input_line_fn line_fn, void *context,
		     struct error *err);

/* Reads `fd` to its end and appends all to `out`. Errors as above. */
int input_lines_all(int fd, const char *name, struct buf *out, struct error *err);

#endif
