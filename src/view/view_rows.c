/*
 * Which rows are shown, in which order, and who is selected. Key decision: this is done once a round
 * (and when a key changes it), over pointers; drawing touches only what is in sight.
 */
#include "base/mem.h"
#include "view/view_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct view_row *view_row_of(const struct view *view, uint64_t id)
{
	struct view_row *row;

	HASH_FIND(hh, view->rows, &id, sizeof id, row);
	return row;
}

/* ---- order ---- */

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static double now_of(const struct view_row *row, enum track_measure measure)
{
	return row->of.series[measure].known ? row->of.series[measure].now : 0;
}

/* The busiest first, then the largest, then who lives, then who ended last, then who came first. */
static int compare_rest(const struct view_row *a, const struct view_row *b)
{
	int64_t a_end = a->of.end_ns ? a->of.end_ns : INT64_MAX;
	int64_t b_end = b->of.end_ns ? b->of.end_ns : INT64_MAX;
	int r = compare_numbers(now_of(b, TRACK_CPU), now_of(a, TRACK_CPU));

	if (r == 0)
		r = compare_numbers(now_of(b, TRACK_RSS), now_of(a, TRACK_RSS));
	if (r == 0)
		r = (b_end > a_end) - (b_end < a_end);
	return r ? r : (a->of.id > b->of.id) - (a->of.id < b->of.id);
}

static int compare_texts(const struct view *view, const struct view_row *a,
			 const struct view_row *b)
{
	struct buf texts[2] = {BUF_INIT, BUF_INIT};
	int r;

	view->order->text(view, a, &texts[0]);
	view->order->text(view, b, &texts[1]);
	r = strcmp(buf_cstr(&texts[0]), buf_cstr(&texts[1]));
	buf_deinit(&texts[0]);
	buf_deinit(&texts[1]);
	return r;
}

/* The unknown comes last, whichever way round. */
static int compare_rows(const void *one, const void *other, void *context)
{
	const struct view *view = context;
	const struct view_row *a = *(struct view_row *const *)one;
	const struct view_row *b = *(struct view_row *const *)other;
	int r;

	if (!view->order->value)
		r = compare_texts(view, a, b);
	else if (isnan(a->key) || isnan(b->key))
		return isnan(a->key) && isnan(b->key) ? compare_rest(a, b)
						      : isnan(a->key) - isnan(b->key);
	else
		r = compare_numbers(a->key, b->key);
	if (r == 0)
		return compare_rest(a, b);
	return view->ascending ? r : -r;
}

/* ---- tree ---- */

/* The nearest of its ancestors that is shown. As many steps as a tree can be deep. */
static struct view_row *shown_parent(const struct view *view, const struct view_row *row)
{
	struct view_row *up = row->parent_id ? view_row_of(view, row->parent_id) : NULL;

	for (unsigned steps = 0; up && !up->placed && steps < 64; steps++)
		up = up->parent_id ? view_row_of(view, up->parent_id) : NULL;
	return up && up->placed && up != row ? up : NULL;
}

/* Links the shown rows, siblings in their order. `placed` means on entry: it is shown. */
static void link_tree(struct view *view)
{
	for (size_t i = 0; i < view->shown_count; i++) {
		struct view_row *row = view->shown[i];

		row->up = row->first_child = row->last_child = row->sibling = NULL;
		row->placed = true;
	}
	for (size_t i = 0; i < view->shown_count; i++) {
		struct view_row *row = view->shown[i], *up = shown_parent(view, row);

		row->up = up;
		if (!up)
			continue;
		if (up->last_child)
			up->last_child->sibling = row;
		else
			up->first_child = row;
		up->last_child = row;
	}
}

/* Who comes behind it in the tree that begins at `root`; NULL: that was all of it. */
static struct view_row *next_in_tree(struct view_row *row, const struct view_row *root)
{
	if (row->first_child)
		return row->first_child;
	while (row && row != root && !row->sibling)
		row = row->up;
	return row && row != root ? row->sibling : NULL;
}

/* Depth first. Whom a circle of parents keeps from every root is put at the end, as it is. */
static void order_tree(struct view *view)
{
	size_t count = view->shown_count, at = 0;
	struct view_row **ordered = mem_alloc((count + 1) * sizeof(struct view_row *));

	link_tree(view);
	for (size_t i = 0; i < count; i++) {
		struct view_row *root = view->shown[i];

		for (struct view_row *row = root->up ? NULL : root; row;
		     row = next_in_tree(row, root)) {
			row->placed = false;
			ordered[at++] = row;
		}
	}
	for (size_t i = 0; i < count; i++) {
		struct view_row *row = view->shown[i];

		if (!row->placed)
			continue;
		row->placed = false;
		row->up = NULL;
		ordered[at++] = row;
	}
	free(view->shown);
	view->shown = ordered;
	view->shown_capacity = count + 1;
}

/* ---- what is shown ---- */

static void show(struct view *view, struct view_row *row)
{
	double value;

	if (view->shown_count == view->shown_capacity) {
		view->shown_capacity = view->shown_capacity ? 2 * view->shown_capacity : 256;
		view->shown =
			mem_realloc(view->shown, view->shown_capacity, sizeof(struct view_row *));
	}
	row->key = view->order->value && view_column_value(view->order, view, row, &value) ? value
											   : NAN;
	view->shown[view->shown_count++] = row;
}

/* Who is selected stays it wherever it stands now; when it is not shown any more, its place does. */
static void select_again(struct view *view)
{
	if (view->selected_id == 0)
		view->selected = 0;
	for (size_t i = 0; view->selected_id && i < view->shown_count; i++) {
		if (view->shown[i]->of.id == view->selected_id) {
			view->selected = i;
			return;
		}
	}
	if (view->selected >= view->shown_count)
		view->selected = view->shown_count ? view->shown_count - 1 : 0;
	if (view->selected_id)
		view_select(view, view->selected);
}

/* Those are the children of the second process of a machine, and have no arguments. */
static bool is_of_kernel(const struct view_row *row)
{
	return (row->of.pid == 2 || row->of.ppid == 2) && row->of.argv.n == 0;
}

static bool is_shown(const struct view *view, const struct view_row *row)
{
	return row->chosen && !(view->hide_ended && row->of.end_ns) &&
	       !(view->hide_kernel && is_of_kernel(row));
}

void view_arrange(struct view *view)
{
	view->shown_count = 0;
	for (struct view_row *row = view->rows; row; row = row->hh.next)
		if (is_shown(view, row))
			show(view, row);
	if (view->shown_count > 0)
		qsort_r(view->shown, view->shown_count, sizeof(struct view_row *), compare_rows,
			view);
	if (view->tree)
		order_tree(view);
	select_again(view);
}

void view_select(struct view *view, size_t index)
{
	if (index >= view->shown_count)
		index = view->shown_count ? view->shown_count - 1 : 0;
	view->selected = index;
	view->selected_id = view->shown_count ? view->shown[index]->of.id : 0;
}

/* ---- search ---- */

static bool matches(const struct view_row *row, const char *wanted)
{
	struct buf text = BUF_INIT;
	bool found;

	buf_add_i64(&text, row->of.pid);
	buf_add_char(&text, ' ');
	buf_add_str(&text, row->of.name);
	buf_add_char(&text, ' ');
	view_add_command(row, &text);
	found = strcasestr(buf_cstr(&text), wanted);
	buf_deinit(&text);
	return found;
}

bool view_find(struct view *view, size_t from, bool backwards)
{
	size_t count = view->shown_count;
	const char *wanted = buf_cstr(&view->search);

	for (size_t i = 0; i < count && *wanted; i++) {
		size_t at = (from + (backwards ? count - i : i)) % count;

		if (!matches(view->shown[at], wanted))
			continue;
		view_select(view, at);
		return true;
	}
	return false;
}
