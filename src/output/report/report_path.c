/*
 * The critical path on one line. Key decision: its longest steps in order of time, what lies between
 * two of them as one sum, so that the line is as long for ten thousand steps as for ten.
 */
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "output/report/report_view.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t length(const struct critical_step *step)
{
	return step->end_ns - step->begin_ns;
}

static int longest_first(const void *a, const void *b)
{
	const struct critical_step *const *x = a, *const *y = b;

	if (length(*x) != length(*y))
		return length(*x) > length(*y) ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static bool *choose(const struct critical *path, size_t steps)
{
	const struct critical_step **order = mem_alloc((path->count + 1) * sizeof *order);
	bool *chosen = mem_alloc(path->count + 1);

	for (size_t i = 0; i < path->count; i++)
		order[i] = &path->steps[i];
	if (path->count > 1)
		qsort(order, path->count, sizeof *order, longest_first);
	for (size_t i = 0; i < path->count && i < steps; i++)
		chosen[order[i] - path->steps] = true;
	free(order);
	return chosen;
}

static void add_step(struct buf *out, const struct report_view *view, const char *name, int64_t ns)
{
	bool ascii = view->options->output.ascii;

	if (out->n > 0)
		buf_add_text(out, ascii ? " -> " : " → ");
	buf_add_text(out, name);
	buf_add_char(out, ' ');
	units_add_duration(out, ns);
}

static void add_rest(struct buf *out, const struct report_view *view, size_t *count, int64_t *ns)
{
	char name[32];

	if (*count == 0)
		return;
	snprintf(name, sizeof name, "%zu %s", *count, *count == 1 ? "other" : "others");
	add_step(out, view, name, *ns);
	*count = 0;
	*ns = 0;
}

void report_add_path(struct buf *out, const struct report_view *view)
{
	unsigned top = view->options->top ? view->options->top : REPORT_TOP;
	const struct critical *path = &view->report->path;
	bool *chosen = choose(path, 2 * (size_t)top);
	struct buf line = BUF_INIT, name = BUF_INIT;
	int64_t rest_ns = 0;
	size_t rest = 0;

	for (size_t i = 0; i < path->count; i++) {
		const struct critical_step *step = &path->steps[i];
		union report_cell cell = {.text = HISTORY_NONE};

		if (!chosen[i]) {
			rest++;
			rest_ns += length(step);
			continue;
		}
		add_rest(&line, view, &rest, &rest_ns);
		if (step->life < view->history->count)
			cell.text = view->history->lives[step->life].program;
		buf_clear(&name);
		if (step->life < view->history->count)
			report_add_cell(&name, view, REPORT_NAME, cell, 24);
		else
			buf_add_text(&name, "(nobody)");
		add_step(&line, view, buf_cstr(&name), length(step));
	}
	add_rest(&line, view, &rest, &rest_ns);
	buf_add_str(out, buf_str(&line));
	buf_deinit(&line);
	buf_deinit(&name);
	free(chosen);
}
