/* Texts in CSV, as RFC 4180 has them. */
#ifndef OUTPUT_CSV_TEXT_H
#define OUTPUT_CSV_TEXT_H

#include "base/buf.h"

/* One field, quoted where it must be, safe on a terminal and one line always. */
void csv_add_text(struct buf *out, struct str text);

#endif
