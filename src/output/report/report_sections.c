/*
 * The sections: which rows there are and what stands in them. Key decision: a section is one row
 * here; terminal, JSON and Markdown follow.
 */
#include "output/report/report_view.h"

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* ---- the budget ---- */

static size_t bound_count(const struct report_view *view)
{
	return view->options->budget ? view->options->budget->count : 0;
}

static void bound_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	cells[0].bound = cells[1].bound = cells[2].bound = (uint32_t)row;
}

/* ---- the critical path ---- */

static size_t share_count(const struct report_view *view)
{
	return view->report->share_count;
}

static void share_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct critical_share *it = &view->report->shares[row];

	cells[0].ns = it->ns;
	cells[1].ratio = share((uint64_t)it->ns, (uint64_t)view->report->wall_ns);
	cells[2].life = it->life;
}

static size_t step_count(const struct report_view *view)
{
	return view->report->path.count;
}

static void step_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct critical_step *step = &view->report->path.steps[row];

	cells[0].ns = step->begin_ns;
	cells[1].ns = step->end_ns - step->begin_ns;
	cells[2].life = step->life;
}

/* ---- one at work ---- */

static size_t single_count(const struct report_view *view)
{
	/* where nothing ever ran side by side it is the whole time */
	return view->report->busy.most > 1 ? view->report->busy.single_count : 0;
}

static void single_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct busy_single *single = &view->report->busy.singles[row];

	cells[0].ns = single->begin_ns;
	cells[1].ns = single->end_ns - single->begin_ns;
	cells[2].ratio = share((uint64_t)cells[1].ns, (uint64_t)view->report->wall_ns);
	cells[3].life = single->life;
}

/* ---- groups ---- */

static void group_row(const struct report_view *view, const struct report_group *group,
		      union report_cell *cells)
{
	cells[0].ns = (int64_t)group->cpu_ns;
	cells[1].ratio = share(group->cpu_ns, view->report->cpu_ns);
	cells[2].count = group->count;
	cells[3].ns = group->wall_ns;
	cells[4].bytes = group->rss_peak_bytes;
	cells[5].bytes = group->io_bytes;
	cells[6].text = group->text;
}

static size_t program_count(const struct report_view *view)
{
	return view->report->program_count;
}

static void program_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	group_row(view, &view->report->programs[row], cells);
}

static size_t repeated_count(const struct report_view *view)
{
	return view->report->repeated_count;
}

static void repeated_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct report_group *group = &view->report->repeated[row];

	cells[0].count = group->count;
	cells[1].ns = (int64_t)group->cpu_ns;
	cells[2].ratio = share(group->cpu_ns, view->report->cpu_ns);
	cells[3].ns = group->wall_ns;
	cells[4].text = group->text;
}

static size_t subtree_count(const struct report_view *view)
{
	return view->report->subtree_count;
}

static void subtree_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct report_subtree *tree = &view->report->subtrees[row];
	const struct history_life *life = &view->history->lives[tree->life];

	cells[0].ns = (int64_t)tree->cpu_ns;
	cells[1].ratio = share(tree->cpu_ns, view->report->cpu_ns);
	cells[2].count = tree->processes;
	cells[3].ns = life->end_ns - life->begin_ns;
	cells[4].bytes = tree->rss_peak_bytes;
	cells[5].bytes = tree->io_bytes;
	cells[6].life = tree->life;
}

/* ---- what went wrong ---- */

static size_t failed_count(const struct report_view *view)
{
	return view->report->failed_count;
}

static void failed_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	uint32_t life = view->report->failed[row];

	cells[0].ns = view->history->lives[life].end_ns;
	cells[1].life = cells[2].life = cells[3].life = life;
}

static size_t left_count(const struct report_view *view)
{
	return view->report->left_count;
}

static void left_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	uint32_t index = view->report->left[row];
	const struct history_life *life = &view->history->lives[index];

	cells[0].ns = life->begin_ns;
	cells[1].ns = life->end_ns - view->history->lives[view->report->root].end_ns;
	cells[2].life = cells[3].life = index;
}

/* Rows of many members are more than clang-format can align. */
/* clang-format off */
#define GROUP_COLUMNS(count_key, count_heading)                                                    \
	{"cpu_ns", "CPU", REPORT_DURATION}, {"cpu_share", "SHARE", REPORT_RATIO},                  \
	{count_key, count_heading, REPORT_COUNT}, {"wall_ns", "WALL", REPORT_DURATION},            \
	{"rss_peak_bytes", "PEAK", REPORT_BYTES}, {"io_bytes", "I/O", REPORT_BYTES}

const struct report_section report_sections[] = {
	{"budget", "Budget", "", SECTION_WHOLE,
	 {{"holds", "", REPORT_HOLDS}, {"bound", "BOUND", REPORT_BOUND},
	  {"found", "FOUND", REPORT_FOUND}},
	 bound_count, bound_row, NULL, NULL},
	{"failures", "Failed", "the first to end first", SECTION_BAD,
	 {{"end_ns", "AT", REPORT_MOMENT}, {"ending", "STATUS", REPORT_ENDING},
	  {"killer", "KILLED BY", REPORT_KILLER}, {"process", "PROCESS", REPORT_PROCESS}},
	 failed_count, failed_row, NULL, NULL},
	{"leftovers", "Left behind", "lived longer than the command", SECTION_BAD,
	 {{"begin_ns", "SINCE", REPORT_MOMENT}, {"after_ns", "LONGER BY", REPORT_DURATION},
	  {"ending", "STATUS", REPORT_ENDING}, {"process", "PROCESS", REPORT_PROCESS}},
	 left_count, left_row, NULL, NULL},
	{"critical_path", "Critical path", "what the end waited for, the largest part first", 0,
	 {{"ns", "TIME", REPORT_DURATION}, {"share", "SHARE", REPORT_RATIO},
	  {"process", "PROCESS", REPORT_PROCESS}},
	 share_count, share_row, "in order", report_add_path},
	{"critical_steps", "Critical path in order", "", SECTION_DETAIL,
	 {{"begin_ns", "AT", REPORT_MOMENT}, {"ns", "TIME", REPORT_DURATION},
	  {"process", "PROCESS", REPORT_PROCESS}},
	 step_count, step_row, NULL, NULL},
	{"alone", "One process at work", "and nothing beside it, the longest stretch first", 0,
	 {{"begin_ns", "AT", REPORT_MOMENT}, {"ns", "FOR", REPORT_DURATION},
	  {"share", "SHARE", REPORT_RATIO}, {"process", "MOSTLY", REPORT_PROCESS}},
	 single_count, single_row, NULL, NULL},
	{"programs", "Programs", "the most CPU first", 0,
	 {GROUP_COLUMNS("count", "COUNT"), {"program", "PROGRAM", REPORT_NAME}},
	 program_count, program_row, NULL, NULL},
	{"subtrees", "Subtrees", "a process with all below it, the most CPU first", 0,
	 {GROUP_COLUMNS("processes", "COUNT"), {"process", "ROOT", REPORT_PROCESS}},
	 subtree_count, subtree_row, NULL, NULL},
	{"repeated", "Run more than once", "the same command line, the most CPU to spare first", 0,
	 {{"count", "COUNT", REPORT_COUNT}, {"cpu_ns", "CPU", REPORT_DURATION},
	  {"cpu_share", "SHARE", REPORT_RATIO}, {"wall_ns", "WALL", REPORT_DURATION},
	  {"command", "COMMAND", REPORT_COMMAND}},
	 repeated_count, repeated_row, NULL, NULL},
};
/* clang-format on */
const unsigned report_section_count = sizeof report_sections / sizeof *report_sections;

unsigned report_columns(const struct report_section *section)
{
	unsigned count = 0;

	while (count < REPORT_COLUMNS && section->columns[count].key)
		count++;
	return count;
}

size_t report_rows(const struct report_view *view, const struct report_section *section)
{
	bool all = view->options->form == REPORT_JSON;
	size_t top = view->options->top ? view->options->top : all ? SIZE_MAX : REPORT_TOP;
	size_t count = section->count(view);

	if (section->flags & SECTION_WHOLE)
		return count;
	return count < top ? count : top;
}
