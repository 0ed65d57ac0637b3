/*
 * The process tree for people: numbers in columns on the left, then who started whom. Key
 * decision: our own writer in two passes (widths, then lines) over an array; indentation is
 * bounded, so a chain 10,000 deep stays linear and readable.
 */
#include "base/mem.h"
#include "base/units.h"
#include "output/common.h"
#include "output/forest.h"
#include "output/formats.h"
#include "output/value.h"

#include <stdlib.h>

#define GUIDES_MAX    24 /* levels of indentation that are drawn */
#define GUIDES_LEAST  4  /* on however narrow a terminal */
#define IMAGES_MAX    6  /* of one process */
#define COMMAND_LEAST 24 /* columns of a command, however narrow the terminal */

enum style { STYLE_NONE, STYLE_DIM, STYLE_BOLD, STYLE_FAILED, STYLE_LIVING };

static const char *const style_codes[] = {
	[STYLE_DIM] = "\x1b[2m",
	[STYLE_BOLD] = "\x1b[1m",
	[STYLE_FAILED] = "\x1b[1;31m",
	[STYLE_LIVING] = "\x1b[33m",
};

struct guides {
	const char *tee, *corner, *bar, *blank, *image, *more;
};

static const struct guides box_guides = {"├─ ", "└─ ", "│  ", "   ", "→ ", "… "};
static const struct guides ascii_guides = {"|- ", "`- ", "|  ", "   ", "> ", "... "};

struct tree {
	struct output output;
	int64_t last_ns;
};

/* While it is being drawn. */
struct drawing {
	const struct output_options *options;
	const struct guides *guides;
	struct buf *out;
	struct buf cell; /* scratch */
	bool *more;      /* by depth: a sibling follows */
	unsigned guides_max;
	size_t widths[8];
};

/* -- cells -- */

static void add_pid(struct buf *out, const struct forest_node *node)
{
	if (node->proc->pid > 0)
		buf_add_i64(out, node->proc->pid);
}

static bool ran_before(const struct forest_node *node)
{
	const struct proc *proc = node->proc;

	return proc->start_known ? proc->start_ns < node->begin_ns : proc->ran_before;
}

/* Of the recording, as CPU is: who ran before has lived longer than that. */
static void add_time(struct buf *out, const struct forest_node *node)
{
	if (!node->proc->start_known && !node->proc->ran_before)
		return;
	buf_add_text(out, ran_before(node) ? ">" : "");
	units_add_duration(out, node->end_ns - node->begin_ns);
}

/* A figure that is not final is marked as being about so much. */
static void add_about(struct buf *out, const struct proc *proc)
{
	if (!proc->exact)
		buf_add_char(out, '~');
}

static void add_cpu(struct buf *out, const struct forest_node *node)
{
	const struct usage used = proc_used(node->proc), *usage = &used;

	if (!usage_knows(usage, USAGE_CPU_USER_NS) && !usage_knows(usage, USAGE_CPU_SYS_NS))
		return;
	add_about(out, node->proc);
	units_add_duration(out, (int64_t)usage_cpu_ns(usage));
}

static void add_peak(struct buf *out, const struct forest_node *node)
{
	const struct usage *usage = &node->proc->usage;

	if (!usage_knows(usage, USAGE_RSS_PEAK_BYTES))
		return;
	if (usage->bound & USAGE_BIT(USAGE_RSS_PEAK_BYTES))
		buf_add_char(out, '<');
	units_add_bytes(out, usage->value[USAGE_RSS_PEAK_BYTES]);
}

static void add_threads(struct buf *out, const struct forest_node *node)
{
	const struct usage *usage = &node->proc->usage;

	if (usage_knows(usage, USAGE_THREADS) && usage->value[USAGE_THREADS] > 1)
		buf_add_u64(out, usage->value[USAGE_THREADS]);
}

static void add_status(struct buf *out, const struct forest_node *node)
{
	if (value_living(node->proc))
		buf_add_text(out, "running");
	else
		value_add_failure(out, node->proc);
}

struct column {
	const char *heading;
	void (*add)(struct buf *out, const struct forest_node *node);
	bool left;           /* aligned */
	const char *unknown; /* where a cell is empty; a column of empty cells is left out */
};

static const struct column columns[] = {
	{"PID",    add_pid,     false, "-"},
	{"TIME",   add_time,    false, "-"},
	{"CPU",    add_cpu,     false, "-"},
	{"PEAK",   add_peak,    false, "-"},
	{"THR",    add_threads, false, "" },
	{"STATUS", add_status,  true,  "" },
};
#define COLUMNS (sizeof columns / sizeof *columns)

static void measure(struct drawing *d, const struct forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		if (!forest->nodes[i].shown)
			continue;
		for (size_t c = 0; c < COLUMNS; c++) {
			buf_clear(&d->cell);
			columns[c].add(&d->cell, &forest->nodes[i]);
			if (d->cell.n > d->widths[c])
				d->widths[c] = d->cell.n;
		}
	}
	for (size_t c = 0; c < COLUMNS; c++)
		if (d->widths[c] > 0 && d->widths[c] < strlen(columns[c].heading))
			d->widths[c] = strlen(columns[c].heading);
}

/* -- lines -- */

static void add_styled(struct drawing *d, enum style style, struct str text)
{
	bool styled = d->options->colour && style != STYLE_NONE && text.n > 0;

	if (styled)
		buf_add_text(d->out, style_codes[style]);
	buf_add_str(d->out, text);
	if (styled)
		buf_add_text(d->out, "\x1b[0m");
}

static void add_cell(struct drawing *d, size_t c, enum style style, struct str text)
{
	size_t pad = d->widths[c] > text.n ? d->widths[c] - text.n : 0;

	if (d->widths[c] == 0)
		return;
	if (!columns[c].left)
		buf_add_repeat(d->out, ' ', pad);
	add_styled(d, style, text);
	if (columns[c].left)
		buf_add_repeat(d->out, ' ', pad);
	buf_add_text(d->out, "  ");
}

static enum style cell_style(size_t c, const struct forest_node *node)
{
	if (columns[c].add == add_status)
		return value_living(node->proc) ? STYLE_LIVING : STYLE_FAILED;
	return columns[c].add == add_time ? STYLE_DIM : STYLE_NONE;
}

/* The numbers of a node; of NULL: their place, empty. */
static void add_numbers(struct drawing *d, const struct forest_node *node)
{
	for (size_t c = 0; c < COLUMNS; c++) {
		buf_clear(&d->cell);
		if (node)
			columns[c].add(&d->cell, node);
		if (node && d->cell.n == 0)
			add_cell(d, c, STYLE_DIM, str_of(columns[c].unknown));
		else
			add_cell(d, c, node ? cell_style(c, node) : STYLE_NONE, buf_str(&d->cell));
	}
}

/* The guides of levels 2 to `depth`, the last one drawn as `own`. */
static void add_guides(struct drawing *d, unsigned depth, const char *own)
{
	unsigned first = 2;

	if (depth > d->guides_max + 1) {
		first = depth - d->guides_max + 1;
		buf_printf(d->out, "+%u ", first - 2);
	}
	for (unsigned level = first; level < depth; level++)
		buf_add_text(d->out, d->more[level] ? d->guides->bar : d->guides->blank);
	if (depth >= 2)
		buf_add_text(d->out, own);
}

/* How many columns are left on the line that began at `line`. */
static size_t room(const struct drawing *d, size_t line)
{
	size_t used = 0, width = d->options->width;
	struct str text = str_skip(buf_str(d->out), line);

	if (width == 0)
		return SIZE_MAX;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\x1b') /* a style code ends in m */
			while (i + 1 < text.n && text.p[i] != 'm')
				i++;
		else
			used += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	}
	return used + COMMAND_LEAST < width ? width - used : COMMAND_LEAST;
}

static enum value_command_form command_form(const struct drawing *d)
{
	return d->options->width ? COMMAND_SHORT : COMMAND_FULL;
}

/* A line right under a node's own. */
static void begin_note(struct drawing *d, const struct forest_node *node)
{
	add_numbers(d, NULL);
	add_guides(d, node->depth, node->last ? d->guides->blank : d->guides->bar);
}

static void add_image(struct drawing *d, const struct forest_node *node,
		      const struct proc_exec *exec)
{
	size_t line = d->out->n;

	begin_note(d, node);
	add_styled(d, STYLE_DIM, str_of(d->guides->image));
	value_add_command(d->out, exec, command_form(d), room(d, line));
	buf_add_char(d->out, '\n');
}

/* The images that it ran after its first one. */
static void add_images(struct drawing *d, const struct forest_node *node)
{
	const struct proc *proc = node->proc;
	const struct proc_exec *exec = proc->first_exec ? proc->first_exec->next : NULL;
	unsigned shown = 1;

	for (; exec && shown < IMAGES_MAX; exec = exec->next, shown++)
		add_image(d, node, exec);
	if (!exec)
		return;
	if (proc->exec_count > shown + 1) {
		begin_note(d, node);
		add_styled(d, STYLE_DIM, str_of(d->guides->image));
		buf_printf(d->out, "%s%u more images, then\n", d->guides->more,
			   proc->exec_count - shown - 1);
	}
	add_image(d, node, proc->last_exec);
}

static void add_process(struct drawing *d, const struct forest_node *node)
{
	const struct proc *proc = node->proc;
	size_t line = d->out->n;

	add_numbers(d, node);
	add_guides(d, node->depth, node->last ? d->guides->corner : d->guides->tee);
	if (proc->first_exec && !value_is_unseen(proc->first_exec)) {
		value_add_command(d->out, proc->first_exec, command_form(d), room(d, line));
	} else {
		struct buf name = BUF_INIT;

		value_add_process(&name, proc, command_form(d), room(d, line));
		add_styled(d, STYLE_DIM, buf_str(&name));
		buf_deinit(&name);
	}
	buf_add_char(d->out, '\n');
	add_images(d, node);
	d->more[node->depth] = !node->last;
}

static void add_fold(struct drawing *d, const struct forest_fold *fold)
{
	buf_clear(&d->cell);
	buf_add_text(&d->cell, d->guides->more);
	value_add_count(&d->cell, fold->count);
	buf_add_text(&d->cell, " more");
	if (fold->failures) {
		buf_add_text(&d->cell, ", ");
		value_add_count(&d->cell, fold->failures);
		buf_add_text(&d->cell, " failed");
	}
	if (fold->cpu_ns) {
		buf_add_text(&d->cell, ", total CPU ");
		units_add_duration(&d->cell, (int64_t)fold->cpu_ns);
	}
	add_styled(d, STYLE_DIM, buf_str(&d->cell));
	buf_add_char(d->out, '\n');
}

/* The folds of `node` and its ancestors down to `depth`: whose descendants are all drawn. */
static void close_nodes(struct drawing *d, const struct forest *forest,
			const struct forest_node *node, unsigned depth)
{
	while (node && node->depth >= depth) {
		if (node->fold.count > 0) {
			add_numbers(d, NULL);
			add_guides(d, node->depth + 1, d->guides->corner);
			add_fold(d, &node->fold);
		}
		node = node->parent == FOREST_NONE ? NULL : &forest->nodes[node->parent];
	}
}

static void add_heading(struct drawing *d)
{
	for (size_t c = 0; c < COLUMNS; c++)
		add_cell(d, c, STYLE_BOLD, str_of(columns[c].heading));
	add_styled(d, STYLE_BOLD, STR("COMMAND"));
	buf_add_char(d->out, '\n');
}

static int draw(struct drawing *d, const struct forest *forest, struct output *output,
		struct error *err)
{
	const struct forest_node *before = NULL;
	int r = 0;

	measure(d, forest);
	add_heading(d);
	for (size_t i = 0; i < forest->count && r == 0; i++) {
		const struct forest_node *node = &forest->nodes[i];

		if (!node->shown)
			continue;
		close_nodes(d, forest, before, node->depth);
		add_process(d, node);
		before = node;
		r = output_flush_some(output, err);
	}
	close_nodes(d, forest, before, 1);
	if (forest->fold.count > 0) {
		add_numbers(d, NULL);
		add_fold(d, &forest->fold);
	}
	return r;
}

static unsigned guides_for(unsigned width)
{
	unsigned third = width / 9; /* a third of the line, three columns a level */

	if (width == 0 || third > GUIDES_MAX)
		return GUIDES_MAX;
	return third > GUIDES_LEAST ? third : GUIDES_LEAST;
}

static void add_lost(struct buf *out, const struct run *run)
{
	if (run->lost == 0)
		return;
	buf_add_text(out, "\n");
	value_add_count(out, run->lost);
	buf_add_text(out, run->lost == 1 ? " record was" : " records were");
	buf_add_text(out, " lost: processes may be missing here.\n");
}

/* What the mark of add_time means, where there is one. */
static void add_legend(struct buf *out, const struct forest *forest)
{
	bool any = false;

	for (size_t i = 0; i < forest->count; i++)
		any |= forest->nodes[i].shown && ran_before(&forest->nodes[i]);
	if (any)
		buf_add_text(out, "\n> ran before the recording: TIME and CPU are of the "
				  "recording only.\n");
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct tree *tree = (struct tree *)sink;

	if (record->time_ns > tree->last_ns)
		tree->last_ns = record->time_ns;
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct tree *tree = (struct tree *)sink;
	const struct output_options *options = &tree->output.options;
	struct buf *out = &tree->output.file.pending;
	struct drawing d = {
		.options = options,
		.guides = options->ascii ? &ascii_guides : &box_guides,
		.guides_max = guides_for(options->width),
		.out = out,
	};
	struct forest forest;
	int r = 0;

	forest_init(&forest, table, run, tree->last_ns);
	forest_fold(&forest, options->min_duration_ns, options->max_depth);
	d.more = mem_alloc((forest.count + 3) * sizeof *d.more);
	if (forest.count > 0)
		r = draw(&d, &forest, &tree->output, err);
	else
		buf_add_text(out, "No process was recorded.\n");
	add_legend(out, &forest);
	add_lost(out, run);
	free(d.more);
	buf_deinit(&d.cell);
	forest_deinit(&forest);
	return r < 0 ? r : output_commit(&tree->output, err);
}

static const struct sink_ops tree_ops = {
	.name = "tree",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = output_free,
};

static struct sink *tree_create(const struct output_options *options)
{
	return output_new(sizeof(struct tree), &tree_ops, options);
}

const struct output_format output_tree = {
	.name = "tree",
	.summary = "the process tree: times, CPU, peak memory, failures",
	.create = tree_create,
};
