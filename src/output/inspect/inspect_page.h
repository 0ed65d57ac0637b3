/* How the page of inspect is set: headings, rows of a label and a text, texts made of fields. */
#ifndef OUTPUT_INSPECT_INSPECT_PAGE_H
#define OUTPUT_INSPECT_INSPECT_PAGE_H

#include "output/inspect/inspect.h"

#define PAGE_INDENT 2u
#define PAGE_LABEL  14u /* columns of a label, with the gap behind it */

struct page {
	struct buf *out;
	const struct inspection *of;
	const struct inspect_style *style;
	struct buf value; /* of the row that is being made */
};

/* A line of the page, as a table row. */
struct page_row {
	const char *label;
	/*
	 * The text, with
	 *   {field}            the value, for people
	 *   [text {field}]     left out unless all of its values are known
	 *   [field?text]       left out unless the value is neither unknown, none, no nor 0
	 *   [field!=field?...] left out unless both are known and differ
	 * A row of which nothing is left is left out, unless that is because it may not be read.
	 */
	const char *text;
};

void page_heading(struct page *page, const char *heading);
/* The heading of a table. */
void page_count_heading(struct page *page, const char *what, size_t count);
/* A row, its text broken at blanks where the terminal ends; an empty text is no row. */
void page_add(struct page *page, const char *label, struct str text);
void page_rows(struct page *page, const struct page_row *rows, size_t count);
/* The value of the field called `name`. */
struct value page_value(const struct page *page, const struct snapshot *of, const char *name);
/* Appends the value as {field} would, of whichever snapshot. */
void page_add_field(const struct page *page, const struct snapshot *of, const char *name,
		    struct buf *out);
/* "…" or, where the terminal knows ASCII only, "...". */
const char *page_ellipsis(const struct page *page);

/* Sections of other files. */
void page_family(struct page *page);
void page_limits(struct page *page);
void page_privileges(struct page *page);
void page_namespaces(struct page *page);
void page_files(struct page *page);
void page_sockets(struct page *page);
void page_maps(struct page *page);
void page_threads(struct page *page);
void page_environment(struct page *page);

/* " tcp LISTEN *:80": what a descriptor of a socket leads to. */
void page_add_socket(const struct page *page, const struct socket *s, struct buf *out);
/* " of process 12": what fdinfo tells of a descriptor of that type. */
void page_add_info(const struct open_file *file, struct buf *out);
/* "sockets":[...] */
void inspect_sockets_json(struct json *j, const struct inspection *of,
			  const struct field_context *context);

#define PAGE_ROWS(page, rows) page_rows(page, rows, sizeof(rows) / sizeof *(rows))

#endif
