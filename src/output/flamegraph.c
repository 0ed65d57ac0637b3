/*
 * A flame graph of who used the CPU: roots at the bottom, children above their parents, as wide as
 * the CPU time of all in it. Key decision: SVG that holds everything, with titles for the pointer
 * and no script, so that it may stand in any page; a colour belongs to a name, so that two graphs
 * can be compared.
 */
#include "base/hash.h"
#include "base/units.h"
#include "output/common.h"
#include "output/formats.h"
#include "output/stacks.h"
#include "output/value.h"
#include "output/xml_text.h"

#include <stdlib.h>

#define WIDTH        1200
#define MARGIN       10
#define FRAME_HEIGHT 18
#define HEAD_HEIGHT  44
#define FOOT_HEIGHT  26
#define INNER        (WIDTH - 2 * MARGIN)
#define CHAR_WIDTH   7.0   /* of the font, a little more than it takes */
#define SHARE_LEAST  0.001 /* of the width; narrower frames are not drawn */

struct flamegraph {
	struct output output;
	struct stacks stacks;
};

/* A stack and where it is drawn. */
struct frame {
	const struct stack *stack;
	uint64_t cpu_ns, lives; /* all that is in it */
	uint64_t left_ns;       /* where it begins */
	uint64_t filled_ns;     /* by children that have their place */
};

struct graph {
	struct frame *frames; /* by the index of the stack */
	const struct stack **order;
	uint32_t count;
	uint64_t cpu_ns;
	unsigned depth; /* of what is drawn */
	struct buf *out;
};

/* Parents in the order of their index, and the children of each by name. */
static int compare_stacks(const void *a, const void *b)
{
	const struct stack *x = *(const struct stack *const *)a,
			   *y = *(const struct stack *const *)b;
	const size_t least = x->name.n < y->name.n ? x->name.n : y->name.n;
	int r;

	if (x->parent != y->parent) {
		if (!x->parent || !y->parent)
			return x->parent ? 1 : -1;
		return x->parent->index < y->parent->index ? -1 : 1;
	}
	r = memcmp(x->name.p, y->name.p, least);
	if (r != 0)
		return r;
	return x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

static double share(const struct graph *graph, uint64_t ns)
{
	return graph->cpu_ns ? (double)ns / (double)graph->cpu_ns : 0;
}

static bool is_drawn(const struct graph *graph, const struct frame *frame)
{
	return frame->cpu_ns > 0 && share(graph, frame->cpu_ns) >= SHARE_LEAST;
}

/* Sums from the leaves down: children come after their parents. */
static void sum_up(struct graph *graph)
{
	for (uint32_t i = graph->count; i-- > 0;) {
		struct frame *frame = &graph->frames[i];
		const struct stack *parent = frame->stack->parent;

		frame->cpu_ns += frame->stack->own_ns;
		frame->lives += frame->stack->lives;
		if (parent) {
			graph->frames[parent->index].cpu_ns += frame->cpu_ns;
			graph->frames[parent->index].lives += frame->lives;
		} else {
			graph->cpu_ns += frame->cpu_ns;
		}
	}
}

/* A parent has its place before its children are asked for. */
static void place(struct graph *graph)
{
	uint64_t roots_ns = 0;

	for (uint32_t i = 0; i < graph->count; i++) {
		struct frame *frame = &graph->frames[graph->order[i]->index];
		const struct stack *parent = frame->stack->parent;
		struct frame *below = parent ? &graph->frames[parent->index] : NULL;
		uint64_t *filled = below ? &below->filled_ns : &roots_ns;

		frame->left_ns = (below ? below->left_ns : 0) + *filled;
		*filled += frame->cpu_ns;
		if (is_drawn(graph, frame) && frame->stack->depth > graph->depth)
			graph->depth = frame->stack->depth;
	}
}

/* ---- drawing ---- */

static unsigned height(const struct graph *graph)
{
	return HEAD_HEIGHT + graph->depth * FRAME_HEIGHT + FOOT_HEIGHT;
}

static void add_colour(struct graph *graph, struct str name)
{
	unsigned hash = hash_bytes(name.p, name.n);

	buf_printf(graph->out, "rgb(%u,%u,%u)", 205 + hash % 50, 80 + (hash >> 8) % 130,
		   (hash >> 16) % 55);
}

/* "cc: 1.20s CPU, 45.1%, 12 processes" */
static void add_title(struct graph *graph, const struct frame *frame)
{
	buf_add_text(graph->out, "<title>");
	xml_add_text(graph->out, frame->stack->name);
	buf_add_text(graph->out, ": ");
	units_add_duration(graph->out, (int64_t)frame->cpu_ns);
	buf_printf(graph->out, " CPU, %.1f%%, ", 100 * share(graph, frame->cpu_ns));
	value_add_count(graph->out, frame->lives);
	buf_add_text(graph->out, frame->lives == 1 ? " process</title>" : " processes</title>");
}

static void add_frame(struct graph *graph, const struct frame *frame)
{
	const double x = MARGIN + INNER * share(graph, frame->left_ns);
	const double width = INNER * share(graph, frame->cpu_ns);
	const unsigned y = HEAD_HEIGHT + (graph->depth - frame->stack->depth) * FRAME_HEIGHT;
	const double columns = (width - 6) / CHAR_WIDTH;

	buf_add_text(graph->out, "<g>");
	add_title(graph, frame);
	buf_printf(graph->out, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%u\" fill=\"", x,
		   y, width, FRAME_HEIGHT - 1);
	add_colour(graph, frame->stack->name);
	buf_add_text(graph->out, "\"/>");
	if (columns >= 3) {
		buf_printf(graph->out, "<text x=\"%.2f\" y=\"%u\">", x + 3, y + 13);
		xml_add_text_cut(graph->out, frame->stack->name, (size_t)columns);
		buf_add_text(graph->out, "</text>");
	}
	buf_add_text(graph->out, "</g>\n");
}

static void add_head(struct graph *graph, const struct run *run)
{
	struct buf *out = graph->out, command = BUF_INIT;

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		   "viewBox=\"0 0 %u %u\" font-family=\"monospace\" font-size=\"11\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fffdf7\"/>\n"
		   "<text x=\"%u\" y=\"26\" font-size=\"15\" text-anchor=\"middle\">",
		   WIDTH, height(graph), WIDTH, height(graph), WIDTH / 2);
	value_add_run(&command, run);
	xml_add_text_cut(out, buf_str(&command), 100);
	buf_deinit(&command);
	buf_add_text(out, "</text>\n");
}

static void add_foot(struct graph *graph)
{
	buf_printf(graph->out, "<text x=\"%u\" y=\"%u\" fill=\"#555\">", MARGIN, height(graph) - 9);
	if (graph->cpu_ns > 0) {
		units_add_duration(graph->out, (int64_t)graph->cpu_ns);
		buf_add_text(graph->out, " CPU; a frame is as wide as the CPU time of the program "
					 "and all that it started</text>\n</svg>\n");
	} else {
		buf_add_text(graph->out, "No CPU time was recorded.</text>\n</svg>\n");
	}
}

static int draw(struct flamegraph *flamegraph, struct graph *graph, struct error *err)
{
	int r = 0;

	sum_up(graph);
	qsort(graph->order, graph->count, sizeof(struct stack *), compare_stacks);
	place(graph);
	add_head(graph, flamegraph->output.run);
	for (uint32_t i = 0; i < graph->count && r == 0; i++) {
		const struct frame *frame = &graph->frames[graph->order[i]->index];

		if (is_drawn(graph, frame))
			add_frame(graph, frame);
		r = output_flush_some(&flamegraph->output, err);
	}
	add_foot(graph);
	return r;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	stacks_record(&((struct flamegraph *)sink)->stacks, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct flamegraph *flamegraph = (struct flamegraph *)sink;
	struct stacks *stacks = &flamegraph->stacks;
	struct graph graph = {.out = &flamegraph->output.file.pending};
	int r;

	stacks_finish(stacks, table);
	graph.count = stacks->count;
	graph.frames = mem_alloc((stacks->count + (size_t)1) * sizeof *graph.frames);
	graph.order = mem_alloc((stacks->count + (size_t)1) * sizeof(struct stack *));
	for (uint32_t i = 0; i < stacks->count; i++)
		graph.frames[i].stack = graph.order[i] = stacks->all[i];
	r = draw(flamegraph, &graph, err);
	free(graph.order);
	free(graph.frames);
	return r < 0 ? r : output_commit(&flamegraph->output, err);
}

static void on_free(struct sink *sink)
{
	stacks_deinit(&((struct flamegraph *)sink)->stacks);
	output_free(sink);
}

static const struct sink_ops flamegraph_ops = {
	.name = "flamegraph",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *flamegraph_create(const struct output_options *options)
{
	return output_new(sizeof(struct flamegraph), &flamegraph_ops, options);
}

const struct output_format output_flamegraph = {
	.name = "flamegraph",
	.summary = "the same stacks as a picture: SVG without a script",
	.streams = true,
	.create = flamegraph_create,
};
