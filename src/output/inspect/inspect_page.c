/*
 * How the page of inspect is set. Key decision: a row is a text with the names of fields in it, so
 * that what the page says can be read in one place, and how a value looks is what the registry of
 * fields says.
 */
#include "output/inspect/inspect_page.h"

#include "base/text.h"
#include "output/rows/rows.h"

#include <ctype.h>

const char *page_ellipsis(const struct page *page)
{
	return page->style->ascii ? "..." : "…";
}

void page_heading(struct page *page, const char *heading)
{
	bool colour = page->style->colour;

	buf_printf(page->out, "\n%s%s%s\n", colour ? "\x1b[1m" : "", heading,
		   colour ? "\x1b[0m" : "");
}

void page_count_heading(struct page *page, const char *what, size_t count)
{
	buf_clear(&page->value);
	buf_printf(&page->value, "%s (%zu)", what, count);
	page_heading(page, buf_cstr(&page->value));
}

/* Words as far as the line reaches; at least one, a longer one runs over. */
static struct str cut_line(struct str *rest, size_t columns)
{
	struct str all = *rest;
	size_t end = 0;

	for (size_t i = 0; i <= all.n; i++) {
		if (i < all.n && all.p[i] != ' ')
			continue;
		if (end > 0 && text_columns((struct str){all.p, i}) > columns)
			break;
		end = i;
		if (i > 4 * columns + 4)
			break;
	}
	*rest = str_skip(all, end + 1);
	return (struct str){all.p, end};
}

void page_add(struct page *page, const char *label, struct str text)
{
	unsigned indent = PAGE_INDENT + PAGE_LABEL, width = page->style->width;
	size_t columns = width > indent + 20 ? width - indent : 20;

	if (text.n == 0)
		return;
	buf_add_repeat(page->out, ' ', PAGE_INDENT);
	buf_printf(page->out, "%-*s", (int)PAGE_LABEL, label);
	if (width == 0 || text_columns(text) <= columns) {
		buf_add_str(page->out, text);
		buf_add_char(page->out, '\n');
		return;
	}
	for (bool first = true; text.n > 0; first = false) {
		if (!first)
			buf_add_repeat(page->out, ' ', indent);
		buf_add_str(page->out, cut_line(&text, columns));
		buf_add_char(page->out, '\n');
	}
}

/* ---- texts made of fields ---- */

struct value page_value(const struct page *page, const struct snapshot *of, const char *name)
{
	const struct field *field = field_find(str_of(name));

	return field ? field_get(field, of, page->style->context)
		     : (struct value){.kind = VALUE_UNKNOWN};
}

void page_add_field(const struct page *page, const struct snapshot *of, const char *name,
		    struct buf *out)
{
	const struct field *field = field_find(str_of(name));
	struct value value = page_value(page, of, name);

	if (field)
		rows_add_value(out, field, &value, ROWS_UNITS_HUMAN, page->style->context);
}

/* Of a text with fields in it. */
struct seen {
	bool denied, unknown, known;
	bool left_out; /* something optional, because it is denied */
};

static struct value value_of(struct page *page, struct str name, const struct field **ret_field)
{
	*ret_field = field_find(name);
	return *ret_field ? field_get(*ret_field, &page->of->self, page->style->context)
			  : (struct value){.kind = VALUE_UNKNOWN};
}

static void add_value(struct page *page, struct str name, struct seen *seen)
{
	const struct field *field;
	struct value value = value_of(page, name, &field);

	seen->denied |= value.kind == VALUE_DENIED;
	seen->unknown |= value.kind == VALUE_UNKNOWN;
	seen->known |= value.kind > VALUE_DENIED;
	if (value.kind == VALUE_UNKNOWN)
		buf_add_text(&page->value, "unknown");
	else if (value.kind != VALUE_DENIED)
		rows_add_value(&page->value, field, &value, ROWS_UNITS_HUMAN, page->style->context);
}

/* Without brackets inside. */
static void add_plain(struct page *page, struct str text, struct seen *seen)
{
	while (text.p && text.n > 0) {
		struct str rest = text, before = str_cut(&rest, '{');

		buf_add_str(&page->value, before);
		if (rest.p)
			add_value(page, str_cut(&rest, '}'), seen);
		text = rest;
	}
}

static bool says_something(const struct value *value)
{
	switch (value->kind) {
	case VALUE_SIGNED:
	case VALUE_UNSIGNED:
		return value->u != 0;
	case VALUE_REAL:
		return value->real > 0 || value->real < 0;
	case VALUE_TEXT:
		return value->text.n > 0;
	case VALUE_FLAG:
		return value->flag;
	case VALUE_LIST:
		return value->list.n > 0;
	default:
		return false;
	}
}

/* "field" or "field!=field". */
static bool holds(struct page *page, struct str condition)
{
	const struct field *left_field, *right_field;
	struct str rest = condition, left = str_cut(&rest, '!');
	struct value a = value_of(page, left, &left_field), b;

	if (!rest.p)
		return says_something(&a);
	b = value_of(page, str_skip(rest, 1), &right_field);
	return a.kind > VALUE_DENIED && b.kind > VALUE_DENIED &&
	       value_compare(left_field, &a, &b) != 0;
}

/* Cuts the condition off the front of `*text`, if it has one. */
static struct str cut_condition(struct str *text)
{
	size_t i = 0;

	while (i < text->n && (islower((unsigned char)text->p[i]) || text->p[i] == '_' ||
			       text->p[i] == '!' || text->p[i] == '='))
		i++;
	if (i == 0 || i == text->n || text->p[i] != '?')
		return STR_NONE;
	*text = str_skip(*text, i + 1);
	return (struct str){text->p - i - 1, i};
}

static void add_optional(struct page *page, struct str text, struct seen *around)
{
	struct str condition = cut_condition(&text);
	struct seen seen = {0};
	size_t before = page->value.n;

	if (condition.p && !holds(page, condition))
		return;
	add_plain(page, text, &seen);
	around->left_out |= seen.denied;
	if (seen.denied || seen.unknown)
		page->value.n = before;
}

/* What is left when the first thing of a row was left out begins with its comma. */
static struct str without_comma(struct str text)
{
	while (text.n > 0 && (text.p[0] == ',' || text.p[0] == ';' || text.p[0] == ' '))
		text = str_skip(text, 1);
	return text;
}

static void add_row(struct page *page, const struct page_row *row)
{
	struct str text = str_of(row->text);
	struct seen seen = {0};

	buf_clear(&page->value);
	while (text.p && text.n > 0) {
		struct str rest = text;

		add_plain(page, str_cut(&rest, '['), &seen);
		if (rest.p)
			add_optional(page, str_cut(&rest, ']'), &seen);
		text = rest;
	}
	if (seen.denied || (seen.left_out && page->value.n == 0))
		page_add(page, row->label, STR("not permitted"));
	else if (!seen.unknown || seen.known)
		page_add(page, row->label, without_comma(buf_str(&page->value)));
	else
		page_add(page, row->label, STR("unknown"));
}

void page_rows(struct page *page, const struct page_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_row(page, &rows[i]);
}
