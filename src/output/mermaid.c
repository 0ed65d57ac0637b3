/*
 * A Mermaid gantt chart: one bar a process, depth first; a process of several images is a section
 * with a bar for each. Key decision: Mermaid draws an error picture above 50,000 characters, so
 * labels are shortened first, then the shortest lives are folded, and the chart says so.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "output/common.h"
#include "output/forest.h"
#include "output/formats.h"
#include "output/mermaid_label.h"
#include "output/value.h"

#include <stdlib.h>

#define CHART_MAX    48000 /* bytes, which are never fewer than characters */
#define FOLD_RESERVE 300   /* for the line that states the fold */
#define SECTION_END  18    /* bytes of "    section other\n" */
#define IMAGES_MAX   20    /* bars of one process */

static const char chart_head[] = "gantt\n"
				 "    title Process Trace\n"
				 "    dateFormat x\n"
				 "    axisFormat %S.%L\n"
				 "    todayMarker off\n"
				 "\n";

/* How long a label may be: the first with which everything fits, else the last. */
static const size_t label_columns[] = {160, 100, 60, 40};
#define LABEL_WIDTHS (sizeof label_columns / sizeof *label_columns)

struct mermaid {
	struct output output;
	int64_t last_ns;
};

struct chart {
	const struct forest *forest;
	const struct output_options *options;
	struct buf *out;
	size_t columns;
	bool in_section;
};

static int64_t at_ms(const struct chart *chart, int64_t time_ns)
{
	int64_t ns = time_ns - chart->forest->begin_ns;

	return ns > 0 ? ns / NS_PER_MS : 0;
}

/* What stands behind a label: " :active, 3, 12ms". */
static void add_bar(struct chart *chart, const char *tag, int64_t begin_ns, int64_t end_ns)
{
	int64_t ms = (end_ns - begin_ns) / NS_PER_MS;

	buf_printf(chart->out, " :%s, ", tag);
	buf_add_i64(chart->out, at_ms(chart, begin_ns));
	buf_add_text(chart->out, ", ");
	buf_add_i64(chart->out, ms > 1 ? ms : 1);
	buf_add_text(chart->out, "ms\n");
}

static void add_label(struct chart *chart, const struct proc *proc, const struct proc_exec *exec)
{
	buf_printf(chart->out, "    [%d] ", proc->pid);
	if (exec)
		mermaid_add_command(chart->out, exec, chart->columns,
				    chart->options->full_store_paths);
	else
		buf_add_text(chart->out, "<fork>");
}

/* The bar in which a life ends. */
static void add_last_bar(struct chart *chart, const struct forest_node *node,
			 const struct proc_exec *exec, int64_t begin_ns)
{
	const struct proc *proc = node->proc;
	bool failed = status_failed(proc->status);

	add_label(chart, proc, exec);
	if (failed) {
		buf_add_text(chart->out, " (");
		value_add_failure(chart->out, proc);
		buf_add_char(chart->out, ')');
	} else if (value_living(proc)) {
		buf_add_text(chart->out, " (running)");
	}
	add_bar(chart, failed ? "crit" : "active", begin_ns, node->end_ns);
}

static void add_section(struct chart *chart, const struct forest_node *node)
{
	const struct proc_exec *exec = node->proc->first_exec;
	int64_t begin_ns = node->begin_ns;

	buf_printf(chart->out, "    section %d execs\n", node->proc->pid);
	chart->in_section = true;
	for (unsigned n = 1; exec->next && n < IMAGES_MAX; n++, exec = exec->next) {
		int64_t end_ns = exec->next->time_ns;

		add_label(chart, node->proc, exec);
		add_bar(chart, "active", begin_ns, end_ns);
		begin_ns = end_ns;
	}
	add_last_bar(chart, node, node->proc->last_exec, begin_ns);
}

static void add_node(struct chart *chart, const struct forest_node *node)
{
	const struct proc *proc = node->proc;

	if (proc->first_exec && proc->first_exec->next) {
		add_section(chart, node);
		return;
	}
	if (chart->in_section)
		buf_add_text(chart->out, "    section other\n");
	chart->in_section = false;
	add_last_bar(chart, node, proc->first_exec, node->begin_ns);
}

static void add_fold(struct chart *chart, const struct forest_fold *fold)
{
	if (fold->count == 0)
		return;
	if (chart->in_section)
		buf_add_text(chart->out, "    section other\n");
	buf_add_text(chart->out, "    [others] ");
	value_add_count(chart->out, fold->count);
	buf_add_text(chart->out, fold->count == 1 ? " other" : " others");
	buf_add_text(chart->out, fold->count == 1 ? " of " : ", each of ");
	units_add_duration(chart->out, fold->longest_ns);
	buf_add_text(chart->out, " at most");
	if (fold->failures) {
		buf_add_text(chart->out, ", ");
		value_add_count(chart->out, fold->failures);
		buf_add_text(chart->out, " failed");
	}
	if (fold->cpu_ns) {
		buf_add_text(chart->out, ", total CPU ");
		units_add_duration(chart->out, (int64_t)fold->cpu_ns);
	}
	add_bar(chart, fold->failures ? "crit" : "done", chart->forest->begin_ns,
		chart->forest->begin_ns + fold->longest_ns);
}

/* -- what fits -- */

struct candidate {
	size_t node, bytes;
	int64_t life_ns;
};

static int longest_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->life_ns != y->life_ns)
		return x->life_ns > y->life_ns ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Bytes of each shown node with labels of chart->columns; returns the sum. */
static size_t weigh(struct chart *chart, struct candidate *candidates, size_t *ret_count)
{
	const struct forest *forest = chart->forest;
	struct buf *out = chart->out, scratch = BUF_INIT;
	size_t sum = 0, count = 0;

	chart->out = &scratch;
	for (size_t i = 0; i < forest->count; i++) {
		const struct forest_node *node = &forest->nodes[i];

		if (!node->shown)
			continue;
		buf_clear(&scratch);
		chart->in_section = false;
		add_node(chart, node);
		candidates[count++] = (struct candidate){
			i,
			scratch.n + (chart->in_section ? SECTION_END : 0),
			node->end_ns - node->begin_ns,
		};
		sum += candidates[count - 1].bytes;
	}
	chart->in_section = false;
	chart->out = out;
	buf_deinit(&scratch);
	*ret_count = count;
	return sum;
}

/* Folds the shortest lives until the rest fits. */
static void fold_shortest(struct forest *forest, struct candidate *candidates, size_t count,
			  size_t room)
{
	size_t used = 0, kept = 0;

	qsort(candidates, count, sizeof *candidates, longest_first);
	while (kept < count && used + candidates[kept].bytes <= room)
		used += candidates[kept++].bytes;
	for (; kept < count; kept++)
		forest->nodes[candidates[kept].node].shown = false;
}

static void choose(struct chart *chart, struct forest *forest)
{
	struct candidate *candidates = mem_alloc((forest->count + 1) * sizeof *candidates);
	const size_t room = CHART_MAX - (sizeof chart_head - 1) - FOLD_RESERVE;
	size_t count = 0, sum = SIZE_MAX;

	for (size_t i = 0; i < LABEL_WIDTHS && sum > room; i++) {
		chart->columns = label_columns[i];
		sum = weigh(chart, candidates, &count);
	}
	if (sum > room)
		fold_shortest(forest, candidates, count, room);
	free(candidates);
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct mermaid *mermaid = (struct mermaid *)sink;

	if (record->time_ns > mermaid->last_ns)
		mermaid->last_ns = record->time_ns;
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct mermaid *mermaid = (struct mermaid *)sink;
	const struct output_options *options = &mermaid->output.options;
	struct forest_fold fold = {0};
	struct forest forest;
	struct chart chart = {
		.forest = &forest,
		.options = options,
		.out = &mermaid->output.file.pending,
	};

	forest_init(&forest, table, run, mermaid->last_ns);
	forest_fold(&forest, options->min_duration_ns, options->max_depth);
	choose(&chart, &forest);
	buf_add_text(chart.out, chart_head);
	for (size_t i = 0; i < forest.count; i++) {
		if (forest.nodes[i].shown)
			add_node(&chart, &forest.nodes[i]);
		else
			forest_fold_add(&fold, &forest.nodes[i]);
	}
	add_fold(&chart, &fold);
	forest_deinit(&forest);
	return output_commit(&mermaid->output, err);
}

static const struct sink_ops mermaid_ops = {
	.name = "mermaid",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = output_free,
};

static struct sink *mermaid_create(const struct output_options *options)
{
	return output_new(sizeof(struct mermaid), &mermaid_ops, options);
}

const struct output_format output_mermaid = {
	.name = "mermaid",
	.summary = "a Mermaid gantt chart of at most 48,000 characters",
	.create = mermaid_create,
};
