/*
 * The Process column. Key decision: all is taken from the table, never from /proc, so the dead have
 * names too; what is not a process's own name is marked by brackets that a quoted command cannot
 * hold.
 */
#include "output/events/event_process.h"

#include "base/text.h"
#include "output/value.h"

#define KTHREADD 2

static bool is_known(const struct proc_exec *image)
{
	return image && (image->argv.n > 0 || image->filename.n > 0);
}

/* An exec was seen, but not of what: the source came too late to read it. */
static bool is_missed(const struct proc_exec *image)
{
	return image && !is_known(image) && !image->seen;
}

bool event_process_missed_exec(const struct proc *proc)
{
	return is_missed(proc->last_exec);
}

static bool is_kernel_thread(const struct proc *proc, const struct proc_exec *image)
{
	return !image &&
	       (proc->pid == KTHREADD || proc->ppid == KTHREADD || proc->birth_ppid == KTHREADD);
}

void event_process_add_word(struct buf *out, struct str word)
{
	struct buf raw = BUF_INIT;

	value_add_word(&raw, word);
	text_add_safe(out, buf_str(&raw));
	buf_deinit(&raw);
}

/* The 15 bytes that the kernel keeps. */
static struct event_process_name comm_of(const struct proc *proc, const struct proc_exec *image)
{
	struct event_process_name name = {proc->comm.n > 0 ? proc->comm : STR_NONE, NAME_OWN};

	if (is_missed(image) && !image->comm.p)
		name.mark = NAME_INHERITED;
	else if (is_kernel_thread(proc, image))
		name.mark = NAME_KERNEL;
	return name;
}

/* What argv[0] or the file calls it, with its directories. Empty: neither does. */
static struct str program_of(const struct proc_exec *image)
{
	struct str words = image->argv, word;

	if (text_next_word(&words, &word) && str_basename(word).n > 0)
		return word;
	return image->filename.p ? image->filename : STR("");
}

/* "sshd: ada [priv]" is a title: its first word is the name. A path may hold blanks. */
static struct str without_title(struct str name)
{
	return name.n > 0 && name.p[0] != '/' ? str_cut(&name, ' ') : name;
}

static struct event_process_name short_name(const struct proc *proc, const struct proc_exec *image,
					    bool dirstrip)
{
	struct str name = without_title(program_of(image));

	if (dirstrip && str_basename(name).n > 0)
		name = str_basename(name);
	return name.n > 0 ? (struct event_process_name){name, NAME_OWN} : comm_of(proc, image);
}

struct event_process_name event_process_name(const struct proc *proc,
					     const struct event_options *options)
{
	const struct proc_exec *image = proc_image(proc);

	if (options->comm || !is_known(image))
		return comm_of(proc, image);
	return short_name(proc, image, true);
}

static void add_name(struct buf *out, struct event_process_name name)
{
	const char *brackets = name.mark == NAME_KERNEL ? "[]" : "()";

	if (!name.text.p) {
		buf_add_text(out, "(unknown)");
	} else if (name.mark == NAME_OWN) {
		event_process_add_word(out, name.text);
	} else {
		buf_add_char(out, brackets[0]);
		text_add_safe(out, name.text);
		buf_add_char(out, brackets[1]);
	}
}

void event_process_add_name(struct buf *out, const struct proc *proc,
			    const struct event_options *options)
{
	add_name(out, proc ? event_process_name(proc, options)
			   : (struct event_process_name){STR_NONE, NAME_OWN});
}

void event_process_add(struct buf *out, const struct proc *proc,
		       const struct event_options *options)
{
	const struct proc_exec *image = proc ? proc_image(proc) : NULL;

	if (!proc || options->comm || !is_known(image))
		event_process_add_name(out, proc, options);
	else if (options->short_name)
		add_name(out, short_name(proc, image, options->dirstrip));
	else
		value_add_command(out, image, options->dirstrip ? COMMAND_SHORT : COMMAND_FULL,
				  SIZE_MAX);
}
