/* The forms of a comparison: the parts of a report's page, one after the other. */
#include "output/diff/diff_view.h"
#include "output/labelled.h"

#define DIFF_VERSION 1

const struct report_view *diff_side(const struct diff_view *view,
				    const struct report_section *section)
{
	return view->sides[section->flags & SECTION_BEFORE ? ALIGN_BEFORE : ALIGN_AFTER];
}

void diff_write_text(struct buf *out, const struct diff_view *view)
{
	const struct report_view *after = view->sides[ALIGN_AFTER];
	struct labelled page = labelled_into(out, &after->options->output);

	labelled_title(&page, report_command(after), report_status(after), after->run->target);
	report_add_facts(&page, after, diff_facts, diff_fact_count);
	for (unsigned i = 0; i < diff_section_count; i++)
		report_add_section(&page, diff_side(view, &diff_sections[i]), &diff_sections[i]);
	labelled_deinit(&page);
}

void diff_write_markdown(struct buf *out, const struct diff_view *view)
{
	const struct report_view *after = view->sides[ALIGN_AFTER];

	report_markdown_title(out, after);
	report_markdown_facts(out, after, diff_facts, diff_fact_count);
	for (unsigned i = 0; i < diff_section_count; i++)
		report_markdown_section(out, diff_side(view, &diff_sections[i]), &diff_sections[i]);
}

static void add_alignment(struct json *j, const struct align *align)
{
	json_key(j, "matched"), json_u64(j, align->matched);
	json_key(j, "reworded"), json_u64(j, align->reworded);
	json_key(j, "vanished_processes"), json_u64(j, align->alone[ALIGN_BEFORE]);
	json_key(j, "new_processes"), json_u64(j, align->alone[ALIGN_AFTER]);
}

void diff_write_json(struct buf *out, const struct diff_view *view)
{
	static const char *const keys[] = {"before", "after"};
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "version"), json_i64(&j, DIFF_VERSION);
	for (int side = 0; side < ALIGN_SIDES; side++) {
		json_key(&j, keys[side]), json_open(&j, '{');
		report_json_run(&j, view->sides[side]);
		json_close(&j, '}');
	}
	add_alignment(&j, &view->difference->align);
	for (unsigned i = 0; i < diff_section_count; i++)
		report_json_section(&j, diff_side(view, &diff_sections[i]), &diff_sections[i]);
	json_close(&j, '}');
	buf_add_char(out, '\n');
}
