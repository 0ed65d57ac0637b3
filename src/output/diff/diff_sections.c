/*
 * What a comparison tells: lines about the whole and tables. Key decision: they are sections as
 * those of a report, so terminal, JSON and Markdown follow.
 */
#include "base/text.h"
#include "output/diff/diff_view.h"
#include "output/value.h"

#define COMMAND_COLUMNS 60 /* of a recording's command in a line */

/* ---- lines about the whole ---- */

static void add_side(const struct report_view *view, struct buf *out, int side)
{
	const struct report_view *of = view->diff->sides[side];
	const struct proc_exec image = {.argv = report_command(of)};
	struct buf ending = BUF_INIT;

	text_add_safe(out, str_of(view->diff->names[side]));
	if (image.argv.n > 0) {
		buf_add_text(out, ": ");
		value_add_command(out, &image, COMMAND_FULL, COMMAND_COLUMNS);
	}
	value_add_status(&ending, report_status(of), false);
	buf_add_text(out, ending.n ? ", " : "");
	buf_add_str(out, buf_str(&ending));
	buf_deinit(&ending);
	if (!of->run->ended)
		buf_add_text(out, "; its recorder was stopped before its end");
	if (of->report->lost) {
		buf_add_text(out, "; ");
		value_add_counted(out, of->report->lost, "record", "records");
		buf_add_text(out, " lost: its figures are too low");
	}
}

static bool is_doubtful(const struct report_view *view, int side)
{
	const struct report_view *of = view->diff->sides[side];

	return !of->run->ended || of->report->lost > 0;
}

static void add_before(const struct report_view *view, struct buf *out)
{
	add_side(view, out, ALIGN_BEFORE);
}

static void add_after(const struct report_view *view, struct buf *out)
{
	add_side(view, out, ALIGN_AFTER);
}

static bool is_before_doubtful(const struct report_view *view)
{
	return is_doubtful(view, ALIGN_BEFORE);
}

static bool is_after_doubtful(const struct report_view *view)
{
	return is_doubtful(view, ALIGN_AFTER);
}

static void add_matched(const struct report_view *view, struct buf *out)
{
	const struct align *align = &view->diff->difference->align;

	value_add_counted(out, align->matched, "process", "processes");
	if (align->reworded) {
		buf_add_text(out, " (");
		value_add_count(out, align->reworded);
		buf_add_text(out, " with other arguments)");
	}
	buf_add_text(out, "; ");
	value_add_count(out, align->alone[ALIGN_AFTER]);
	buf_add_text(out, " new, ");
	value_add_count(out, align->alone[ALIGN_BEFORE]);
	buf_add_text(out, " vanished");
}

static void add_noise(const struct report_view *view, struct buf *out)
{
	const struct difference_noise *noise = view->diff->noise;

	buf_printf(out, "changes below %g%% or ", 100 * noise->ratio);
	figure_add_value(out, FIGURE_DURATION, (uint64_t)noise->ns);
	buf_add_text(out, " are not told");
}

const struct report_fact diff_facts[] = {
	{"before",  add_before,  is_before_doubtful},
	{"after",   add_after,   is_after_doubtful },
	{"matched", add_matched, NULL              },
	{"noise",   add_noise,   NULL              },
};
const unsigned diff_fact_count = sizeof diff_facts / sizeof *diff_facts;

/* ---- conditions ---- */

static size_t condition_count(const struct report_view *view)
{
	return view->diff->conditions->count;
}

static void condition_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	const struct figure *figure = view->diff->conditions->items[row].figure;

	cells[0].condition = cells[1].condition = (uint32_t)row;
	cells[2].change = cells[3].change = figure_change(figure, view->diff->reports);
}

unsigned diff_failed(const struct diff_view *view)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < view->conditions->count; i++) {
		const struct condition *condition = &view->conditions->items[i];
		const struct figure_change change = figure_change(condition->figure, view->reports);

		failed += condition_holds(condition, &change);
	}
	return failed;
}

/* ---- totals ---- */

static const char *const totals[] = {"wall", "cpu", "processes", "failures", "peak_rss", "io"};

static size_t total_count(const struct report_view *view)
{
	return sizeof totals / sizeof *totals;
}

static void total_row(const struct report_view *view, size_t row, union report_cell *cells)
{
	figure_find(str_of(totals[row]), &cells[0].figure, NULL);
	for (int i = 1; i < 5; i++)
		cells[i].change = figure_change(cells[0].figure, view->diff->reports);
}

/* ---- commands ---- */

static const struct align_group *group_at(const struct report_view *view, enum difference_kind kind,
					  size_t row)
{
	const struct difference *it = view->diff->difference;

	return &it->align.groups[it->groups[kind][row]];
}

/* Of a member of struct align_sum. `cost`: the figure that knows whether such things are known. */
static struct figure_change change_of(const struct report_view *view,
				      const struct align_group *group, const char *cost,
				      enum figure_unit unit, size_t offset)
{
	const struct figure *figure;

	struct figure_change ret = {.unit = unit};

	for (int side = 0; side < ALIGN_SIDES; side++) {
		memcpy(&ret.value[side], (const char *)&group->sum[side] + offset,
		       sizeof ret.value[side]);
		ret.known[side] = figure_find(str_of(cost), &figure, NULL) == 0 &&
				  figure_is_known(figure, view->diff->reports[side]);
	}
	return ret;
}

#define CHANGE(cost, unit, member)                                                                 \
	change_of(view, group, cost, unit, offsetof(struct align_sum, member))

/* What ran, what it ran before if that was another thing, and below whom. */
static void command_cells(const struct report_view *view, const struct align_group *group,
			  union report_cell *cells)
{
	uint32_t life = group->first[group->first[ALIGN_AFTER] != HISTORY_NONE];

	cells[0].life = view->history->lives[life].parent;
	cells[1].life = group->reworded ? group->first[ALIGN_BEFORE] : HISTORY_NONE;
	cells[2].life = life;
}

static void changed_row(const struct report_view *view, enum difference_kind kind, size_t row,
			union report_cell *cells)
{
	const struct align_group *group = group_at(view, kind, row);

	cells[0].count = group->sum[ALIGN_AFTER].count;
	for (int i = 1; i < 4; i++)
		cells[i].change = CHANGE("cpu", FIGURE_DURATION, cpu_ns);
	for (int i = 4; i < 7; i++)
		cells[i].change = CHANGE("wall", FIGURE_DURATION, own_ns);
	cells[7].change = cells[8].change = CHANGE("wall", FIGURE_DURATION, wall_ns);
	cells[9].change = cells[10].change = CHANGE("peak_rss", FIGURE_SIZE, rss_peak_bytes);
	cells[11].change = cells[12].change = CHANGE("io", FIGURE_SIZE, io_bytes);
	command_cells(view, group, &cells[13]);
}

static void alone_row(const struct report_view *view, enum difference_kind kind, size_t row,
		      union report_cell *cells)
{
	const struct align_group *group = group_at(view, kind, row);
	const struct align_sum *sum = &group->sum[kind == DIFFERENCE_NEW];

	cells[0].count = sum->count;
	cells[1].count = sum->processes;
	cells[2].ns = (int64_t)sum->cpu_ns;
	cells[3].ns = (int64_t)sum->wall_ns;
	cells[4].bytes = sum->rss_peak_bytes;
	cells[5].bytes = sum->io_bytes;
	command_cells(view, group, &cells[6]);
}

static void size_row(const struct report_view *view, enum difference_kind kind, size_t row,
		     union report_cell *cells)
{
	const struct align_group *group = group_at(view, kind, row);

	cells[0].count = group->sum[ALIGN_AFTER].count;
	for (int i = 1; i < 5; i++)
		cells[i].change = kind == DIFFERENCE_IO
					  ? CHANGE("io", FIGURE_SIZE, io_bytes)
					  : CHANGE("peak_rss", FIGURE_SIZE, rss_peak_bytes);
	command_cells(view, group, &cells[5]);
}

/* What a section asks, for each kind. */
#define KIND(name, kind, kind_row)                                                                 \
	static size_t name##_count(const struct report_view *view)                                 \
	{                                                                                          \
		return view->diff->difference->count[kind];                                        \
	}                                                                                          \
	static void name##_row(const struct report_view *view, size_t row,                         \
			       union report_cell *cells)                                           \
	{                                                                                          \
		kind_row(view, kind, row, cells);                                                  \
	}

KIND(slower, DIFFERENCE_SLOWER, changed_row)
KIND(faster, DIFFERENCE_FASTER, changed_row)
KIND(new, DIFFERENCE_NEW, alone_row)
KIND(vanished, DIFFERENCE_VANISHED, alone_row)
KIND(memory, DIFFERENCE_MEMORY, size_row)
KIND(io, DIFFERENCE_IO, size_row)

/* Rows of many members are more than clang-format can align. */
/* clang-format off */
#define COMMAND_COLUMNS_OF                                                                         \
	{"below", NULL, REPORT_RUN}, {"was", NULL, REPORT_WAS}, {"process", "COMMAND", REPORT_RUN}

#define CHANGED_COLUMNS                                                                            \
	{"count", "COUNT", REPORT_COUNT}, {"cpu_before_ns", "CPU", REPORT_BEFORE},                 \
	{"cpu_after_ns", "NOW", REPORT_AFTER}, {"cpu_change", "CHANGE", REPORT_PERCENT},           \
	{"own_before_ns", "TIME", REPORT_BEFORE}, {"own_after_ns", "NOW", REPORT_AFTER},           \
	{"own_change", "CHANGE", REPORT_PERCENT}, {"wall_before_ns", NULL, REPORT_BEFORE},         \
	{"wall_after_ns", NULL, REPORT_AFTER}, {"rss_peak_before_bytes", NULL, REPORT_BEFORE},     \
	{"rss_peak_after_bytes", NULL, REPORT_AFTER}, {"io_before_bytes", NULL, REPORT_BEFORE},    \
	{"io_after_bytes", NULL, REPORT_AFTER}, COMMAND_COLUMNS_OF

#define ALONE_COLUMNS                                                                              \
	{"count", "COUNT", REPORT_COUNT}, {"processes", "PROCESSES", REPORT_COUNT},                \
	{"cpu_ns", "CPU", REPORT_DURATION}, {"wall_ns", "WALL", REPORT_DURATION},                  \
	{"rss_peak_bytes", "PEAK", REPORT_BYTES}, {"io_bytes", "I/O", REPORT_BYTES},               \
	COMMAND_COLUMNS_OF

#define SIZE_COLUMNS                                                                               \
	{"count", "COUNT", REPORT_COUNT}, {"before_bytes", "BEFORE", REPORT_BEFORE},               \
	{"after_bytes", "AFTER", REPORT_AFTER}, {"difference_bytes", "CHANGE", REPORT_DIFFERENCE}, \
	{"change", "", REPORT_PERCENT}, COMMAND_COLUMNS_OF

const struct report_section diff_sections[] = {
	{"fail_if", "Fail if", "", SECTION_WHOLE,
	 {{"fails", "", REPORT_FAILS}, {"condition", "CONDITION", REPORT_CONDITION},
	  {"difference", "CHANGE", REPORT_DIFFERENCE}, {"change", "", REPORT_PERCENT}},
	 condition_count, condition_row, NULL, NULL},
	{"totals", "Totals", "", SECTION_WHOLE,
	 {{"figure", "", REPORT_FIGURE}, {"before", "BEFORE", REPORT_BEFORE},
	  {"after", "AFTER", REPORT_AFTER}, {"difference", "CHANGE", REPORT_DIFFERENCE},
	  {"change", "", REPORT_PERCENT}},
	 total_count, total_row, NULL, NULL},
	{"slower", "Slower", "in CPU, else in time without children, the largest change first", SECTION_BAD,
	 {CHANGED_COLUMNS}, slower_count, slower_row, NULL, NULL},
	{"faster", "Faster", "in CPU, else in time without children, the largest change first", SECTION_GOOD,
	 {CHANGED_COLUMNS}, faster_count, faster_row, NULL, NULL},
	{"new", "New", "with all below it, what cost the most first", 0,
	 {ALONE_COLUMNS}, new_count, new_row, NULL, NULL},
	{"vanished", "Vanished", "with all below it, what cost the most first", SECTION_BEFORE,
	 {ALONE_COLUMNS}, vanished_count, vanished_row, NULL, NULL},
	{"memory", "Memory", "the peak of one process, the largest change first", 0,
	 {SIZE_COLUMNS}, memory_count, memory_row, NULL, NULL},
	{"io", "Storage", "read and written, the largest change first", 0,
	 {SIZE_COLUMNS}, io_count, io_row, NULL, NULL},
};
/* clang-format on */
const unsigned diff_section_count = sizeof diff_sections / sizeof *diff_sections;
