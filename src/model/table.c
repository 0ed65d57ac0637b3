/*
 * The process table: lives, links, tombstones. Key decision: lives of one number form a chain
 * from the latest back, so that a late record still finds whom it means, and everything a record
 * can do stands in table_apply.c; here is only what a life is.
 */
#include "model/table.h"
#include "model/table_internal.h"

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
	number_index_deinit(&table->by_tgid);
	for (struct proc *proc = table->first, *next; proc; proc = next) {
		next = proc->next;
		proc_free(proc);
	}
	buf_deinit(&table->old);
	*table = (struct table){0};
}

static struct proc *latest(const struct table *table, int32_t tgid)
{
	return number_index_get(&table->by_tgid, tgid);
}

struct proc *table_find(const struct table *table, struct ident ident)
{
	struct proc *proc = latest(table, ident.tgid);

	if (ident.grain_ns == 0)
		return proc;
	while (proc && !ident_match(proc->ident, ident))
		proc = proc->older_life;
	return proc;
}

struct proc *table_find_pid(const struct table *table, int32_t pid)
{
	struct proc *found = NULL;

	table_each(table, p)
	{
		if (p->pid == pid &&
		    (!found || p->state == PROC_LIVING || found->state != PROC_LIVING))
			found = p;
	}
	return found;
}

/* Makes `proc` findable: the latest life of its number comes first. */
static void index_life(struct table *table, struct proc *proc)
{
	struct proc *head = latest(table, proc->ident.tgid);

	if (head && head->ident.grain_ns && proc->ident.grain_ns &&
	    head->ident.start_ns > proc->ident.start_ns) {
		proc->older_life = head->older_life;
		head->older_life = proc;
		return;
	}
	number_index_set(&table->by_tgid, proc->ident.tgid, proc);
	proc->older_life = head;
}

static void unindex_life(struct table *table, struct proc *proc)
{
	struct proc *head = latest(table, proc->ident.tgid);

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

struct proc *table_add(struct table *table, struct ident ident, int32_t pid, int64_t start_ns)
{
	struct proc *proc = mem_alloc(sizeof *proc);

	proc->id = ++table->next_id;
	proc->ident = ident;
	proc->pid = pid;
	proc->start_ns = start_ns;
	proc->status = STATUS_UNKNOWN;
	proc->uid = proc->gid = (struct ids){UID_UNKNOWN, UID_UNKNOWN, UID_UNKNOWN};
	proc->threads_alive = 1;
	index_life(table, proc);
	proc->prev = table->last;
	if (table->last)
		table->last->next = proc;
	else
		table->first = proc;
	table->last = proc;
	return proc;
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
	if (parent->last_child)
		parent->last_child->next_sibling = proc;
	else
		parent->first_child = proc;
	parent->last_child = proc;
	parent->forks++;
}

static void unlink_child(struct proc *proc)
{
	struct proc *parent = proc->birth_parent, **at = &parent->first_child, *before = NULL;

	for (; *at && *at != proc; at = &(*at)->next_sibling)
		before = *at;
	if (*at)
		*at = proc->next_sibling;
	if (parent->last_child == proc)
		parent->last_child = before;
}

static void unlink_family(struct proc *proc)
{
	for (struct proc *child = proc->first_child, *next; child; child = next) {
		next = child->next_sibling;
		child->birth_parent = child->parent = NULL;
		child->next_sibling = NULL;
	}
	if (proc->birth_parent)
		unlink_child(proc);
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
		unlink_family(proc);
		unindex_life(table, proc);
		if (proc->prev)
			proc->prev->next = proc->next;
		else
			table->first = proc->next;
		if (proc->next)
			proc->next->prev = proc->prev;
		else
			table->last = proc->prev;
		proc_free(proc);
	}
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
	if (proc->exec_count >= table->limits.execs && proc->first_exec->next) {
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
