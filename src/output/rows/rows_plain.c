/*
 * Rows as CSV and as raw words, for programs. Key decision: each keeps one row a line and is
 * harmless on a terminal whatever a process calls itself. RAW can be turned back into the exact
 * bytes (\xHH, as lsblk -r); CSV has the text that a table shows, exact bytes are JSON's.
 */
#include "output/rows/rows_internal.h"

#include "base/text.h"
#include "output/csv_text.h"

/* Words joined by blanks; a title set by setproctitle has NULs without end behind it. */
static void join_words(struct buf *out, struct str words)
{
	buf_clear(out);
	while (words.n > 0 && words.p[words.n - 1] == 0)
		words.n--;
	text_add_cmdline(out, words, false);
}

/* -- CSV: RFC 4180 -- */

/* The unknown is an empty field. */
static void add_csv(struct rows_pen *pen, struct buf *out, const struct field *field,
		    const struct value *value)
{
	struct buf *joined = &pen->scratch;

	if (value->kind == VALUE_UNKNOWN || value->kind == VALUE_DENIED)
		return;
	buf_clear(joined);
	if (value->kind == VALUE_TEXT && field->type == FIELD_WORDS)
		join_words(joined, value->text);
	else if (value->kind == VALUE_TEXT)
		buf_add_str(joined, value->text);
	else
		rows_add_bare(joined, field, value);
	csv_add_text(out, buf_str(joined));
}

/* -- RAW -- */

static bool is_plain(struct str here, size_t width)
{
	unsigned char c = (unsigned char)here.p[0];

	if (width == 1)
		return c > ' ' && c < 0x7f && c != '\\';
	return width > 1 && !utf8_unsafe(utf8_decode(here));
}

static void add_escaped(struct buf *out, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.n; i++) {
		char escape[4] = {'\\', 'x', digits[(unsigned char)bytes.p[i] >> 4],
				  digits[bytes.p[i] & 15]};

		buf_add(out, escape, sizeof escape);
	}
}

/* Never empty, never "-" or "?", which are the unknown and the denied. */
static void add_raw_text(struct buf *out, struct str text)
{
	if (text.n == 0)
		buf_add_text(out, "\\x00");
	if (str_eq(text, STR("-")) || str_eq(text, STR("?"))) {
		add_escaped(out, text);
		return;
	}
	for (size_t i = 0; i < text.n;) {
		struct str here = str_skip(text, i);
		size_t width = utf8_width(here), bytes = width ? width : 1;

		if (is_plain(here, width))
			buf_add(out, here.p, bytes);
		else
			add_escaped(out, (struct str){here.p, bytes});
		i += bytes;
	}
}

static void add_raw(struct rows_pen *pen, struct buf *out, const struct field *field,
		    const struct value *value)
{
	if (value->kind == VALUE_UNKNOWN || value->kind == VALUE_DENIED) {
		buf_add_char(out, value->kind == VALUE_UNKNOWN ? '-' : '?');
	} else if (value->kind == VALUE_TEXT && field->type == FIELD_WORDS) {
		join_words(&pen->scratch, value->text);
		add_raw_text(out, buf_str(&pen->scratch));
	} else if (value->kind == VALUE_TEXT) {
		add_raw_text(out, value->text);
	} else if (value->kind == VALUE_LIST && value->list.n == 0) {
		add_raw_text(out, STR(""));
	} else {
		rows_add_bare(out, field, value);
	}
}

/* -- both -- */

struct plain {
	char separator;
	const char *end;
	void (*add)(struct rows_pen *pen, struct buf *out, const struct field *field,
		    const struct value *value);
	void (*add_name)(struct buf *out, struct str name);
};

static const struct plain csv = {',', "\r\n", add_csv, csv_add_text};
static const struct plain raw = {' ', "\n", add_raw, add_raw_text};

static void add_names(const struct plain *plain, const struct rows_options *options,
		      struct buf *out)
{
	if (options->time) {
		plain->add_name(out, STR("time"));
		buf_add_char(out, plain->separator);
	}
	for (size_t c = 0; c < options->columns->count; c++) {
		const struct column *column = &options->columns->items[c];

		if (c > 0)
			buf_add_char(out, plain->separator);
		plain->add_name(out,
				str_of(column->heading ? column->heading : column->field->name));
	}
	buf_add_text(out, plain->end);
}

int rows_write_plain(const struct rows_options *options, const struct rows_item *items,
		     size_t count, struct outfile *file, struct error *err)
{
	const struct plain *plain = options->format == ROWS_CSV ? &csv : &raw;
	const struct columns *columns = options->columns;
	struct buf *out = &file->pending;
	struct rows_pen pen;
	int r = 0;

	rows_pen_init(&pen, options->context, ROWS_UNITS_BYTES, options->ascii);
	if (!options->no_headings)
		add_names(plain, options, out);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (options->time) {
			buf_add_text(out, options->time);
			buf_add_char(out, plain->separator);
		}
		for (size_t c = 0; c < columns->count; c++) {
			const struct field *field = columns->items[c].field;
			struct value value = field_get(field, items[i].snapshot, options->context);

			if (c > 0)
				buf_add_char(out, plain->separator);
			plain->add(&pen, out, field, &value);
		}
		buf_add_text(out, plain->end);
		r = outfile_flush_above(file, ROWS_FLUSH_BYTES, err);
	}
	rows_pen_deinit(&pen);
	return r;
}
