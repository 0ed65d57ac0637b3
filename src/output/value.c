/*
 * What several formats say of a process. Key decision: said in one place, so that a failure or a
 * command line reads the same in the tree, the chart and the summary.
 */
#include "output/value.h"

#include "base/text.h"

#define KTHREADD 2 /* the parent of all kernel threads, where they are visible */

bool value_duration(const struct proc *proc, int64_t end_ns, int64_t *ret_ns)
{
	if (!proc->start_known)
		return false;
	*ret_ns = end_ns > proc->start_ns ? end_ns - proc->start_ns : 0;
	return true;
}

int64_t value_end(const struct proc *proc, const struct run *run, int64_t last_ns)
{
	int64_t end_ns = run->ended && run->end_ns > last_ns ? run->end_ns : last_ns;

	return value_living(proc) ? end_ns : proc->end_ns;
}

void value_add_status(struct buf *out, int32_t status, bool core_dumped)
{
	struct ending ending = status_decode(status);
	const char *name;

	if (!ending.known)
		return;
	if (!ending.signal) {
		buf_printf(out, "exit %d", ending.exit_code);
		return;
	}
	name = signal_name(ending.signal);
	if (name)
		buf_add_text(out, name);
	else
		buf_printf(out, "signal %d", ending.signal);
	if (ending.core_dumped || core_dumped)
		buf_add_text(out, ", core");
}

void value_add_failure(struct buf *out, const struct proc *proc)
{
	if (status_failed(proc->status))
		value_add_status(out, proc->status, proc->core_dumped);
}

bool value_killed_by(const struct proc *proc)
{
	struct ending ending = status_decode(proc->status);

	return ending.signal && ending.signal == proc->killer_signal && proc->killer_pid > 0;
}

/*
 * For the eye: a word with ' in it reads better in "..." than as '\'' where that means the same.
 */
void value_add_word(struct buf *out, struct str word)
{
	bool special = word.n == 0 || !memchr(word.p, '\'', word.n);

	for (size_t i = 0; i < word.n && !special; i++)
		special = strchr("\"$`\\!", word.p[i]) != NULL; /* and NUL, which is in no word */
	if (special) {
		text_add_shell_word(out, word);
		return;
	}
	buf_add_char(out, '"');
	buf_add_str(out, word);
	buf_add_char(out, '"');
}

/* Enough words for `columns`: an argv of 128 KiB is not quoted to be thrown away. */
static void add_words(struct buf *out, struct str words, enum value_command_form form,
		      size_t columns)
{
	size_t before = out->n;
	struct str word;

	for (bool first = true; text_next_word(&words, &word); first = false) {
		if (!first)
			buf_add_char(out, ' ');
		else if (form == COMMAND_SHORT && str_basename(word).n > 0)
			word = str_basename(word);
		value_add_word(out, word);
		/* a character has at most four bytes */
		if (columns != SIZE_MAX && (out->n - before) / 4 > columns)
			return;
	}
}

void value_add_command(struct buf *out, const struct proc_exec *exec, enum value_command_form form,
		       size_t columns)
{
	struct buf raw = BUF_INIT;

	if (exec->argv.n > 0)
		add_words(&raw, exec->argv, form, columns);
	else if (exec->filename.n > 0)
		value_add_word(&raw, form == COMMAND_SHORT ? str_basename(exec->filename)
							   : exec->filename);
	else
		buf_add_str(&raw, exec->comm.n > 0 ? exec->comm : STR("?"));
	if (exec->args_truncated)
		buf_add_text(&raw, " ...");
	text_add_safe_cut(out, buf_str(&raw), columns);
	buf_deinit(&raw);
}

bool value_is_unseen(const struct proc_exec *exec)
{
	return exec->argv.n == 0 && exec->filename.n == 0 && exec->comm.n == 0;
}

void value_add_process(struct buf *out, const struct proc *proc, enum value_command_form form,
		       size_t columns)
{
	const struct proc_exec *image;
	struct buf raw = BUF_INIT;

	if (proc->last_exec && value_is_unseen(proc->last_exec) && proc->comm.n > 0) {
		buf_printf(&raw, "(%.*s)", (int)proc->comm.n, proc->comm.p);
		text_add_safe_cut(out, buf_str(&raw), columns);
		buf_deinit(&raw);
		return;
	}
	if (proc->last_exec) {
		value_add_command(out, proc->last_exec, form, columns);
		return;
	}
	/* looked for only where needed: it walks up the ancestors */
	image = proc->comm.n == 0 || proc->ppid == KTHREADD ? proc_image(proc) : NULL;
	if (proc->seen && !image && (proc->pid == KTHREADD || proc->ppid == KTHREADD)) {
		buf_printf(&raw, "[%.*s]", (int)proc->comm.n, proc->comm.p ? proc->comm.p : "");
		text_add_safe_cut(out, buf_str(&raw), columns);
		buf_deinit(&raw);
		return;
	}
	buf_add_text(&raw, "(fork)");
	if (image) {
		buf_add_char(&raw, ' ');
		value_add_command(&raw, image, form, columns);
	} else if (proc->comm.n > 0) {
		buf_add_char(&raw, ' ');
		buf_add_str(&raw, proc->comm);
	}
	text_add_safe_cut(out, buf_str(&raw), columns);
	buf_deinit(&raw);
}

void value_add_name(struct buf *out, const struct proc *proc)
{
	const struct proc_exec *image;

	if (proc->last_exec || proc->comm.n > 0) {
		buf_add_str(out, proc_name(proc));
		return;
	}
	image = proc_image(proc);
	buf_add_text(out, image ? "(fork) " : "(fork)");
	if (image)
		buf_add_str(out,
			    str_basename(image->filename.n > 0 ? image->filename : image->argv));
}

void value_add_run(struct buf *out, const struct run *run)
{
	if (run->command.n > 0)
		text_add_cmdline(out, run->command, true);
	else
		buf_add_str(out, run->target.n > 0 ? run->target : STR("processes"));
}

void value_add_count(struct buf *out, uint64_t count)
{
	if (count >= 1000) {
		value_add_count(out, count / 1000);
		buf_printf(out, ",%03u", (unsigned)(count % 1000));
		return;
	}
	buf_add_u64(out, count);
}

void value_add_counted(struct buf *out, uint64_t count, const char *one, const char *many)
{
	value_add_count(out, count);
	buf_add_char(out, ' ');
	buf_add_text(out, count == 1 ? one : many);
}

size_t value_columns(struct str text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.n; i++)
		columns += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return columns;
}
