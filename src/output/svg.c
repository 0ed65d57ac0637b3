/*
 * A still picture of a recording, for a README: a bar for each of the longest lives, in the order of
 * the tree, over an axis of time. Key decision: it depends on the recording only, so that the same
 * recording gives the same bytes; nothing in it moves, loads or runs.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "output/common.h"
#include "output/forest.h"
#include "output/formats.h"
#include "output/value.h"
#include "output/xml_text.h"

#include <stdlib.h>

#define LANES       60
#define WIDTH       1000
#define MARGIN      12
#define LABELS      280 /* the column of names */
#define LANE_HEIGHT 18
#define HEAD_HEIGHT 58
#define FOOT_HEIGHT 34
#define INDENT      8
#define INDENT_MAX  12 /* levels that are drawn */
#define CHAR_WIDTH  6.7
#define TICKS_MAX   10

struct svg {
	struct output output;
	int64_t last_ns;
	struct buf text; /* scratch */
};

struct picture {
	const struct forest *forest;
	const struct run *run;
	struct buf *out, *text;
	int64_t begin_ns, end_ns;
	unsigned lanes;
	struct forest_fold fold;
};

/* ---- who is shown ---- */

struct candidate {
	size_t node;
	int64_t life_ns;
};

static int longest_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->life_ns != y->life_ns)
		return x->life_ns > y->life_ns ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Leaves the longest lives shown, and sums up the others. */
static void choose(struct picture *picture, struct forest *forest)
{
	struct candidate *candidates = mem_alloc((forest->count + 1) * sizeof *candidates);
	size_t count = 0;

	for (size_t i = 0; i < forest->count; i++)
		if (forest->nodes[i].shown)
			candidates[count++] = (struct candidate){
				i, forest->nodes[i].end_ns - forest->nodes[i].begin_ns};
	if (count > 1)
		qsort(candidates, count, sizeof *candidates, longest_first);
	for (size_t i = LANES; i < count; i++)
		forest->nodes[candidates[i].node].shown = false;
	free(candidates);
	picture->begin_ns = forest->begin_ns;
	picture->end_ns = forest->begin_ns + 1;
	for (size_t i = 0; i < forest->count; i++) {
		const struct forest_node *node = &forest->nodes[i];

		picture->lanes += node->shown;
		if (!node->shown)
			forest_fold_add(&picture->fold, node);
		if (node->end_ns > picture->end_ns)
			picture->end_ns = node->end_ns;
	}
}

/* ---- drawing ---- */

static double x_of(const struct picture *picture, int64_t time_ns)
{
	return MARGIN + LABELS +
	       (WIDTH - 2 * MARGIN - LABELS) * (double)(time_ns - picture->begin_ns) /
		       (double)(picture->end_ns - picture->begin_ns);
}

static unsigned height(const struct picture *picture)
{
	return HEAD_HEIGHT + picture->lanes * LANE_HEIGHT + FOOT_HEIGHT;
}

static const char style[] = "<style>\n"
			    "text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#24292f}\n"
			    ".title{font-size:14px;font-weight:bold}\n"
			    ".dim{fill:#6e7781}\n"
			    ".ok{fill:#4c8dd6}\n"
			    ".failed{fill:#d1242f}\n"
			    ".living{fill:#d4a72c}\n"
			    "</style>\n";

static void add_head(struct picture *picture)
{
	struct buf *out = picture->out;

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		   "viewBox=\"0 0 %u %u\" role=\"img\">\n",
		   WIDTH, height(picture), WIDTH, height(picture));
	buf_add_text(out, style);
	buf_printf(out,
		   "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#ffffff\"/>\n"
		   "<text class=\"title\" x=\"%u\" y=\"24\">",
		   MARGIN);
	buf_clear(picture->text);
	value_add_run(picture->text, picture->run);
	xml_add_text_cut(out, buf_str(picture->text), 110);
	buf_add_text(out, "</text>\n");
}

/* A step of 1, 2 or 5 times a power of ten, so that there are ten marks at most. */
static int64_t tick_ns(const struct picture *picture)
{
	static const int64_t steps[] = {1, 2, 5};
	int64_t length_ns = picture->end_ns - picture->begin_ns;

	for (int64_t power = 1; power < INT64_MAX / 50; power *= 10)
		for (size_t i = 0; i < 3; i++)
			if (length_ns / (power * steps[i]) <= TICKS_MAX)
				return power * steps[i];
	return length_ns;
}

static void add_axis(struct picture *picture)
{
	const int64_t step_ns = tick_ns(picture);
	const unsigned bottom = HEAD_HEIGHT + picture->lanes * LANE_HEIGHT;

	for (int64_t at = 0; at <= picture->end_ns - picture->begin_ns; at += step_ns) {
		double x = x_of(picture, picture->begin_ns + at);

		buf_printf(picture->out,
			   "<line x1=\"%.1f\" y1=\"%u\" x2=\"%.1f\" y2=\"%u\" stroke=\"#d0d7de\"/>"
			   "<text class=\"dim\" x=\"%.1f\" y=\"%u\" text-anchor=\"middle\">",
			   x, HEAD_HEIGHT - 6, x, bottom, x, HEAD_HEIGHT - 12);
		if (at == 0)
			buf_add_char(picture->out, '0');
		else
			units_add_duration(picture->out, at);
		buf_add_text(picture->out, "</text>\n");
	}
}

static const char *bar_class(const struct proc *proc)
{
	if (status_failed(proc->status))
		return "failed";
	return value_living(proc) ? "living" : "ok";
}

/* "cc a.c: 4.00ms, CPU 3.00ms, exit 1" */
static void add_title(struct picture *picture, const struct forest_node *node)
{
	const struct usage used = proc_used(node->proc);
	struct buf *out = picture->out;

	buf_printf(out, "<title>%d ", node->proc->pid);
	buf_clear(picture->text);
	value_add_process(picture->text, node->proc, COMMAND_SHORT, 160);
	xml_add_text(out, buf_str(picture->text));
	buf_add_text(out, ": ");
	units_add_duration(out, node->end_ns - node->begin_ns);
	if (usage_cpu_ns(&used) > 0) {
		buf_add_text(out, ", CPU ");
		units_add_duration(out, (int64_t)usage_cpu_ns(&used));
	}
	if (value_living(node->proc)) {
		buf_add_text(out, ", running");
	} else if (status_failed(node->proc->status)) {
		buf_add_text(out, ", ");
		value_add_failure(out, node->proc);
	}
	buf_add_text(out, "</title>");
}

static void add_lane(struct picture *picture, const struct forest_node *node, unsigned lane)
{
	const unsigned y = HEAD_HEIGHT + lane * LANE_HEIGHT;
	const unsigned level = node->depth - 1 < INDENT_MAX ? node->depth - 1 : INDENT_MAX;
	const unsigned left = MARGIN + level * INDENT;
	const double begin = x_of(picture, node->begin_ns), end = x_of(picture, node->end_ns);

	buf_add_text(picture->out, "<g>");
	add_title(picture, node);
	buf_printf(picture->out, "<text x=\"%u\" y=\"%u\">", left, y + 13);
	buf_clear(picture->text);
	value_add_process(picture->text, node->proc, COMMAND_SHORT, 160);
	xml_add_text_cut(picture->out, buf_str(picture->text),
			 (size_t)((MARGIN + LABELS - 8 - left) / CHAR_WIDTH));
	buf_printf(picture->out,
		   "</text><rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\" "
		   "rx=\"2\"/></g>\n",
		   bar_class(node->proc), begin, y + 3, end - begin > 1 ? end - begin : 1,
		   LANE_HEIGHT - 6);
}

static void add_foot(struct picture *picture)
{
	const struct forest_fold *fold = &picture->fold;
	struct buf *out = picture->out;

	buf_printf(out, "<text class=\"dim\" x=\"%u\" y=\"%u\">", MARGIN, height(picture) - 12);
	value_add_count(out, picture->forest->count);
	buf_add_text(out, picture->forest->count == 1 ? " process in " : " processes in ");
	units_add_duration(out, picture->end_ns - picture->begin_ns);
	if (fold->count > 0) {
		buf_add_text(out, "; not drawn: ");
		value_add_count(out, fold->count);
		buf_add_text(out, " of ");
		units_add_duration(out, fold->longest_ns);
		buf_add_text(out, " at most");
	}
	if (fold->failures > 0) {
		buf_add_text(out, ", ");
		value_add_count(out, fold->failures);
		buf_add_text(out, " failed");
	}
	buf_add_text(out, "</text>\n</svg>\n");
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct svg *svg = (struct svg *)sink;

	if (record->time_ns > svg->last_ns)
		svg->last_ns = record->time_ns;
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct svg *svg = (struct svg *)sink;
	const struct output_options *options = &svg->output.options;
	struct forest forest;
	struct picture picture = {
		.forest = &forest,
		.run = run,
		.out = &svg->output.file.pending,
		.text = &svg->text,
	};
	unsigned lane = 0;

	forest_init(&forest, table, run, svg->last_ns);
	forest_fold(&forest, options->min_duration_ns, options->max_depth);
	choose(&picture, &forest);
	add_head(&picture);
	add_axis(&picture);
	for (size_t i = 0; i < forest.count; i++)
		if (forest.nodes[i].shown)
			add_lane(&picture, &forest.nodes[i], lane++);
	add_foot(&picture);
	forest_deinit(&forest);
	return output_commit(&svg->output, err);
}

static void on_free(struct sink *sink)
{
	buf_deinit(&((struct svg *)sink)->text);
	output_free(sink);
}

static const struct sink_ops svg_ops = {
	.name = "svg",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *svg_create(const struct output_options *options)
{
	return output_new(sizeof(struct svg), &svg_ops, options);
}

const struct output_format output_svg = {
	.name = "svg",
	.summary = "a still timeline of the 60 longest lives, for a README",
	.create = svg_create,
};
