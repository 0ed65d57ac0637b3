/* What the writers of rows share. */
#ifndef OUTPUT_ROWS_ROWS_INTERNAL_H
#define OUTPUT_ROWS_ROWS_INTERNAL_H

#include "base/json.h"
#include "output/rows/rows.h"

/* Large enough that a long table makes few system calls. */
#define ROWS_FLUSH_BYTES (64u << 10)

/* Writes values for people; keeps what costs and is the same from row to row. */
struct rows_pen {
	enum rows_units units;
	const struct field_context *context;
	const char *mark; /* of what is cut: one column */
	bool now_known;
	int now_year, now_day;
	int64_t minute; /* since 1970: the one that minute_text says */
	char minute_text[16];
	struct buf scratch;
};

void rows_pen_init(struct rows_pen *pen, const struct field_context *context, enum rows_units units,
		   bool ascii);
void rows_pen_deinit(struct rows_pen *pen);
/* Appends the value at no more than `columns` of a terminal; returns how many it takes. */
size_t rows_pen_add(struct rows_pen *pen, struct buf *out, const struct field *field,
		    const struct value *value, size_t columns);

/* The bare value as JSON has it, without quotes; for all but texts and words. */
void rows_add_bare(struct buf *out, const struct field *field, const struct value *value);

/* The name over a column of a table. */
static inline const char *rows_heading(const struct column *column)
{
	if (column->heading)
		return column->heading;
	return column->ps_heading ? column->ps_heading : column->field->heading;
}

int rows_write_table(const struct rows_options *options, const struct rows_item *items,
		     size_t count, struct outfile *file, struct error *err);
int rows_write_plain(const struct rows_options *options, const struct rows_item *items,
		     size_t count, struct outfile *file, struct error *err); /* CSV, RAW */
int rows_write_json(const struct rows_options *options, const struct rows_item *items, size_t count,
		    struct outfile *file, struct error *err); /* JSON, JSONL */

#endif
