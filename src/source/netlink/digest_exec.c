/*
 * Looking at who has executed something. Key decision: the latest first, because who was told of
 * last is the likeliest to be still there; and what was read belongs to the exec that was the last
 * one when the reading began, so that a shell never gets the arguments of what it became.
 */
#include "source/netlink/digest_internal.h"

#include "base/clock.h"

#include <stdlib.h>

/* Heard of by the bell only, because its event was lost. */
#define FORGOTTEN_NS (2 * NS_PER_SEC)
/* An image can be seen before its exec is told: by that much, if its thread lost the CPU between. */
#define WINDOW_NS (50 * NS_PER_MS)

static void push(struct exec **stack, struct exec *exec)
{
	exec->below = *stack;
	*stack = exec;
}

static struct exec *pop(struct exec **stack)
{
	struct exec *exec = *stack;

	if (exec)
		*stack = exec->below;
	return exec;
}

static struct exec *latest(const struct digest *d, int32_t tgid)
{
	struct exec *exec;

	HASH_FIND_INT(d->execs, &tgid, exec);
	return exec;
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

static struct exec *exec_new(int32_t tgid, int64_t time_ns)
{
	struct exec *exec = mem_alloc(sizeof *exec);

	exec->tgid = tgid;
	exec->time_ns = time_ns;
	exec->look.dirfd = -1;
	return exec;
}

/* It became something else meanwhile, and that has been heard of already. */
static struct exec *add_late(struct exec *after, struct exec *exec)
{
	exec->over = exec->succeeded = true;
	exec->older = after->older;
	after->older = exec;
	return exec;
}

static struct exec *add(struct digest *d, int32_t tgid, int64_t time_ns)
{
	struct exec *before = latest(d, tgid), *after = NULL, *exec = exec_new(tgid, time_ns);

	for (struct exec *one = before; one && one->time_ns > time_ns; one = one->older)
		after = one;
	if (after)
		return add_late(after, exec);
	exec->older = before;
	if (before)
		HASH_DEL(d->execs, before);
	HASH_ADD_INT(d->execs, tgid, exec);
	if (before)
		succeed(before, exec);
	push(exec->looked_ns ? &d->looked : &d->fresh, exec);
	return exec;
}

static struct exec *find_or_add(struct digest *d, int32_t tgid, int64_t time_ns)
{
	struct exec *exec = latest(d, tgid);

	if (time_ns > d->newest_ns)
		d->newest_ns = time_ns;
	while (exec && exec->time_ns > time_ns)
		exec = exec->older;
	return exec && exec->time_ns == time_ns ? exec : add(d, tgid, time_ns);
}

void digest_bell(struct digest *d, int32_t tgid, int64_t time_ns)
{
	find_or_add(d, tgid, time_ns);
}

void digest_exec(struct digest *d, int32_t tgid, int64_t time_ns)
{
	struct life *life = lives_get(&d->lives, tgid);
	struct exec *exec = find_or_add(d, tgid, time_ns);
	struct record *record;

	/* room for a birth that was lost */
	if (!life->born && d->lost)
		digest_add(d, RECORD_NONE, time_ns, (struct ident){0}, 0);
	exec->told = true;
	exec->record = d->count;
	record = digest_add(d, RECORD_EXEC, time_ns, life->ident, tgid);
	record->standing.uid = life->uid;
	record->standing.gid = life->gid;
}

void digest_end_execs(struct digest *d, int32_t tgid, int64_t end_ns, const char comm[16])
{
	struct exec *exec = latest(d, tgid);

	while (exec && exec->time_ns > end_ns)
		exec = exec->older;
	if (exec)
		memcpy(exec->comm, comm, sizeof exec->comm);
	for (; exec; exec = exec->older)
		exec->over = true;
}

/* ---- looking ---- */

static bool knows_ids(const struct digest *d, int32_t tgid)
{
	const struct life *life = lives_find(&d->lives, tgid);

	return life && life->uid.real != UID_UNKNOWN && life->gid.real != UID_UNKNOWN;
}

static void look_again(struct digest *d, struct exec *exec)
{
	const struct digest_options *o = &d->options;
	struct look *look = &exec->look;

	if (!look_at_rest(look))
		return;
	/* A child has those of its parent but for changes, of which events tell. */
	if (!knows_ids(d, look->standing.ppid))
		look_at_ids(look);
	if (o->cgroup_count > 0)
		look_at_cgroups(look, o->cgroups, o->cgroup_count);
}

bool digest_look(struct digest *d)
{
	struct exec *exec;

	while ((exec = pop(&d->fresh))) {
		if (exec->over)
			continue;
		exec->looked_ns = clock_boot_ns();
		if (look_at_arguments(&exec->look, d->options.root, exec->tgid))
			push(&d->looked, exec);
		else
			look_close(&exec->look);
		return true;
	}
	while ((exec = pop(&d->looked))) {
		bool there = !exec->over && exec->look.dirfd >= 0;

		if (there)
			look_again(d, exec);
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

static void settle_ident(struct digest *d, const struct exec *exec, struct life *life)
{
	struct record *record = &d->records[exec->record];

	if (record->ident.grain_ns || !exec->look.start_ns)
		return;
	record->ident = (struct ident){exec->tgid, IDENT_GRAIN_TICKS, exec->look.start_ns};
	if (life && !life->ident.grain_ns)
		life->ident = record->ident;
	add_lost_birth(d, exec, record->ident);
}

/* What its life keeps of it, when it goes on. */
static void settle_life(const struct digest *d, const struct exec *exec, struct life *life)
{
	const struct look *look = &exec->look;

	life->nameless = d->records[exec->record].inferred;
	if (look->standing.uid.real != UID_UNKNOWN && life->uid.real == UID_UNKNOWN) {
		life->uid = look->standing.uid;
		life->gid = look->standing.gid;
	}
	if (look->start_ns && d->options.cgroup_count > 0) {
		life->covered = look->covered;
		life->covered_known = true;
	}
}

static void take_look(struct digest *d, const struct exec *exec)
{
	struct record *record = &d->records[exec->record];
	const struct look *look = &exec->look;
	struct standing before = record->standing;

	record->standing = look->standing;
	if (record->standing.uid.real == UID_UNKNOWN) {
		record->standing.uid = before.uid;
		record->standing.gid = before.gid;
	}
	record->covered = look->covered;
	record->exec.filename = look->filename;
	record->exec.argv = look->argv;
	record->exec.cwd = look->cwd;
	record->exec.comm = look->comm;
	record->exec.args_bytes = look->args_bytes;
	record->exec.args_truncated = look->args_bytes > look->argv.n;
}

/*
 * May what was read be that of the image that came after? Not if it was still called otherwise
 * afterwards, because the name changes first; else if the next one shows the same arguments, or
 * none that could be compared.
 */
static bool is_of_next(const struct exec *exec, const struct exec *after)
{
	struct str name;

	if (!after || after->time_ns - exec->looked_ns > WINDOW_NS)
		return false;
	name = after->look.comm.p ? after->look.comm : str_of(after->comm);
	if (exec->look.comm.p && name.n && !str_eq(exec->look.comm, name))
		return false;
	return !after->look.argv.p || str_eq(exec->look.argv, after->look.argv);
}

/* `after`: what that process executed next, if it did. */
static void complete(struct digest *d, const struct exec *exec, const struct exec *after)
{
	struct record *record = &d->records[exec->record];
	struct life *life = exec->over ? NULL : lives_find(&d->lives, exec->tgid);

	/* that of a later holder of the number is not its */
	if (exec->looked_ns && is_of(record->ident, exec->look.start_ns) &&
	    !is_of_next(exec, after)) {
		settle_ident(d, exec, life);
		take_look(d, exec);
	}
	if (!record->exec.comm.p && exec->comm[0] && !exec->succeeded)
		record->exec.comm = str_of(exec->comm);
	/* neither arguments nor a name: it goes on under the one that it had */
	record->inferred = !record->exec.argv.p && !record->exec.comm.p;
	if (life)
		settle_life(d, exec, life);
}

void digest_complete_execs(struct digest *d)
{
	struct exec *head, *next;

	HASH_ITER(hh, d->execs, head, next)
	{
		const struct exec *after = NULL;

		for (const struct exec *exec = head; exec; after = exec, exec = exec->older)
			if (exec->told)
				complete(d, exec, after);
	}
}

static void exec_free(struct exec *exec)
{
	look_deinit(&exec->look);
	free(exec);
}

static bool is_kept(const struct digest *d, const struct exec *exec)
{
	return !exec->told && exec->time_ns >= d->newest_ns - FORGOTTEN_NS;
}

/* Frees who need not be kept; returns the latest of the others. */
static struct exec *keep_some(const struct digest *d, struct exec *exec, bool all)
{
	struct exec *kept = NULL, **end = &kept;

	for (struct exec *older; exec; exec = older) {
		older = exec->older;
		exec->older = NULL;
		if (all || !is_kept(d, exec)) {
			exec_free(exec);
			continue;
		}
		*end = exec;
		end = &exec->older;
	}
	return kept;
}

/* Nobody is on a stack any more. */
void digest_forget_execs(struct digest *d, bool all)
{
	struct exec *head, *next;

	HASH_ITER(hh, d->execs, head, next)
	{
		bool stays = !all && is_kept(d, head);
		struct exec *kept;

		if (!stays)
			HASH_DEL(d->execs, head);
		kept = keep_some(d, head, all);
		if (!stays && kept)
			HASH_ADD_INT(d->execs, tgid, kept);
	}
}
