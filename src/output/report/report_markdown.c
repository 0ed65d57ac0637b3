/*
 * A report as Markdown, as the summary of a CI step shows it: facts, chart and tables, the Mermaid
 * chart folded. Key decision: everything passes one escaping, so nothing that a process said of
 * itself becomes markup.
 */
#include "base/text.h"
#include "model/status.h"
#include "output/report/report_view.h"
#include "output/value.h"

#define TITLE_COLUMNS   100
#define COMMAND_COLUMNS 80

static void add_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("&<>@", text.p[i])) {
			buf_printf(out, "&#%d;", text.p[i]);
			continue;
		}
		if (strchr("\\`*_[]|~$", text.p[i]))
			buf_add_char(out, '\\');
		buf_add_char(out, text.p[i]);
	}
}

/* Empties `text`, which is safe on terminals: it has no NUL and no line end. */
static void move_escaped(struct buf *out, struct buf *text)
{
	add_escaped(out, buf_str(text));
	buf_clear(text);
}

void report_markdown_title(struct buf *out, const struct report_view *view)
{
	struct buf words = BUF_INIT, text = BUF_INIT;

	text_add_cmdline(&words, report_command(view), true);
	if (words.n == 0)
		buf_add_str(&words, view->run->target.n ? view->run->target : STR("The recording"));
	text_add_safe_cut(&text, buf_str(&words), TITLE_COLUMNS);
	buf_add_text(out, "## ");
	move_escaped(out, &text);
	value_add_status(&text, report_status(view), false);
	if (text.n > 0)
		buf_add_text(out, status_failed(report_status(view)) ? ": **" : ": ");
	move_escaped(out, &text);
	buf_add_text(out, status_failed(report_status(view)) ? "**\n\n" : "\n\n");
	buf_deinit(&words);
	buf_deinit(&text);
}

void report_markdown_facts(struct buf *out, const struct report_view *view,
			   const struct report_fact *facts, unsigned count)
{
	struct buf text = BUF_INIT;

	buf_add_text(out, "| | |\n|---|---|\n");
	for (unsigned i = 0; i < count; i++) {
		const struct report_fact *fact = &facts[i];
		const char *strong = fact->bad && fact->bad(view) ? "**" : "";

		fact->add(view, &text);
		if (text.n == 0)
			continue;
		buf_printf(out, "| %s | %s", fact->label, strong);
		move_escaped(out, &text);
		buf_printf(out, "%s |\n", strong);
	}
	buf_deinit(&text);
}

static void add_chart(struct buf *out, const struct report_view *view)
{
	if (view->report->busy.most == 0)
		return;
	buf_add_text(out, "\n### At work\n\n```\n");
	report_add_chart(out, view, 0);
	buf_add_text(out, "```\n");
}

/* Are all cells of the column empty? */
static bool is_empty(const struct report_view *view, const struct report_section *section,
		     unsigned column)
{
	struct buf text = BUF_INIT;
	bool empty = true;

	for (size_t row = 0; row < report_rows(view, section) && empty; row++) {
		union report_cell cells[REPORT_COLUMNS];

		section->row(view, row, cells);
		report_add_cell(&text, view, section->columns[column].type, cells[column], 8);
		empty = text.n == 0;
	}
	buf_deinit(&text);
	return empty;
}

static void add_heading(struct buf *out, const struct report_view *view,
			const struct report_section *section)
{
	size_t count = section->count(view), rows = report_rows(view, section);

	buf_printf(out, "\n### %s\n\n%s", section->title, section->about);
	if (!*section->about)
		return;
	if (count > rows) {
		buf_add_text(out, "; ");
		value_add_count(out, rows);
		buf_add_text(out, " of ");
		value_add_count(out, count);
	}
	buf_add_text(out, "\n\n");
}

static void add_table(struct buf *out, const struct report_view *view,
		      const struct report_section *section)
{
	unsigned n = report_columns(section);
	struct buf rule = BUF_INIT, text = BUF_INIT;
	bool empty[REPORT_COLUMNS];

	for (unsigned i = 0; i < n; i++) {
		empty[i] = !section->columns[i].heading || is_empty(view, section, i);
		if (empty[i])
			continue;
		buf_printf(out, "| %s ", section->columns[i].heading);
		buf_add_text(&rule, report_is_number(section->columns[i].type) ? "|--:" : "|---");
	}
	buf_add_text(out, "|\n");
	buf_add_str(out, buf_str(&rule));
	buf_add_text(out, "|\n");
	for (size_t row = 0; row < report_rows(view, section); row++) {
		union report_cell cells[REPORT_COLUMNS];

		section->row(view, row, cells);
		for (unsigned i = 0; i < n; i++) {
			if (empty[i])
				continue;
			report_add_cell(&text, view, section->columns[i].type, cells[i],
					COMMAND_COLUMNS);
			buf_add_text(out, "| ");
			move_escaped(out, &text);
			buf_add_char(out, ' ');
		}
		buf_add_text(out, "|\n");
	}
	buf_deinit(&rule);
	buf_deinit(&text);
}

void report_markdown_section(struct buf *out, const struct report_view *view,
			     const struct report_section *section)
{
	struct buf text = BUF_INIT;

	if ((section->flags & SECTION_DETAIL) || section->count(view) == 0)
		return;
	add_heading(out, view, section);
	add_table(out, view, section);
	if (section->add_below) {
		buf_printf(out, "\n%s: ", section->below);
		section->add_below(&text, view);
		move_escaped(out, &text);
		buf_add_char(out, '\n');
	}
	buf_deinit(&text);
}

static void add_timeline(struct buf *out, const struct report_view *view)
{
	if (view->history->count == 0)
		return;
	buf_add_text(out, "\n<details><summary>Timeline of the ");
	value_add_count(out, report_gantt_bars(view));
	buf_add_text(out, " heaviest of ");
	value_add_counted(out, view->history->count, "process", "processes");
	buf_add_text(out, "</summary>\n\n```mermaid\n");
	report_add_gantt(out, view);
	buf_add_text(out, "```\n\n</details>\n");
}

void report_write_markdown(struct buf *out, const struct report_view *view)
{
	report_markdown_title(out, view);
	report_markdown_facts(out, view, report_facts, report_fact_count);
	add_chart(out, view);
	for (unsigned i = 0; i < report_section_count; i++)
		report_markdown_section(out, view, &report_sections[i]);
	add_timeline(out, view);
}
