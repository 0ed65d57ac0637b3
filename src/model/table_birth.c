/*
 * How a life begins: by its FORK, by a SEEN, or by anything else that is first heard of it. Key
 * decision: which of them comes first does not matter, each adds what the others did not know.
 */
#include "base/mem.h"
#include "model/table_internal.h"
#include "model/target.h"

bool table_adopt_name(struct str *name, struct str found)
{
	if (!found.p || (name->p && str_eq(*name, found)))
		return false;
	mem_str_free(name);
	*name = mem_str(found);
	return true;
}

/* A finer start time settles a provisional ident. */
static void adopt_ident(struct proc *proc, struct ident ident)
{
	bool finer =
		ident.grain_ns && (!proc->ident.grain_ns || ident.grain_ns < proc->ident.grain_ns);

	if (finer && ident.tgid == proc->ident.tgid) {
		proc->ident.grain_ns = ident.grain_ns;
		proc->ident.start_ns = ident.start_ns;
		if (!proc->forked) {
			proc->start_ns = (int64_t)ident.start_ns;
			proc->start_known = true;
		}
	}
}

static void doubt(struct table *table, struct proc *proc)
{
	proc->doubtful = true;
	table->doubtful++;
}

static struct proc *new_life(struct table_step *step, const struct proc *forker)
{
	const struct record *record = step->record;
	struct table *table = step->table;
	bool exact = record->ident.grain_ns;
	struct proc *proc = table_add(table, record->ident, record->pid,
				      exact ? (int64_t)record->ident.start_ns : record->time_ns);

	proc->start_known = exact;
	if (target_covers(table, proc->pid, record, forker)) {
		if (record->doubtful)
			doubt(table, proc);
		else
			table_enlist(table, proc);
	}
	step->change->flags |= CHANGE_NEW;
	return proc;
}

struct proc *table_present_parent(const struct table_step *step)
{
	int32_t ppid = step->record->standing.ppid;
	struct proc *parent = ppid ? table_find_pid(step->table, ppid) : NULL;

	return parent && parent->state == PROC_LIVING ? parent : NULL;
}

struct proc *table_find_or_make(struct table_step *step)
{
	struct proc *proc = step->subject, *parent;

	if (!proc) {
		parent = table_present_parent(step);
		proc = new_life(step, parent);
		table_link_parent(proc, parent);
		return proc;
	}
	adopt_ident(proc, step->record->ident);
	if (!proc->pid)
		table_set_pid(step->table, proc, step->record->pid);
	return proc;
}

/* A child is born into its forker's session and group, as its forker's user. */
static void inherit_standing(struct proc *proc, const struct proc *forker)
{
	if (!forker)
		return;
	proc->pgid = forker->pgid;
	proc->sid = forker->sid;
	proc->uid = forker->uid;
	proc->gid = forker->gid;
}

void table_apply_fork(struct table_step *step)
{
	const struct record *record = step->record;
	struct proc *proc = step->subject, *parent, *forker;

	if (step->ousted)
		table_end_unseen(step, step->ousted);
	parent = table_find_at(step->table, record->fork.parent, record->time_ns);
	forker = record->fork.forker.tgid
			 ? table_find_at(step->table, record->fork.forker, record->time_ns)
			 : parent;
	if (proc && proc->forked) {
		step->change->flags |= CHANGE_DUPLICATE;
		step->change->proc = proc;
		return;
	}
	if (proc) {
		step->change->flags |= CHANGE_LINKED;
		adopt_ident(proc, record->ident);
	} else {
		proc = new_life(step, forker);
		inherit_standing(proc, forker);
	}
	step->change->proc = proc;
	proc->start_ns = record->time_ns;
	proc->start_known = proc->forked = true;
	proc->ran_before = false;
	table_adopt_name(&proc->comm, record->fork.comm.p       ? record->fork.comm
				      : forker && !proc->comm.p ? forker->comm
								: STR_NONE);
	table_link_parent(proc, parent);
	if (!proc->birth_ppid && parent)
		proc->birth_ppid = proc->ppid = parent->pid;
}

static struct proc_exec image_of_seen(const struct proc *proc, const struct record *record)
{
	return (struct proc_exec){.time_ns = proc->start_ns,
				  .filename = record->seen.filename,
				  .argv = record->seen.argv,
				  .comm = record->seen.comm,
				  .args_bytes = record->seen.argv.n,
				  .seen = true,
				  .uid = record->standing.uid,
				  .gid = record->standing.gid};
}

/* Is it what a fork that never execed has from its forker anyway? */
static bool is_inherited(const struct proc *proc, const struct record_seen *seen)
{
	const struct proc_exec *image = proc->forked ? proc_image(proc) : NULL;

	return image && str_eq(image->argv, seen->argv);
}

/*
 * Who was looked at in the middle of an exec, or ended before more could be read, has only a name: if
 * it is another one than the forker's, so is the image. Kernel threads have no image to differ from.
 */
static bool tells_image(const struct proc *proc, const struct record_seen *seen)
{
	const struct proc *parent = proc->birth_parent;
	const struct proc_exec *image;

	if (seen->argv.p || seen->filename.p)
		return true;
	image = parent && seen->comm.p ? proc_image(parent) : NULL;
	return image && !str_eq(seen->comm, image->comm) && !str_eq(seen->comm, parent->comm);
}

/* The image that it runs, where nobody has told of one or not all of it. Returns whether. */
static bool adopt_image(struct table_step *step, struct proc *proc)
{
	const struct record_seen *seen = &step->record->seen;
	struct proc_exec image = image_of_seen(proc, step->record);
	struct proc_exec *last = proc->last_exec;
	bool news = false;

	if (!tells_image(proc, seen))
		return false;
	if (!last && !is_inherited(proc, seen)) {
		table_add_exec(step->table, proc, &image);
		return true;
	}
	if (!last || last->time_ns > step->record->time_ns)
		return false;
	if (!last->filename.p)
		news = table_adopt_name(&last->filename, seen->filename);
	if (!last->argv.p && seen->argv.p) {
		news = table_adopt_name(&last->argv, seen->argv);
		last->args_bytes = seen->argv.n;
	}
	return news;
}

/* Who was no member is told of as he stands, and is known from then on as that tells. */
static void join(struct table_step *step, struct proc *proc)
{
	struct proc_exec image = image_of_seen(proc, step->record);

	table_enlist(step->table, proc);
	table_replace_execs(step->table, proc,
			    tells_image(proc, &step->record->seen) ? &image : NULL);
	proc->threads_alive = 1;
	if (!proc->birth_parent || !proc->birth_parent->member)
		proc->birth_ppid = proc->ppid;
	step->change->flags |= CHANGE_JOINED | CHANGE_NEW;
}

void table_apply_seen(struct table_step *step)
{
	const struct record *record = step->record;
	const struct record_seen *seen = &record->seen;
	struct proc *proc, *parent;
	bool joins, known, news = false;

	if (step->ousted)
		table_end_unseen(step, step->ousted);
	parent = table_find_at(step->table, seen->parent, record->time_ns);
	proc = step->subject ? table_find_or_make(step) : new_life(step, parent);
	step->change->proc = proc;
	joins = !proc->member && !record->doubtful &&
		target_covers(step->table, proc->pid, record, parent);
	known = proc->forked || proc->seen;
	if (!proc->start_known)
		proc->start_known = record_seen_start(record, &proc->start_ns);
	proc->seen = true;
	if (!known && !joins)
		proc->ran_before = !record->inferred;
	if (!known || !proc->comm.p)
		news = table_adopt_name(&proc->comm, seen->comm);
	news |= table_link_nearer(proc, parent);
	if (parent && proc->birth_parent == parent && !proc->forked)
		proc->birth_ppid = parent->pid;
	if (joins)
		join(step, proc);
	else if (!adopt_image(step, proc) && known && !news)
		step->change->flags |= CHANGE_DUPLICATE;
}
