/*
 * The process table: lives, links, tombstones. Key decision: lives of one number form a chain
 * from the latest back, so that a late record still finds whom it means, and everything a record
 * can do stands in table_apply.c; here is only what a life is.
 */
#include "model/table.h"
#include "model/table_internal.h"
#include "model/target.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

void table_init(struct table *table, struct table_limits limits, const struct target *target)
{
	*table = (struct table){.limits = limits, .target = target};
	if (table->limits.execs < 2)
		table->limits.execs = 1024;
}

static void exec_free(struct proc_exec *exec)
{
	mem_str_free(&exec->filename);
	mem_str_free(&exec->argv);
	mem_str_free(&exec->cwd);
	mem_str_free(&exec->comm);
	free(exec);
}

static void proc_free(struct proc *proc)
{
	for (struct proc_exec *exec = proc->first_exec, *next; exec; exec = next) {
		next = exec->next;
		exec_free(exec);
	}
	mem_str_free(&proc->comm);
	free(proc);
}

void table_deinit(struct table *table)
{
	for (size_t i = 0; i < table->by_tgid.capacity; i++) {
		for (struct proc *proc = table->by_tgid.slots[i].proc, *older; proc; proc = older) {
			older = proc->older_life;
			proc_free(proc);
		}
	}
	number_index_deinit(&table->by_tgid);
	number_index_deinit(&table->by_pid);
	buf_deinit(&table->old);
	*table = (struct table){0};
}

/* ---- by number ---- */

/* Makes `proc` findable: lives of one number stand in a chain, the latest first. */
static void index_life(struct table *table, struct proc *proc)
{
	struct proc *head = number_index_get(&table->by_tgid, proc->ident.tgid), **at;

	if (!head || table_begun_ns(head) <= table_begun_ns(proc)) {
		number_index_set(&table->by_tgid, proc->ident.tgid, proc);
		proc->older_life = head;
		return;
	}
	at = &head->older_life;
	while (*at && table_begun_ns(*at) > table_begun_ns(proc))
		at = &(*at)->older_life;
	proc->older_life = *at;
	*at = proc;
}

static void unindex_life(struct table *table, struct proc *proc)
{
	struct proc *head = number_index_get(&table->by_tgid, proc->ident.tgid);

	if (head == proc) {
		if (proc->older_life)
			number_index_set(&table->by_tgid, proc->ident.tgid, proc->older_life);
		else
			number_index_remove(&table->by_tgid, proc->ident.tgid);
		return;
	}
	while (head && head->older_life != proc)
		head = head->older_life;
	if (head)
		head->older_life = proc->older_life;
}

void table_set_pid(struct table *table, struct proc *proc, int32_t pid)
{
	struct proc *holder;

	proc->pid = pid;
	if (pid == 0 || pid == proc->ident.tgid)
		return;
	holder = number_index_get(&table->by_pid, pid);
	if (!holder || table_begun_ns(holder) <= table_begun_ns(proc))
		number_index_set(&table->by_pid, pid, proc);
}

static void unset_pid(struct table *table, struct proc *proc)
{
	if (proc->pid != proc->ident.tgid && number_index_get(&table->by_pid, proc->pid) == proc)
		number_index_remove(&table->by_pid, proc->pid);
}

/* ---- lives ---- */

struct proc *table_add(struct table *table, struct ident ident, int32_t pid, int64_t start_ns)
{
	struct proc *proc = mem_alloc(sizeof *proc);

	proc->ident = ident;
	proc->start_ns = start_ns;
	proc->status = STATUS_UNKNOWN;
	proc->uid = proc->gid = (struct ids){UID_UNKNOWN, UID_UNKNOWN, UID_UNKNOWN};
	proc->threads_alive = 1;
	index_life(table, proc);
	table_set_pid(table, proc, pid);
	table->others++;
	return proc;
}

void table_enlist(struct table *table, struct proc *proc)
{
	struct table_counts *counts = &table->counts;

	if (table->target)
		table->numbers_taken |= target_number_bit(table->target, proc->pid);
	table->doubtful -= proc->doubtful;
	proc->doubtful = false;
	proc->member = true;
	proc->id = ++table->next_id;
	proc->prev = table->last;
	if (table->last)
		table->last->next = proc;
	else
		table->first = proc;
	table->last = proc;
	table->others--;
	counts->lives++;
	counts->living += proc->state == PROC_LIVING;
	if (proc->birth_parent)
		proc->birth_parent->forks++;
	for (struct proc *child = proc->first_child; child; child = child->next_sibling)
		child->birth_parent_id = proc->id;
}

/* Would `parent` make a circle? A hostile file may say so; a kernel never does. */
static bool descends_from(const struct proc *proc, const struct proc *ancestor)
{
	for (; proc; proc = proc->birth_parent)
		if (proc == ancestor)
			return true;
	return false;
}

void table_link_parent(struct proc *proc, struct proc *parent)
{
	if (!parent || proc->birth_parent ||
	    (proc->first_child ? descends_from(parent, proc) : parent == proc))
		return;
	proc->birth_parent = parent;
	proc->birth_parent_id = parent->id;
	proc->parent = parent->state == PROC_LIVING ? parent : NULL;
	proc->prev_sibling = parent->last_child;
	if (parent->last_child)
		parent->last_child->next_sibling = proc;
	else
		parent->first_child = proc;
	parent->last_child = proc;
	parent->forks += proc->member;
}

static void unlink_child(struct proc *proc)
{
	struct proc *parent = proc->birth_parent;

	if (proc->prev_sibling)
		proc->prev_sibling->next_sibling = proc->next_sibling;
	else
		parent->first_child = proc->next_sibling;
	if (proc->next_sibling)
		proc->next_sibling->prev_sibling = proc->prev_sibling;
	else
		parent->last_child = proc->prev_sibling;
}

/*
 * Who is looked at may have lost its parent before, and have been given to an older ancestor. So of
 * two that were seen as its parent the younger is nearer to the truth.
 */
bool table_link_nearer(struct proc *proc, struct proc *parent)
{
	struct proc *old = proc->birth_parent;

	if (old && parent && parent != old && !proc->forked &&
	    table_begun_ns(parent) > table_begun_ns(old) &&
	    table_begun_ns(parent) <= table_begun_ns(proc) + (int64_t)proc->ident.grain_ns &&
	    !descends_from(parent, proc)) {
		unlink_child(proc);
		old->forks -= proc->member;
		proc->birth_parent = NULL;
		proc->prev_sibling = proc->next_sibling = NULL;
	}
	table_link_parent(proc, parent);
	return proc->birth_parent != old;
}

static void unlink_family(struct proc *proc)
{
	for (struct proc *child = proc->first_child, *next; child; child = next) {
		next = child->next_sibling;
		child->birth_parent = child->parent = NULL;
		child->prev_sibling = child->next_sibling = NULL;
	}
	if (proc->birth_parent)
		unlink_child(proc);
}

static void unlist(struct table *table, struct proc *proc)
{
	if (proc->prev)
		proc->prev->next = proc->next;
	else
		table->first = proc->next;
	if (proc->next)
		proc->next->prev = proc->prev;
	else
		table->last = proc->prev;
}

void table_forget(struct table *table, struct proc *proc)
{
	unlink_family(proc);
	unindex_life(table, proc);
	unset_pid(table, proc);
	table->doubtful -= proc->doubtful;
	if (proc->member)
		unlist(table, proc);
	else
		table->others--;
	proc_free(proc);
}

void table_bury(struct table *table, struct proc *proc)
{
	if (table->dead_last)
		table->dead_last->dead_next = proc;
	else
		table->dead_first = proc;
	table->dead_last = proc;
	table->dead_count++;
}

void table_reap(struct table *table)
{
	while (table->dead_count > table->limits.tombstones) {
		struct proc *proc = table->dead_first;

		table->dead_first = proc->dead_next;
		if (!table->dead_first)
			table->dead_last = NULL;
		table->dead_count--;
		table_forget(table, proc);
	}
}

void table_sweep(struct table *table, bool (*lives)(void *context, const struct proc *proc),
		 void *context)
{
	size_t count = 0;
	/* whoever is removed from the index makes others move in it */
	int32_t *numbers = mem_realloc(NULL, table->by_tgid.count + 1, sizeof *numbers);

	for (size_t i = 0; i < table->by_tgid.capacity; i++)
		if (table->by_tgid.slots[i].proc)
			numbers[count++] = table->by_tgid.slots[i].number;
	for (size_t i = 0; i < count; i++) {
		struct proc *proc = number_index_get(&table->by_tgid, numbers[i]), *older;

		for (; proc; proc = older) {
			older = proc->older_life;
			if (!proc->member && !lives(context, proc))
				table_forget(table, proc);
		}
	}
	free(numbers);
}

static unsigned exec_limit(const struct table *table, const struct proc *proc)
{
	return proc->member ? table->limits.execs : 2;
}

void table_add_exec(struct table *table, struct proc *proc, const struct proc_exec *exec)
{
	struct proc_exec *copy = mem_alloc(sizeof *copy);

	*copy = *exec;
	copy->next = NULL;
	copy->filename = mem_str(exec->filename);
	copy->argv = mem_str(exec->argv);
	copy->cwd = mem_str(exec->cwd);
	copy->comm = mem_str(exec->comm);
	if (proc->exec_count >= exec_limit(table, proc) && proc->first_exec->next) {
		/* a process that execs for ever: its first image and its latest ones stay */
		struct proc_exec *second = proc->first_exec->next;

		proc->first_exec->next = second->next;
		if (proc->last_exec == second)
			proc->last_exec = proc->first_exec;
		exec_free(second);
	}
	if (proc->last_exec)
		proc->last_exec->next = copy;
	else
		proc->first_exec = copy;
	proc->last_exec = copy;
	proc->exec_count++;
}

void table_replace_execs(struct table *table, struct proc *proc, const struct proc_exec *exec)
{
	struct proc_exec *old = proc->first_exec;

	proc->first_exec = proc->last_exec = NULL;
	proc->exec_count = 0;
	if (exec)
		table_add_exec(table, proc, exec);
	for (struct proc_exec *next; old; old = next) {
		next = old->next;
		exec_free(old);
	}
}

struct str proc_name(const struct proc *proc)
{
	const struct proc_exec *exec = proc->last_exec;
	struct str words, word;

	if (!exec)
		return proc->comm.p ? proc->comm : STR("?");
	words = exec->argv;
	if (text_next_word(&words, &word) && str_basename(word).n > 0)
		return str_basename(word);
	if (str_basename(exec->filename).n > 0)
		return str_basename(exec->filename);
	return proc->comm.p ? proc->comm : STR("?");
}

struct usage proc_used(const struct proc *proc)
{
	return proc->ran_before ? usage_since(&proc->before, &proc->usage) : proc->usage;
}

const struct proc_exec *proc_image(const struct proc *proc)
{
	int64_t at_ns = INT64_MAX;

	/* bounded: in a chain of forks 100,000 deep nobody's image is worth a walk to its top */
	for (unsigned depth = 0; proc && depth < 64;
	     depth++, at_ns = proc->start_ns, proc = proc->birth_parent) {
		const struct proc_exec *found = NULL;

		for (const struct proc_exec *exec = proc->first_exec; exec; exec = exec->next)
			if (exec->time_ns <= at_ns)
				found = exec;
		if (found)
			return found;
	}
	return NULL;
}
