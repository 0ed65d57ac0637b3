/*
 * The tree as a graph for Graphviz: who started whom, what it took, what failed. Key decision: nodes
 * are named by the lives' own ids and every text stands in a quoted label, so no name of a process
 * can become syntax; what is folded is a node that says so.
 */
#include "base/text.h"
#include "base/units.h"
#include "output/common.h"
#include "output/forest.h"
#include "output/formats.h"
#include "output/value.h"

#define COMMAND_COLUMNS 48

struct dot {
	struct output output;
	struct buf text; /* scratch */
	int64_t last_ns;
};

/* Inside of quotes, where Graphviz knows entities as well; line breaks are escapes already. */
static void add_quoted(struct buf *out, struct str safe)
{
	static const char *const escapes[256] = {['"'] = "\\\"", ['\\'] = "\\\\", ['&'] = "&amp;"};

	for (size_t i = 0; i < safe.n; i++) {
		const char *escape = escapes[(unsigned char)safe.p[i]];

		if (escape)
			buf_add_text(out, escape);
		else
			buf_add_char(out, safe.p[i]);
	}
}

/* "12.3ms, CPU 4.56ms, exit 2" */
static void add_figures(struct buf *out, const struct forest_node *node)
{
	const struct usage used = proc_used(node->proc);

	units_add_duration(out, node->end_ns - node->begin_ns);
	if (usage_knows(&used, USAGE_CPU_USER_NS) || usage_knows(&used, USAGE_CPU_SYS_NS)) {
		buf_add_text(out, ", CPU ");
		units_add_duration(out, (int64_t)usage_cpu_ns(&used));
	}
	if (value_living(node->proc)) {
		buf_add_text(out, ", running");
	} else if (status_failed(node->proc->status)) {
		buf_add_text(out, ", ");
		value_add_failure(out, node->proc);
	}
}

static const char *style(const struct proc *proc)
{
	if (status_failed(proc->status))
		return ", color=\"#c62828\", fillcolor=\"#ffcdd2\"";
	return value_living(proc) ? ", style=\"filled,dashed\"" : "";
}

static void add_node(struct dot *dot, const struct forest *forest, const struct forest_node *node)
{
	struct buf *out = &dot->output.file.pending;
	unsigned long long id = node->proc->id;

	buf_clear(&dot->text);
	value_add_process(&dot->text, node->proc, COMMAND_SHORT, COMMAND_COLUMNS);
	buf_printf(out, "  p%llu [label=\"%d ", id, node->proc->pid);
	add_quoted(out, buf_str(&dot->text));
	buf_add_text(out, "\\n");
	add_figures(out, node);
	buf_printf(out, "\"%s];\n", style(node->proc));
	if (node->parent != FOREST_NONE)
		buf_printf(out, "  p%llu -> p%llu;\n",
			   (unsigned long long)forest->nodes[node->parent].proc->id, id);
}

/* Who was left out under `node`; NULL: roots. */
static void add_fold(struct dot *dot, const struct forest_fold *fold,
		     const struct forest_node *node)
{
	struct buf *out = &dot->output.file.pending;
	unsigned long long id = node ? node->proc->id : 0;

	if (fold->count == 0)
		return;
	buf_printf(out, "  f%llu [style=dashed, label=\"", id);
	value_add_count(out, fold->count);
	buf_add_text(out, " more");
	if (fold->failures) {
		buf_add_text(out, ", ");
		value_add_count(out, fold->failures);
		buf_add_text(out, " failed");
	}
	buf_add_text(out, "\"];\n");
	if (node)
		buf_printf(out, "  p%llu -> f%llu [style=dashed];\n", id, id);
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct dot *dot = (struct dot *)sink;

	if (record->time_ns > dot->last_ns)
		dot->last_ns = record->time_ns;
	return 0;
}

static int draw(struct dot *dot, const struct forest *forest, struct error *err)
{
	struct buf *out = &dot->output.file.pending;
	int r = 0;

	buf_add_text(out, "digraph processes {\n"
			  "  rankdir=LR;\n"
			  "  node [shape=box, style=filled, fillcolor=\"#eef3f8\", "
			  "fontname=\"monospace\", fontsize=10];\n"
			  "  edge [color=\"#78909c\"];\n");
	for (size_t i = 0; i < forest->count && r == 0; i++) {
		const struct forest_node *node = &forest->nodes[i];

		if (!node->shown)
			continue;
		add_node(dot, forest, node);
		add_fold(dot, &node->fold, node);
		r = output_flush_some(&dot->output, err);
	}
	add_fold(dot, &forest->fold, NULL);
	buf_add_text(out, "}\n");
	return r;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct dot *dot = (struct dot *)sink;
	const struct output_options *options = &dot->output.options;
	struct forest forest;
	int r;

	forest_init(&forest, table, run, dot->last_ns);
	forest_fold(&forest, options->min_duration_ns, options->max_depth);
	r = draw(dot, &forest, err);
	forest_deinit(&forest);
	return r < 0 ? r : output_commit(&dot->output, err);
}

static void on_free(struct sink *sink)
{
	buf_deinit(&((struct dot *)sink)->text);
	output_free(sink);
}

static const struct sink_ops dot_ops = {
	.name = "dot",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *dot_create(const struct output_options *options)
{
	return output_new(sizeof(struct dot), &dot_ops, options);
}

const struct output_format output_dot = {
	.name = "dot",
	.summary = "the process tree as a graph for Graphviz",
	.create = dot_create,
};
