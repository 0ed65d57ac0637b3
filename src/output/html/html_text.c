/*
 * What stands in the page as text: its title, and the report for who has no scripts. Key decision:
 * everything passes one escaping, and only behind the sanitizer of terminals: what would reorder or
 * hide text is visible here too.
 */
#include "output/html/html.h"

#include "base/text.h"
#include "output/report/report_view.h"
#include "output/value.h"

#define TITLE_COLUMNS 100
#define CELL_COLUMNS  120

/* Empties `text`, which is valid UTF-8 without controls. */
static void move_escaped(struct buf *out, struct buf *text)
{
	for (size_t i = 0; i < text->n; i++) {
		if (strchr("&<>\"'", text->p[i]))
			buf_printf(out, "&#%d;", text->p[i]);
		else
			buf_add_char(out, text->p[i]);
	}
	buf_clear(text);
}

void html_add_title(struct buf *out, const struct report_view *view)
{
	struct buf words = BUF_INIT, text = BUF_INIT;

	text_add_cmdline(&words, report_command(view), true);
	if (words.n == 0)
		buf_add_str(&words, view->run->target.n ? view->run->target : STR("A recording"));
	text_add_safe_cut(&text, buf_str(&words), TITLE_COLUMNS);
	move_escaped(out, &text);
	buf_deinit(&words);
	buf_deinit(&text);
}

static void add_facts(struct buf *out, const struct report_view *view)
{
	struct buf text = BUF_INIT;

	buf_add_text(out, "<table>\n");
	for (unsigned i = 0; i < report_fact_count; i++) {
		report_facts[i].add(view, &text);
		if (text.n == 0)
			continue;
		buf_printf(out, "<tr><th scope=\"row\">%s</th><td>", report_facts[i].label);
		move_escaped(out, &text);
		buf_add_text(out, "</td></tr>\n");
	}
	buf_add_text(out, "</table>\n");
	buf_deinit(&text);
}

static void add_section(struct buf *out, const struct report_view *view,
			const struct report_section *section)
{
	unsigned columns = report_columns(section);
	struct buf text = BUF_INIT;

	if ((section->flags & SECTION_DETAIL) || section->count(view) == 0)
		return;
	buf_printf(out, "<h2>%s</h2>\n<p>%s</p>\n<table>\n<tr>", section->title, section->about);
	for (unsigned i = 0; i < columns; i++)
		buf_printf(out, "<th scope=\"col\">%s</th>", section->columns[i].heading);
	buf_add_text(out, "</tr>\n");
	for (size_t row = 0; row < report_rows(view, section); row++) {
		union report_cell cells[REPORT_COLUMNS];

		section->row(view, row, cells);
		buf_add_text(out, "<tr>");
		for (unsigned i = 0; i < columns; i++) {
			enum report_type type = section->columns[i].type;

			report_add_cell(&text, view, type, cells[i], CELL_COLUMNS);
			buf_add_text(out, report_is_number(type) ? "<td class=\"n\">" : "<td>");
			move_escaped(out, &text);
			buf_add_text(out, "</td>");
		}
		buf_add_text(out, "</tr>\n");
	}
	buf_add_text(out, "</table>\n");
	buf_deinit(&text);
}

void html_add_report(struct buf *out, const struct report_view *view)
{
	add_facts(out, view);
	for (unsigned i = 0; i < report_section_count; i++)
		add_section(out, view, &report_sections[i]);
}
