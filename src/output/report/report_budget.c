/* The budget alone: as text behind a run, and as JUnit XML. */
#include "output/labelled.h"
#include "output/report/report_view.h"
#include "output/value.h"

void report_write_verdict(struct buf *out, const struct report_view *view)
{
	struct labelled page = labelled_into(out, &view->options->output);

	report_add_section(&page, view, &report_sections[REPORT_BUDGET]);
	labelled_deinit(&page);
}

/* Bounds and figures are our own words: < > & are all that XML could take amiss. */
static void add_xml(struct buf *out, struct buf *text)
{
	for (size_t i = 0; i < text->n; i++) {
		if (strchr("<>&\"", text->p[i]))
			buf_printf(out, "&#%d;", text->p[i]);
		else
			buf_add_char(out, text->p[i]);
	}
	buf_clear(text);
}

static void add_case(struct buf *out, const struct report_view *view, uint32_t bound)
{
	union report_cell cell = {.bound = bound};
	struct buf text = BUF_INIT;

	buf_add_text(out, "    <testcase classname=\"budget\" name=\"");
	report_add_cell(&text, view, REPORT_BOUND, cell, SIZE_MAX);
	add_xml(out, &text);
	if (budget_holds(&view->options->budget->bounds[bound], view->report)) {
		buf_add_text(out, "\"/>\n");
	} else {
		buf_add_text(out, "\">\n      <failure message=\"it is ");
		report_add_cell(&text, view, REPORT_FOUND, cell, SIZE_MAX);
		add_xml(out, &text);
		buf_add_text(out, "\"/>\n    </testcase>\n");
	}
	buf_deinit(&text);
}

void report_write_junit(struct buf *out, const struct report_view *view)
{
	const struct budget *budget = view->options->budget;
	unsigned broken = budget_broken(budget, view->report);

	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_printf(out, "<testsuites tests=\"%u\" failures=\"%u\">\n", budget->count, broken);
	buf_printf(out,
		   "  <testsuite name=\"pscope\" tests=\"%u\" failures=\"%u\" errors=\"0\" "
		   "time=\"%.3f\">\n",
		   budget->count, broken, (double)view->report->wall_ns / 1e9);
	for (uint32_t i = 0; i < budget->count; i++)
		add_case(out, view, i);
	buf_add_text(out, "  </testsuite>\n</testsuites>\n");
}
