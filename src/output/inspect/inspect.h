/* One process as a page for people, and as JSON. */
#ifndef OUTPUT_INSPECT_INSPECT_H
#define OUTPUT_INSPECT_INSPECT_H

#include "base/buf.h"
#include "base/json.h"
#include "model/field.h"
#include "model/inspection.h"

struct inspect_style {
	const struct field_context *context;
	unsigned width; /* of the terminal; 0: no limit */
	bool colour, ascii;
	bool whole;   /* nothing is cut: very long command lines, hundreds of children */
	bool live;    /* of this machine, not of a captured tree */
	bool several; /* more than one process is shown */
};

/* The page, and the tables that were asked for. */
void inspect_add_page(struct buf *out, const struct inspection *inspection,
		      const struct inspect_style *style);

/* The watch: a heading once, a line a sample (the last one), and at the end what came of it. */
void inspect_add_watch_heading(struct buf *out, int64_t interval_ns,
			       const struct inspect_style *style);
void inspect_add_watch_line(struct buf *out, const struct inspection *inspection,
			    const struct inspect_style *style);
void inspect_add_watch_end(struct buf *out, const struct inspection *inspection,
			   const struct inspect_style *style);

/* The object of one process: all fields of `columns`, and the rest of the page. */
void inspect_json(struct json *j, const struct inspection *inspection,
		  const struct columns *columns, const struct field_context *context);

#endif
