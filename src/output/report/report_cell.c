/* Cells: each type as text and as JSON, a row each. */
#include "base/text.h"
#include "base/units.h"
#include "model/status.h"
#include "output/diff/diff_view.h"
#include "output/report/report_view.h"
#include "output/value.h"

#include <math.h>

static const struct history_life *life_of(const struct report_view *view, union report_cell cell)
{
	return cell.life < view->history->count ? &view->history->lives[cell.life] : NULL;
}

/* ---- text ---- */

static void add_count(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	value_add_count(out, cell.count);
}

static void add_duration(struct buf *out, const struct report_view *view, union report_cell cell,
			 size_t columns)
{
	units_add_duration(out, cell.ns);
}

static void add_moment(struct buf *out, const struct report_view *view, union report_cell cell,
		       size_t columns)
{
	int64_t ns = cell.ns - view->report->busy.begin_ns;

	buf_add_char(out, ns < 0 ? '-' : '+');
	if (ns == 0)
		buf_add_text(out, "0s");
	else
		units_add_duration(out, ns < 0 ? -ns : ns);
}

static void add_ratio(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	if (cell.ratio > 0 && cell.ratio < 0.005)
		buf_add_text(out, "<1%");
	else
		buf_printf(out, "%.0f%%", 100 * cell.ratio);
}

static void add_bytes(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	if (cell.bytes)
		units_add_bytes(out, cell.bytes);
}

static void add_name(struct buf *out, const struct report_view *view, union report_cell cell,
		     size_t columns)
{
	struct str name = history_text(view->history, cell.text);

	text_add_safe_cut(out, name.n ? name : STR("(not known)"), columns);
}

static void add_command(struct buf *out, const struct report_view *view, union report_cell cell,
			size_t columns)
{
	const struct proc_exec image = {.argv = history_text(view->history, cell.text)};

	value_add_command(out, &image, COMMAND_SHORT, columns);
}

static void add_process(struct buf *out, const struct report_view *view, union report_cell cell,
			size_t columns)
{
	const struct history_life *life = life_of(view, cell);
	size_t before = out->n;

	if (!life) {
		buf_add_text(out, "(nobody was there)");
		return;
	}
	buf_printf(out, "[%d] %s", life->pid, life->inherited ? "(fork) " : "");
	before = out->n - before;
	add_command(out, view, (union report_cell){.text = life->command},
		    columns > before + 8 ? columns - before : 8);
}

static void add_ending(struct buf *out, const struct report_view *view, union report_cell cell,
		       size_t columns)
{
	const struct history_life *life = life_of(view, cell);

	if (life && life->living)
		buf_add_text(out, "running");
	else if (life)
		value_add_status(out, life->status, life->core_dumped);
}

static void add_killer(struct buf *out, const struct report_view *view, union report_cell cell,
		       size_t columns)
{
	const struct history_life *life = life_of(view, cell);

	if (!life || life->killer_pid == 0)
		return;
	buf_printf(out, "[%d] ", life->killer_pid);
	text_add_safe_cut(out, history_text(view->history, life->killer), columns);
}

static const struct budget_bound *bound_of(const struct report_view *view, union report_cell cell)
{
	return &view->options->budget->bounds[cell.bound];
}

static void add_bound(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	budget_add_bound(out, bound_of(view, cell));
}

static void add_holds(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	buf_add_text(out, budget_holds(bound_of(view, cell), view->report) ? "ok" : "BROKEN");
}

static void add_found(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	const struct figure *figure = bound_of(view, cell)->figure;

	if (figure_is_known(figure, view->report))
		figure_add_value(out, figure->unit, figure_value(figure, view->report));
	else
		buf_add_text(out, "not known");
}

static void add_figure(struct buf *out, const struct report_view *view, union report_cell cell,
		       size_t columns)
{
	buf_add_text(out, cell.figure->name);
}

static void add_value(struct buf *out, const struct figure_change *change, int side)
{
	if (change->known[side])
		figure_add_value(out, change->unit, change->value[side]);
}

static void add_before(struct buf *out, const struct report_view *view, union report_cell cell,
		       size_t columns)
{
	add_value(out, &cell.change, ALIGN_BEFORE);
}

static void add_after(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	add_value(out, &cell.change, ALIGN_AFTER);
}

static void add_difference(struct buf *out, const struct report_view *view, union report_cell cell,
			   size_t columns)
{
	int64_t difference = figure_change_difference(&cell.change);

	if (!figure_change_known(&cell.change)) {
		buf_add_text(out, "not known");
		return;
	}
	if (difference != 0)
		buf_add_char(out, difference < 0 ? '-' : '+');
	figure_add_value(out, cell.change.unit,
			 (uint64_t)(difference < 0 ? -difference : difference));
}

/* Of nothing, there is no part. */
static bool has_ratio(const struct figure_change *change)
{
	return figure_change_known(change) && isfinite(figure_change_ratio(change));
}

static void add_percent(struct buf *out, const struct report_view *view, union report_cell cell,
			size_t columns)
{
	double percent = 100 * figure_change_ratio(&cell.change);

	if (has_ratio(&cell.change))
		buf_printf(out,
			   percent == 0           ? "%.0f%%"
			   : fabs(percent) < 9.95 ? "%+.1f%%"
						  : "%+.0f%%",
			   percent);
}

static void add_run(struct buf *out, const struct report_view *view, union report_cell cell,
		    size_t columns)
{
	const struct history_life *life = life_of(view, cell);

	if (!life)
		return;
	buf_add_text(out, life->inherited ? "(fork) " : "");
	add_command(out, view, (union report_cell){.text = life->command}, columns);
}

static void add_was(struct buf *out, const struct report_view *view, union report_cell cell,
		    size_t columns)
{
	add_run(out, view->diff->sides[ALIGN_BEFORE], cell, columns);
}

static const struct condition *condition_of(const struct report_view *view, union report_cell cell)
{
	return &view->diff->conditions->items[cell.condition];
}

static bool fails(const struct report_view *view, union report_cell cell)
{
	const struct condition *condition = condition_of(view, cell);
	const struct figure_change change = figure_change(condition->figure, view->diff->reports);

	return condition_holds(condition, &change);
}

static void add_condition(struct buf *out, const struct report_view *view, union report_cell cell,
			  size_t columns)
{
	condition_add(out, condition_of(view, cell));
}

static void add_fails(struct buf *out, const struct report_view *view, union report_cell cell,
		      size_t columns)
{
	buf_add_text(out, fails(view, cell) ? "FAILS" : "ok");
}

/* ---- JSON ---- */

static void json_count(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_u64(j, cell.count);
}

static void json_duration(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_i64(j, cell.ns);
}

static void json_moment(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_i64(j, cell.ns - view->report->busy.begin_ns);
}

static void json_ratio(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_double(j, cell.ratio);
}

static void json_name(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_str(j, history_text(view->history, cell.text));
}

static void json_words(struct json *j, const struct report_view *view, union report_cell cell)
{
	struct str words = history_text(view->history, cell.text), word;

	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

static void json_process(struct json *j, const struct report_view *view, union report_cell cell)
{
	const struct history_life *life = life_of(view, cell);

	if (!life) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	json_key(j, "pid"), json_i64(j, life->pid);
	json_key(j, "command");
	json_words(j, view, (union report_cell){.text = life->command});
	json_key(j, "fork"), json_bool(j, life->inherited);
	json_close(j, '}');
}

static void json_ending(struct json *j, const struct report_view *view, union report_cell cell)
{
	const struct history_life *life = life_of(view, cell);
	struct ending ending = status_decode(life ? life->status : STATUS_UNKNOWN);

	if (!life || life->living || !ending.known) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	if (ending.signal) {
		json_key(j, "signal"), json_text(j, signal_name(ending.signal));
		json_key(j, "signal_number"), json_i64(j, ending.signal);
		json_key(j, "core_dumped"), json_bool(j, life->core_dumped);
	} else {
		json_key(j, "exit_code"), json_i64(j, ending.exit_code);
	}
	json_close(j, '}');
}

static void json_killer(struct json *j, const struct report_view *view, union report_cell cell)
{
	const struct history_life *life = life_of(view, cell);

	if (!life || life->killer_pid == 0) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	json_key(j, "pid"), json_i64(j, life->killer_pid);
	json_key_str(j, "name", history_text(view->history, life->killer));
	json_close(j, '}');
}

static void json_bound(struct json *j, const struct report_view *view, union report_cell cell)
{
	struct buf text = BUF_INIT;

	budget_add_bound(&text, bound_of(view, cell));
	json_str(j, buf_str(&text));
	buf_deinit(&text);
}

static void json_holds(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_bool(j, budget_holds(bound_of(view, cell), view->report));
}

static void json_found(struct json *j, const struct report_view *view, union report_cell cell)
{
	const struct figure *figure = bound_of(view, cell)->figure;

	if (figure_is_known(figure, view->report))
		json_u64(j, figure_value(figure, view->report));
	else
		json_null(j);
}

static void json_figure(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_text(j, cell.figure->json);
}

static void json_value(struct json *j, const struct figure_change *change, int side)
{
	if (change->known[side])
		json_u64(j, change->value[side]);
	else
		json_null(j);
}

static void json_before(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_value(j, &cell.change, ALIGN_BEFORE);
}

static void json_after(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_value(j, &cell.change, ALIGN_AFTER);
}

static void json_difference(struct json *j, const struct report_view *view, union report_cell cell)
{
	if (figure_change_known(&cell.change))
		json_i64(j, figure_change_difference(&cell.change));
	else
		json_null(j);
}

static void json_percent(struct json *j, const struct report_view *view, union report_cell cell)
{
	if (has_ratio(&cell.change))
		json_double(j, figure_change_ratio(&cell.change));
	else
		json_null(j);
}

static void json_run(struct json *j, const struct report_view *view, union report_cell cell)
{
	const struct history_life *life = life_of(view, cell);

	if (!life) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	json_key(j, "command");
	json_words(j, view, (union report_cell){.text = life->command});
	json_key(j, "fork"), json_bool(j, life->inherited);
	json_close(j, '}');
}

static void json_was(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_run(j, view->diff->sides[ALIGN_BEFORE], cell);
}

static void json_condition(struct json *j, const struct report_view *view, union report_cell cell)
{
	struct buf text = BUF_INIT;

	condition_add(&text, condition_of(view, cell));
	json_str(j, buf_str(&text));
	buf_deinit(&text);
}

static void json_fails(struct json *j, const struct report_view *view, union report_cell cell)
{
	json_bool(j, fails(view, cell));
}

/* ---- the types ---- */

static const struct {
	void (*add)(struct buf *out, const struct report_view *view, union report_cell cell,
		    size_t columns);
	void (*json)(struct json *j, const struct report_view *view, union report_cell cell);
	bool number;
} types[] = {
	[REPORT_COUNT] = {add_count,      json_count,      true },
	[REPORT_DURATION] = {add_duration,   json_duration,   true },
	[REPORT_MOMENT] = {add_moment,     json_moment,     true },
	[REPORT_RATIO] = {add_ratio,      json_ratio,      true },
	[REPORT_BYTES] = {add_bytes,      json_count,      true },
	[REPORT_NAME] = {add_name,       json_name,       false},
	[REPORT_COMMAND] = {add_command,    json_words,      false},
	[REPORT_PROCESS] = {add_process,    json_process,    false},
	[REPORT_ENDING] = {add_ending,     json_ending,     false},
	[REPORT_KILLER] = {add_killer,     json_killer,     false},
	[REPORT_BOUND] = {add_bound,      json_bound,      false},
	[REPORT_HOLDS] = {add_holds,      json_holds,      false},
	[REPORT_FOUND] = {add_found,      json_found,      true },
	[REPORT_FIGURE] = {add_figure,     json_figure,     false},
	[REPORT_BEFORE] = {add_before,     json_before,     true },
	[REPORT_AFTER] = {add_after,      json_after,      true },
	[REPORT_DIFFERENCE] = {add_difference, json_difference, true },
	[REPORT_PERCENT] = {add_percent,    json_percent,    true },
	[REPORT_RUN] = {add_run,        json_run,        false},
	[REPORT_WAS] = {add_was,        json_was,        false},
	[REPORT_CONDITION] = {add_condition,  json_condition,  false},
	[REPORT_FAILS] = {add_fails,      json_fails,      false},
};

bool report_is_number(enum report_type type)
{
	return types[type].number;
}

void report_add_cell(struct buf *out, const struct report_view *view, enum report_type type,
		     union report_cell cell, size_t columns)
{
	types[type].add(out, view, cell, columns);
}

void report_json_cell(struct json *j, const struct report_view *view, enum report_type type,
		      union report_cell cell)
{
	types[type].json(j, view, cell);
}
