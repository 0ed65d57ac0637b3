/* JSON Lines put into order of time, as bytes. */
#ifndef SOURCE_TEXT_LINE_SORT_H
#define SOURCE_TEXT_LINE_SORT_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends the lines of `input` to `out`, stable by timestamp, Header first, Footer last. Each
 * line's bytes stay as they are; a blank line stays behind the line it followed; the last line
 * gets an LF when it has none. Returns 0, or -EINVAL with a sentence that names `name` and the line;
 * then nothing was appended.
 */
int line_sort(struct str input, struct buf *out, const char *name, struct error *err);

#endif
