/*
 * Looking at who has executed something. Key decision: the latest first, because who was told of
 * last is the likeliest to be still there; and what was read belongs to the exec that was the last
 * one when the reading began, so that a shell never gets the arguments of what it became.
 */
#include "source/netlink/digest_internal.h"

#include "base/clock.h"

static void push(struct digest *d, size_t *stack, size_t number)
{
	d->execs[number - 1].below = *stack;
	*stack = number;
}

static struct exec *pop(struct digest *d, size_t *stack)
{
	struct exec *exec = *stack ? &d->execs[*stack - 1] : NULL;

	if (exec)
		*stack = exec->below;
	return exec;
}

struct exec *digest_exec_of(const struct digest *d, const struct life *life)
{
	/* a number of an earlier batch is that of somebody else, or too large */
	if (life->exec == 0 || life->exec > d->exec_count ||
	    d->execs[life->exec - 1].tgid != life->tgid)
		return NULL;
	return &d->execs[life->exec - 1];
}

/* The image before is gone; what was read of it may already be the new one's. */
static void succeed(struct exec *before, struct exec *exec)
{
	before->over = before->succeeded = true;
	if (before->looked_ns <= exec->time_ns)
		return;
	exec->look = before->look;
	exec->looked_ns = before->looked_ns;
	before->look = (struct look){.dirfd = -1};
	before->looked_ns = 0;
}

static struct exec *add_exec(struct digest *d)
{
	if (d->exec_count == d->exec_capacity) {
		d->exec_capacity = d->exec_capacity ? 2 * d->exec_capacity : 64;
		d->execs = mem_realloc(d->execs, d->exec_capacity, sizeof *d->execs);
	}
	d->execs[d->exec_count] = (struct exec){.look.dirfd = -1};
	return &d->execs[d->exec_count++];
}

void digest_exec(struct digest *d, int32_t tgid, int64_t time_ns)
{
	struct life *life = lives_get(&d->lives, tgid);
	struct exec *exec = add_exec(d), *before = digest_exec_of(d, life);

	/* room for a birth that was lost */
	if (!life->born && d->lost)
		digest_add(d, RECORD_NONE, time_ns, (struct ident){0}, 0);
	exec->tgid = tgid;
	exec->time_ns = time_ns;
	exec->record = d->count;
	digest_add(d, RECORD_EXEC, time_ns, life->ident, tgid);
	if (before)
		succeed(before, exec);
	life->exec = d->exec_count;
	push(d, exec->looked_ns ? &d->looked : &d->fresh, d->exec_count);
}

bool digest_look(struct digest *d)
{
	const struct digest_options *o = &d->options;
	struct exec *exec;

	while ((exec = pop(d, &d->fresh))) {
		if (exec->over)
			continue;
		exec->looked_ns = clock_boot_ns();
		if (look_at_arguments(&exec->look, o->root, exec->tgid, &d->arena))
			push(d, &d->looked, (size_t)(exec - d->execs) + 1);
		else
			look_close(&exec->look);
		return true;
	}
	while ((exec = pop(d, &d->looked))) {
		bool there = !exec->over && exec->look.dirfd >= 0;

		if (there)
			look_at_rest(&exec->look, o->cgroups, o->cgroup_count, &d->arena);
		look_close(&exec->look);
		if (there)
			return true;
	}
	return false;
}

/* ---- completing the records ---- */

static bool is_of(struct ident ident, uint64_t start_ns)
{
	/* a birth is told a moment after the start, so it may have been put into the next tick */
	return !ident.grain_ns || !start_ns ||
	       (start_ns <= ident.start_ns && ident.start_ns - start_ns <= IDENT_GRAIN_TICKS);
}

/* Born after we began to listen, and nobody told: the parent that it has now stands for it. */
static void add_lost_birth(struct digest *d, const struct exec *exec, struct ident ident)
{
	struct record *birth = exec->record ? &d->records[exec->record - 1] : NULL;
	int64_t latest_ns = (int64_t)ident.start_ns + IDENT_GRAIN_TICKS;
	int32_t ppid = exec->look.standing.ppid;

	if (!birth || birth->kind != RECORD_NONE || !ppid || latest_ns < d->options.opened_ns)
		return;
	*birth = record_make(RECORD_FORK, latest_ns < exec->time_ns ? latest_ns : exec->time_ns,
			     ident, exec->tgid);
	birth->inferred = true;
	birth->standing.ppid = ppid;
	birth->fork.parent = digest_ident(d, ppid);
}

static void settle_ident(struct digest *d, struct exec *exec, struct life *life)
{
	struct record *record = &d->records[exec->record];

	if (record->ident.grain_ns || !exec->look.start_ns)
		return;
	record->ident = (struct ident){exec->tgid, IDENT_GRAIN_TICKS, exec->look.start_ns};
	if (life && !life->ident.grain_ns)
		life->ident = record->ident;
	add_lost_birth(d, exec, record->ident);
}

static void complete(struct digest *d, struct exec *exec)
{
	struct record *record = &d->records[exec->record];
	struct life *life = lives_find(&d->lives, exec->tgid);
	const struct look *look = &exec->look;

	if (life && digest_exec_of(d, life) != exec)
		life = NULL;
	/* no proc there, or that of a later holder of the number */
	if (!exec->looked_ns || !is_of(record->ident, look->start_ns))
		exec->look = (struct look){.dirfd = -1, .standing = record->standing};
	settle_ident(d, exec, life);
	record->standing = look->standing;
	record->covered = look->covered;
	record->exec.filename = look->filename;
	record->exec.argv = look->argv;
	record->exec.cwd = look->cwd;
	record->exec.comm = look->comm;
	record->exec.args_bytes = look->args_bytes;
	record->exec.args_truncated = look->args_bytes > look->argv.n;
	if (!look->comm.p && exec->comm[0] && !exec->succeeded)
		record->exec.comm = arena_str(&d->arena, str_of(exec->comm));
	/* neither arguments nor a name: it goes on under the one that it had */
	record->inferred = !record->exec.argv.p && !record->exec.comm.p;
	if (!life)
		return;
	life->nameless = record->inferred;
	if (look->start_ns && d->options.cgroup_count > 0) {
		life->covered = look->covered;
		life->covered_known = true;
	}
}

void digest_finish_execs(struct digest *d)
{
	for (size_t i = 0; i < d->exec_count; i++) {
		look_close(&d->execs[i].look);
		complete(d, &d->execs[i]);
	}
}
