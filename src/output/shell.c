/*
 * A shell script that does again what was recorded: the commands in the order of their starts, each
 * in its directory. Key decision: a command that started others is a comment, because it would run
 * them a second time; --max-depth and --min-duration choose how far down that goes. Whatever bytes a
 * word has, the script is plain text: the unsafe ones are made by printf.
 */
#include "base/mem.h"
#include "base/text.h"
#include "output/common.h"
#include "output/forest.h"
#include "output/formats.h"
#include "output/value.h"

#include <stdlib.h>

struct shell {
	struct output output;
	int64_t last_ns;
	bool declared[256]; /* bytes that have a variable */
	struct buf line;    /* scratch */
};

/* One image that somebody ran. */
struct step {
	const struct proc *proc;
	const struct proc_exec *exec;
	bool starts_others;
};

/* ---- words ---- */

/* How many bytes from `at` on a shell and a terminal may see as they are. */
static size_t safe_run(struct str word, size_t at)
{
	size_t end = at, width;

	while (end < word.n) {
		width = utf8_width(str_skip(word, end));
		if (width == 0 || utf8_unsafe(utf8_decode(str_skip(word, end))))
			break;
		end += width;
	}
	return end - at;
}

/* A byte as a variable, which is set when it is needed first; the dot keeps a line break. */
static void add_byte(struct shell *shell, unsigned char byte)
{
	if (!shell->declared[byte])
		buf_printf(&shell->output.file.pending,
			   "byte_%03o=$(printf '\\%03o.') byte_%03o=${byte_%03o%%.}\n", byte, byte,
			   byte, byte);
	shell->declared[byte] = true;
	buf_printf(&shell->line, "\"$byte_%03o\"", byte);
}

static void add_word(struct shell *shell, struct str word)
{
	if (word.n == 0)
		text_add_shell_word(&shell->line, word);
	for (size_t at = 0; at < word.n;) {
		size_t run = safe_run(word, at);

		if (run > 0)
			text_add_shell_word(&shell->line, (struct str){word.p + at, run});
		else
			add_byte(shell, (unsigned char)word.p[at]);
		at += run ? run : 1;
	}
}

/* Of a script the kernel puts the interpreter first and the file behind it. */
static bool is_script(const struct proc_exec *exec)
{
	struct str rest = exec->argv, word;

	text_next_word(&rest, &word);
	for (unsigned n = 0; n < 2 && text_next_word(&rest, &word); n++)
		if (str_eq(word, exec->filename))
			return true;
	return false;
}

/* What names the program: the file that was executed, because PATH is not recorded. */
static void add_program(struct shell *shell, const struct proc_exec *exec, struct str name)
{
	struct str file = exec->filename.n > 0 && !is_script(exec) ? exec->filename : name;

	if (memchr(file.p, '/', file.n)) {
		add_word(shell, file);
	} else if (file.p == exec->filename.p) {
		buf_add_text(&shell->line, "./");
		add_word(shell, file);
	} else { /* quoted, so that it is no keyword and no assignment */
		buf_add_text(&shell->line, "''");
		add_word(shell, file);
	}
}

/* ---- lines ---- */

static void add_comment(struct shell *shell, const struct step *step, const char *why)
{
	struct buf *out = &shell->output.file.pending;

	buf_printf(out, "# %s", why);
	value_add_command(out, step->exec, COMMAND_FULL, 200);
	buf_add_char(out, '\n');
}

static void add_command(struct shell *shell, const struct step *step)
{
	struct str words = step->exec->argv, word = {"", 0};
	struct buf *line = &shell->line;

	buf_clear(line);
	if (step->exec->cwd.n > 0) {
		buf_add_text(line, "(cd ");
		add_word(shell, step->exec->cwd);
		buf_add_text(line, " && ");
	}
	text_next_word(&words, &word);
	add_program(shell, step->exec, word);
	while (text_next_word(&words, &word)) {
		buf_add_char(line, ' ');
		add_word(shell, word);
	}
	buf_add_text(line, step->exec->cwd.n > 0 ? ")\n" : "\n");
	buf_add_str(&shell->output.file.pending, buf_str(line));
}

static const char *why_not(const struct step *step)
{
	const struct proc_exec *exec = step->exec;

	if (step->starts_others)
		return "";
	if (exec->seen)
		return "ran before the recording: ";
	if (exec->argv.n == 0)
		return "arguments are not known: ";
	if (exec->args_truncated)
		return "arguments were cut: ";
	return exec->cwd_truncated ? "directory is not known: " : NULL;
}

static void add_step(struct shell *shell, const struct step *step)
{
	const char *why = why_not(step);

	if (why)
		add_comment(shell, step, why);
	else
		add_command(shell, step);
}

static void add_head(struct buf *out, const struct run *run)
{
	struct buf command = BUF_INIT;

	value_add_run(&command, run);
	buf_add_text(out, "#!/bin/sh\n# The commands of: ");
	text_add_safe_cut(out, buf_str(&command), 200);
	buf_add_text(out,
		     "\n# In the order of their starts. A comment is a command that started others "
		     "of these.\n# Not recorded, so not here: the environment, redirections and "
		     "pipes.\n\n");
	buf_deinit(&command);
}

/* ---- who is in it ---- */

/* By node: does it, or a descendant, run an image of its own? Children come after their parents. */
static bool *find_runners(const struct forest *forest)
{
	bool *runs = mem_alloc(forest->count + 1);

	for (size_t i = forest->count; i-- > 0;) {
		const struct forest_node *node = &forest->nodes[i];

		runs[i] |= node->shown && node->proc->first_exec;
		if (runs[i] && node->parent != FOREST_NONE)
			runs[node->parent] = true;
	}
	return runs;
}

/* Each child was started by the image that its parent ran then. */
static void mark_starters(const struct forest *forest, const bool *runs, const size_t *first,
			  struct step *steps)
{
	for (size_t i = 0; i < forest->count; i++) {
		const struct forest_node *node = &forest->nodes[i];
		size_t at, parent = node->parent;

		if (!runs[i] || parent == FOREST_NONE || first[parent] == first[parent + 1])
			continue;
		at = first[parent];
		while (at + 1 < first[parent + 1] &&
		       steps[at + 1].exec->time_ns <= node->proc->start_ns)
			at++;
		steps[at].starts_others = true;
	}
}

static struct step *find_steps(const struct forest *forest, size_t *ret_count)
{
	size_t *first = mem_alloc((forest->count + 2) * sizeof *first), count = 0, capacity = 0;
	bool *runs = find_runners(forest);
	struct step *steps = NULL;

	for (size_t i = 0; i < forest->count; i++) {
		const struct forest_node *node = &forest->nodes[i];
		const struct proc_exec *exec = node->shown ? node->proc->first_exec : NULL;

		first[i] = count;
		for (; exec; exec = exec->next) {
			if (count == capacity) {
				capacity = capacity ? 2 * capacity : 64;
				steps = mem_realloc(steps, capacity, sizeof *steps);
			}
			/* an image that was followed by another one started that */
			steps[count++] = (struct step){node->proc, exec, exec->next != NULL};
		}
	}
	first[forest->count] = count;
	mark_starters(forest, runs, first, steps);
	free(runs);
	free(first);
	*ret_count = count;
	return steps;
}

static int compare_steps(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->exec->time_ns != y->exec->time_ns)
		return x->exec->time_ns < y->exec->time_ns ? -1 : 1;
	return x->proc->id < y->proc->id ? -1 : x->proc->id > y->proc->id;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct shell *shell = (struct shell *)sink;

	if (record->time_ns > shell->last_ns)
		shell->last_ns = record->time_ns;
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct shell *shell = (struct shell *)sink;
	const struct output_options *options = &shell->output.options;
	struct forest forest;
	struct step *steps;
	size_t count;
	int r = 0;

	forest_init(&forest, table, run, shell->last_ns);
	forest_fold(&forest, options->min_duration_ns, options->max_depth);
	steps = find_steps(&forest, &count);
	if (count > 1)
		qsort(steps, count, sizeof *steps, compare_steps);
	add_head(&shell->output.file.pending, run);
	for (size_t i = 0; i < count && r == 0; i++) {
		add_step(shell, &steps[i]);
		r = output_flush_some(&shell->output, err);
	}
	free(steps);
	forest_deinit(&forest);
	return r < 0 ? r : output_commit(&shell->output, err);
}

static void on_free(struct sink *sink)
{
	buf_deinit(&((struct shell *)sink)->line);
	output_free(sink);
}

static const struct sink_ops shell_ops = {
	.name = "shell",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *shell_create(const struct output_options *options)
{
	return output_new(sizeof(struct shell), &shell_ops, options);
}

const struct output_format output_shell = {
	.name = "shell",
	.summary = "a shell script that runs the commands again",
	.create = shell_create,
};
