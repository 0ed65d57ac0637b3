/*
 * Rows of columns on paper: the tables of ps (and later of track), and the same as CSV, JSON,
 * JSON Lines and raw words. Rows come in the order in which they are to stand.
 */
#ifndef OUTPUT_ROWS_ROWS_H
#define OUTPUT_ROWS_ROWS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/outfile.h"
#include "model/field.h"

enum rows_format {
	ROWS_TABLE, /* for people: aligned, cut to the width of a terminal */
	ROWS_RAW,   /* for scripts: one blank between columns, numbers as JSON has them, blanks and
		       control bytes of values as \x20 */
	ROWS_CSV,   /* RFC 4180, field names as the heading */
	ROWS_JSON,  /* {"version":1,"host":{...},"processes":[{...}]} */
	ROWS_JSONL, /* one object a line */
};

enum rows_units { ROWS_UNITS_PS, ROWS_UNITS_HUMAN, ROWS_UNITS_BYTES };

struct rows_options {
	enum rows_format format;
	const struct columns *columns;
	const struct field_context *context; /* its host is the one of the JSON header */
	const struct host *host_before;      /* for the CPU shares there; NULL: since boot */
	const char *time; /* of this pass, as the first member of CSV and JSON; NULL: without */
	unsigned width;   /* of the terminal; 0: no limit */
	bool colour, ascii;
	bool no_headings;
	bool tree; /* branches before the last column of the table; "children" in JSON */
	enum rows_units units;
};

/* One row; in a tree `depth` is how deep it stands and parents come right before their children. */
struct rows_item {
	const struct snapshot *snapshot;
	unsigned depth; /* 0: a root */
	bool last;      /* no sibling comes after it */
};

/* Appends everything to file->pending, flushing now and then. */
int rows_write(const struct rows_options *options, const struct rows_item *items, size_t count,
	       struct outfile *file, struct error *err);
/*
 * Orders `rows` (already sorted: siblings keep that order) as a forest into `ret_items` of the same
 * count: parents before children. Whose parent is not among the rows is a root. Never loops.
 */
void rows_forest(const struct snapshot *const *rows, size_t count, struct rows_item *ret_items);

/* One value as text for a table, not padded, not cut; unknown "-", denied "?". Safe on terminals. */
void rows_add_value(struct buf *out, const struct field *field, const struct value *value,
		    enum rows_units units, const struct field_context *context);
/* One value as JSON; unknown and denied are null. Words: an array. */
struct json;
void rows_json_value(struct json *j, const struct field *field, const struct value *value);
/* "name":value pairs of all columns; text that is no UTF-8 has its _b64 twin. */
void rows_json_members(struct json *j, const struct columns *columns, const struct snapshot *s,
		       const struct field_context *context);
/* One row as `ps aux` prints it, without newline. */
void rows_add_aux(struct buf *out, const struct snapshot *s, const struct field_context *context);

#endif
