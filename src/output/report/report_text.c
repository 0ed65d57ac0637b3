/*
 * A report for the terminal: at most a screen or two. Key decision: what went wrong comes first, then
 * where the time went, then what might be spared.
 */
#include "output/grid.h"
#include "output/labelled.h"
#include "output/report/report_view.h"
#include "output/value.h"

#define NARROW 16 /* columns of a cell that is not the last */

void report_add_facts(struct labelled *page, const struct report_view *view,
		      const struct report_fact *facts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct report_fact *fact = &facts[i];

		fact->add(view, &page->text);
		if (page->text.n > 0)
			labelled_row(page, fact->label,
				     fact->bad && fact->bad(view) ? STYLE_FAILED : STYLE_NONE);
	}
}

static void add_heading(struct labelled *page, const char *title, enum style style,
			const char *about, size_t shown, size_t count)
{
	buf_add_char(page->out, '\n');
	labelled_add_styled(page, style, str_of(title));
	buf_add_text(&page->text, about);
	if (count > shown) {
		buf_add_text(&page->text, page->text.n ? "; " : "");
		value_add_count(&page->text, shown);
		buf_add_text(&page->text, " of ");
		value_add_count(&page->text, count);
	}
	if (page->text.n > 0)
		buf_add_text(page->out, "  ");
	labelled_add_styled(page, STYLE_DIM, buf_str(&page->text));
	buf_add_char(page->out, '\n');
	buf_clear(&page->text);
}

static enum style style_of(const struct report_section *section)
{
	return section->flags & SECTION_BAD    ? STYLE_FAILED
	       : section->flags & SECTION_GOOD ? STYLE_GOOD
					       : STYLE_BOLD;
}

void report_add_section(struct labelled *page, const struct report_view *view,
			const struct report_section *section)
{
	size_t count = section->count(view), rows = report_rows(view, section);
	struct grid_column columns[REPORT_COLUMNS];
	unsigned n = report_columns(section), shown = 0;
	struct grid grid;

	if (count == 0 || (section->flags & SECTION_DETAIL))
		return;
	add_heading(page, section->title, style_of(section), section->about, rows, count);
	for (unsigned i = 0; i < n; i++)
		if (section->columns[i].heading)
			columns[shown++] =
				(struct grid_column){section->columns[i].heading,
						     report_is_number(section->columns[i].type)};
	grid_init(&grid, columns, shown);
	grid.cut = true;
	for (size_t row = 0; row < rows; row++) {
		union report_cell cells[REPORT_COLUMNS];

		section->row(view, row, cells);
		for (unsigned i = 0; i < n; i++)
			if (section->columns[i].heading)
				report_add_cell(grid_cell(&grid), view, section->columns[i].type,
						cells[i], i + 1 < n ? NARROW : page->width);
	}
	grid_print(&grid, page->out, 2, page->width, page->colour);
	grid_deinit(&grid);
	if (section->add_below)
		section->add_below(&page->text, view);
	if (page->text.n > 0)
		labelled_row(page, section->below, STYLE_NONE);
}

void report_write_text(struct buf *out, const struct report_view *view)
{
	struct labelled page = labelled_into(out, &view->options->output);

	labelled_title(&page, report_command(view), report_status(view), view->run->target);
	report_add_facts(&page, view, report_facts, report_fact_count);
	if (view->report->busy.most > 0) {
		add_heading(&page, "At work", STYLE_BOLD,
			    "processes that wait for no child, over time", 0, 0);
		report_add_chart(out, view, 2);
	}
	for (unsigned i = 0; i < report_section_count; i++)
		report_add_section(&page, view, &report_sections[i]);
	labelled_deinit(&page);
}
