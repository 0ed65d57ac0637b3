/*
 * Compares two process tables. Key decision: ids are not compared, since who is no member of the
 * target has an id in the one table only; links are compared by whom they point to.
 */
#include "table_compare.h"

#include "base/text.h"

#include <inttypes.h>

struct comparison {
	struct buf *out;
	const struct proc *proc;
	bool same;
};

static void differ(struct comparison *to, const char *field, int64_t a, int64_t b)
{
	to->same = false;
	buf_printf(to->out, "life %" PRIu64 " (pid %d): %s is %" PRId64 ", then %" PRId64 "\n",
		   to->proc ? to->proc->id : 0, to->proc ? to->proc->pid : 0, field, a, b);
}

static void compare_str(struct comparison *to, const char *field, struct str a, struct str b)
{
	if (!a.p == !b.p && (!a.p || str_eq(a, b)))
		return;
	differ(to, field, a.p ? (int64_t)a.n : -1, b.p ? (int64_t)b.n : -1);
	text_add_safe(to->out, a);
	buf_add_text(to->out, "\n");
	text_add_safe(to->out, b);
	buf_add_text(to->out, "\n");
}

#define NUMBER(to, a, b, field)                                                                    \
	do {                                                                                       \
		if ((a)->field != (b)->field)                                                      \
			differ(to, #field, (int64_t)(a)->field, (int64_t)(b)->field);              \
	} while (0)

static void compare_ids(struct comparison *to, const char *field, struct ids a, struct ids b)
{
	if (a.real != b.real || a.effective != b.effective || a.saved != b.saved)
		differ(to, field, a.real, b.real);
}

static void compare_link(struct comparison *to, const char *field, const struct proc *a,
			 const struct proc *b)
{
	if (a && !a->member)
		a = NULL;
	if (!a != !b ||
	    (a && (a->ident.tgid != b->ident.tgid || a->ident.start_ns != b->ident.start_ns)))
		differ(to, field, a ? a->ident.tgid : 0, b ? b->ident.tgid : 0);
}

static void compare_exec(struct comparison *to, const struct proc_exec *a,
			 const struct proc_exec *b)
{
	NUMBER(to, a, b, time_ns);
	NUMBER(to, a, b, args_bytes);
	NUMBER(to, a, b, cgroup_id);
	NUMBER(to, a, b, args_truncated);
	NUMBER(to, a, b, cwd_truncated);
	NUMBER(to, a, b, seen);
	compare_str(to, "exec.filename", a->filename, b->filename);
	compare_str(to, "exec.argv", a->argv, b->argv);
	compare_str(to, "exec.cwd", a->cwd, b->cwd);
	compare_str(to, "exec.comm", a->comm, b->comm);
	compare_ids(to, "exec.uid", a->uid, b->uid);
	compare_ids(to, "exec.gid", a->gid, b->gid);
}

static void compare_usage(struct comparison *to, const struct usage *a, const struct usage *b)
{
	NUMBER(to, a, b, known);
	NUMBER(to, a, b, bound);
	for (unsigned i = 0; i < USAGE_FIELDS; i++)
		if (a->known & USAGE_BIT(i) && a->value[i] != b->value[i])
			differ(to, usage_names[i], (int64_t)a->value[i], (int64_t)b->value[i]);
}

static void compare_state(struct comparison *to, const struct proc *a, const struct proc *b)
{
	NUMBER(to, a, b, start_ns);
	NUMBER(to, a, b, end_ns);
	NUMBER(to, a, b, state);
	NUMBER(to, a, b, start_known);
	NUMBER(to, a, b, inferred_end);
	NUMBER(to, a, b, exact);
	NUMBER(to, a, b, settled);
	NUMBER(to, a, b, core_dumped);
	NUMBER(to, a, b, status);
	NUMBER(to, a, b, killer_pid);
	NUMBER(to, a, b, killer_signal);
	NUMBER(to, a, b, forks);
	NUMBER(to, a, b, threads_alive);
}

static void compare_proc(struct comparison *to, const struct proc *a, const struct proc *b)
{
	const struct proc_exec *x = a->first_exec, *y = b->first_exec;

	NUMBER(to, a, b, ident.tgid);
	NUMBER(to, a, b, ident.start_ns);
	NUMBER(to, a, b, ident.grain_ns);
	NUMBER(to, a, b, pid);
	NUMBER(to, a, b, ppid);
	NUMBER(to, a, b, birth_ppid);
	NUMBER(to, a, b, pgid);
	NUMBER(to, a, b, sid);
	compare_ids(to, "uid", a->uid, b->uid);
	compare_ids(to, "gid", a->gid, b->gid);
	compare_str(to, "comm", a->comm, b->comm);
	compare_link(to, "parent", a->parent, b->parent);
	compare_link(to, "birth_parent", a->birth_parent, b->birth_parent);
	compare_state(to, a, b);
	compare_usage(to, &a->usage, &b->usage);
	NUMBER(to, a, b, exec_count);
	for (; x && y; x = x->next, y = y->next)
		compare_exec(to, x, y);
	if (x || y)
		differ(to, "number of images", x != NULL, y != NULL);
}

static const struct proc *next_member(const struct proc *proc)
{
	while (proc && !proc->member)
		proc = proc->next;
	return proc;
}

bool table_compare(const struct table *live, const struct table *replayed, struct buf *out)
{
	struct comparison to = {.out = out, .same = true};
	const struct proc *b = replayed->first;

	for (const struct proc *a = next_member(live->first); a; a = next_member(a->next)) {
		to.proc = a;
		if (!b) {
			differ(&to, "presence", 1, 0);
			return false;
		}
		compare_proc(&to, a, b);
		b = b->next;
	}
	to.proc = b;
	if (b)
		differ(&to, "presence", 0, 1);
	NUMBER(&to, &live->counts, &replayed->counts, lives);
	NUMBER(&to, &live->counts, &replayed->counts, living);
	NUMBER(&to, &live->counts, &replayed->counts, ended);
	NUMBER(&to, &live->counts, &replayed->counts, finished);
	NUMBER(&to, &live->counts, &replayed->counts, execs);
	NUMBER(&to, &live->counts, &replayed->counts, failures);
	return to.same;
}
