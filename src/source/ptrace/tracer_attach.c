/*
 * Attaching. Key decision: to seize a thread does not tell where it is. A fork that it was in the
 * middle of goes on untraced, so a thread stays suspect until it has been seen elsewhere (in a
 * stop, asleep in another system call, or with CPU time of its own program), and its process is
 * looked at again until then. Interrupting it would settle that at once, but would end system calls
 * with EINTR that nothing else ends.
 */
#include "source/ptrace/tracer_attach.h"

#include "base/clock.h"
#include "model/ident.h"
#include "source/ptrace/tracer_refusal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#define IO_WORKER     0x00000010u /* PF_IO_WORKER: of io_uring; never forks, never traced */
#define LIST_TRIES    16          /* for a process that makes threads faster than they are listed */
#define ATTACH_NS     (5 * NS_PER_SEC)
#define CERTAIN_NS    NS_PER_SEC
#define LOOK_PAUSE_NS 500000
#define OWN_CODE_NS   (2 * (uint64_t)IDENT_GRAIN_TICKS) /* in user mode: no fork lasts as long */
#define SEIZED_STALE  1

void attach_init(struct attach *a, unsigned long options)
{
	*a = (struct attach){.self = getpid(), .owner = getppid()};
	seizer_init(&a->seizer, options);
}

/* ---- one thread ---- */

/* Traced, but not whom we meant: the number had been given to somebody else. */
static void unwant(struct attach *a, pid_t tid)
{
	struct task *task = task_add(a->lives, tid, NULL);

	task->unwanted = true;
	(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0); /* only who is stopped can be left */
}

static void suspect(struct attach *a, struct life *life, pid_t tid)
{
	struct task *task = task_add(a->lives, tid, life);

	task->suspect = true;
	if (a->interrupts)
		(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
}

/* Could it still be in a fork that began before it was traced? */
static bool is_suspect(struct attach *a, pid_t tgid, struct task *task)
{
	struct tracer_proc *proc = &a->lives->proc;
	struct tracer_stat stat;

	if (!task->suspect)
		return false;
	if (!tracer_proc_may_fork(proc, task->tid)) {
		task->suspect = false;
	} else if (tracer_proc_thread(proc, tgid, task->tid, &stat) == 0) {
		if (!task->utime_ns)
			task->utime_ns = stat.utime_ns + 1;
		else if (stat.utime_ns + 1 >= task->utime_ns + OWN_CODE_NS)
			task->suspect = false;
	}
	return task->suspect;
}

/*
 * SEIZE itself. 1: traced from now on, 0: not (yet) to be traced here: gone, or traced already as
 * the child of a traced thread, whose report is to come; negative errno: it cannot be.
 */
static int take(struct attach *a, pid_t tid)
{
	struct tracer_proc *proc = &a->lives->proc;
	struct tracer_status status;
	int r;

	if (tracer_proc_status(proc, tid, &status) < 0 || status.tracer == a->self)
		return 0;
	r = seizer_take(&a->seizer, tid);
	if (r == 0)
		return 1;
	if (tracer_proc_status(proc, tid, &status) < 0)
		return 0;
	/* The bound can strike when it has been done. Nobody else makes it traced by us. */
	if (r == -EAGAIN && status.tracer == a->self)
		return 1;
	if (r == -EAGAIN)
		a->busy = true;
	return r == -EAGAIN ? 0 : r;
}

/* The same of one thread of a process that is traced. */
static int seize_thread(struct attach *a, struct life *life, pid_t tid)
{
	struct tracer_proc *proc = &a->lives->proc;
	struct tracer_stat stat;
	int r;

	if (tracer_proc_thread(proc, life->tgid, tid, &stat) < 0 || stat.flags & IO_WORKER)
		return 0;
	r = take(a, tid);
	if (r > 0 && !tracer_proc_is_thread(proc, life->tgid, tid)) {
		unwant(a, tid);
		return 0;
	}
	if (r > 0)
		suspect(a, life, tid);
	return r;
}

/*
 * A thread of its that was not traced may have called exec: it has the leader's number now, and
 * the leader, who was traced, is gone. False: the whole process is.
 */
static bool retake_leader(struct attach *a, struct life *life)
{
	struct task *leader = task_find(a->lives, life->tgid);
	struct tracer_status status;
	struct tracer_stat stat;
	pid_t tgid = life->tgid;
	int r;

	if (!leader)
		return true;
	r = tracer_proc_status(&a->lives->proc, tgid, &status);
	if (r == 0 && status.tracer == a->self)
		return true;
	r = r < 0 ? r : take(a, tgid);
	if (r == 0)
		return true; /* not yet */
	if (r < 0 || tracer_proc_stat(&a->lives->proc, tgid, &stat) < 0 ||
	    stat.start_ns != life->ident.start_ns) {
		life_lost(a->lives, life);
		if (r > 0)
			unwant(a, tgid);
		return false;
	}
	life->alive += leader->exiting;
	leader->exiting = false;
	leader->suspect = true;
	life_exec(a->lives, life, tgid);
	return true;
}

/* ---- one process ---- */

static void pass_over(struct attach *a, pid_t pid, const struct tracer_stat *stat, int error)
{
	struct error why;

	life_passed(a->lives, pid, stat);
	if (stat->state == 'Z')
		return;
	(void)tracer_refusal(&a->lives->proc, pid, error, &why);
	tracer_wire_gap(&a->lives->wire, 1, why.text);
}

/*
 * Traces a process whose parent is `parent` (0: whoever that is). 1: it is traced from now on, 0:
 * nothing to do, negative errno: it cannot be traced; *ret_stat is then how it stands.
 */
static int seize_process(struct attach *a, pid_t pid, pid_t parent, struct tracer_stat *ret_stat)
{
	struct tracer_proc *proc = &a->lives->proc;
	struct tracer_stat stat;
	struct life *life;
	int r;

	if (pid == a->self || pid == a->owner || life_find(a->lives, pid) ||
	    task_find(a->lives, pid) || passed_find(a->lives, pid))
		return 0;
	if (tracer_proc_stat(proc, pid, ret_stat) < 0 || (parent && ret_stat->ppid != parent))
		return 0;
	if (ret_stat->state == 'Z' && ret_stat->threads <= 1)
		return -ECHILD;
	/* of a leader that has ended the threads remain */
	r = ret_stat->state == 'Z' ? 1 : take(a, pid);
	if (r == 0 || tracer_proc_stat(proc, pid, &stat) < 0)
		return 0;
	if (r < 0) {
		*ret_stat = stat; /* it may have ended in between */
		return r;
	}
	if (stat.start_ns != ret_stat->start_ns) {
		unwant(a, pid);
		return 0;
	}
	life = life_attached(a->lives, pid, &stat);
	a->unsure++;
	a->looks = 0;
	if (ret_stat->state != 'Z')
		suspect(a, life, pid);
	return 1;
}

static unsigned seize_children(struct attach *a, pid_t tgid, pid_t tid)
{
	struct buf children = BUF_INIT;
	struct tracer_stat stat;
	unsigned added = 0;
	const pid_t *child;

	(void)tracer_proc_list_children(&a->lives->proc, tgid, tid, &children);
	child = (const void *)children.p;
	for (size_t i = 0; i < children.n / sizeof *child; i++) {
		int r = seize_process(a, child[i], tgid, &stat);

		if (r < 0)
			pass_over(a, child[i], &stat, r);
		added += r != 0;
	}
	buf_deinit(&children);
	return added;
}

/* Lists the threads until all that can be traced are; *added counts the new ones. */
static void seize_threads(struct attach *a, struct life *life, struct buf *tids, unsigned *added)
{
	unsigned before;
	int tries = 0;

	do {
		const pid_t *tid;

		before = *added;
		buf_clear(tids);
		(void)tracer_proc_list(&a->lives->proc, life->tgid, tids);
		tid = (const void *)tids->p;
		for (size_t i = 0; i < tids->n / sizeof *tid; i++)
			if (!task_find(a->lives, tid[i]))
				*added += seize_thread(a, life, tid[i]) > 0;
	} while (*added > before && ++tries < LIST_TRIES);
}

/* Is that number still the one who was passed over? */
static bool is_passed(struct attach *a, pid_t pid)
{
	struct passed *passed = passed_find(a->lives, pid);
	struct tracer_stat stat;

	if (!passed)
		return false;
	if (tracer_proc_stat(&a->lives->proc, pid, &stat) == 0 &&
	    stat.start_ns == passed->ident.start_ns)
		return true;
	HASH_DEL(a->lives->passed, passed);
	free(passed);
	return false;
}

/* Looks at a life, or at one that is not traced but may have children that can be. */
static unsigned look_at(struct attach *a, pid_t tgid)
{
	struct life *life = life_find(a->lives, tgid);
	struct buf tids = BUF_INIT;
	unsigned added = 0;
	const pid_t *tid;
	bool sure = true;

	if (life ? !retake_leader(a, life) : !is_passed(a, tgid))
		return 0;
	(void)tracer_proc_list(&a->lives->proc, tgid, &tids);
	tid = (const void *)tids.p;
	for (size_t i = 0; life && i < tids.n / sizeof *tid; i++) {
		struct task *task = task_find(a->lives, tid[i]);

		sure &= task && task->life == life && !is_suspect(a, tgid, task);
	}
	if (life) {
		seize_threads(a, life, &tids, &added);
		/* one whose last thread is ending may be one whose leader was replaced */
		life->unsure = !sure || added || !life->alive;
		if (!life->measured)
			life_measure(a->lives, life);
	}
	tid = (const void *)tids.p;
	for (size_t i = 0; i < tids.n / sizeof *tid; i++)
		added += seize_children(a, tgid, tid[i]);
	buf_deinit(&tids);
	return added;
}

/* ---- all ---- */

/* Looks at all about whom something is not sure; how many that added. */
static unsigned pass(struct attach *a, bool passed_too)
{
	struct buf tgids = BUF_INIT;
	struct life *life, *next_life;
	struct passed *passed, *next_passed;
	unsigned added = 0;
	const pid_t *tgid;

	HASH_ITER(hh, a->lives->by_tgid, life, next_life)
	{
		if (life->unsure)
			buf_add(&tgids, &life->tgid, sizeof life->tgid);
	}
	HASH_ITER(hh, a->lives->passed, passed, next_passed)
	{
		if (passed_too)
			buf_add(&tgids, &passed->pid, sizeof passed->pid);
	}
	tgid = (const void *)tgids.p;
	for (size_t i = 0; i < tgids.n / sizeof *tgid; i++) {
		added += look_at(a, tgid[i]);
		a->drain(a->context);
	}
	buf_deinit(&tgids);
	a->unsure = 0;
	HASH_ITER(hh, a->lives->by_tgid, life, next_life)
	{
		a->unsure += life->unsure;
	}
	return added;
}

/*
 * A list of children skips some when others end while it is read (get_children_pid in
 * fs/proc/array.c), the list of all processes does not.
 */
static unsigned sweep(struct attach *a)
{
	struct buf pids = BUF_INIT;
	struct tracer_stat stat;
	unsigned added = 0;
	const pid_t *pid;

	(void)tracer_proc_list(&a->lives->proc, 0, &pids);
	pid = (const void *)pids.p;
	for (size_t i = 0; i < pids.n / sizeof *pid; i++) {
		int r = 0;

		if (task_find(a->lives, pid[i]) || passed_find(a->lives, pid[i]) ||
		    tracer_proc_stat(&a->lives->proc, pid[i], &stat) < 0)
			continue;
		if (life_find(a->lives, stat.ppid) || passed_find(a->lives, stat.ppid))
			r = seize_process(a, pid[i], stat.ppid, &stat);
		if (r < 0)
			pass_over(a, pid[i], &stat, r);
		added += r != 0;
		if (i % 256 == 255)
			a->drain(a->context);
	}
	buf_deinit(&pids);
	return added;
}

static int check_root(struct attach *a, pid_t pid, struct error *err)
{
	struct tracer_status status;

	if (pid == a->self || pid == a->owner)
		return error_set(err, EINVAL, "pscope cannot trace itself (process %d)", pid);
	if (tracer_proc_status(&a->lives->proc, pid, &status) < 0)
		return error_set(err, ESRCH, "there is no process %d", pid);
	if (status.tgid != pid)
		return error_set(
			err, EINVAL,
			"%d is a thread of process %d (%s); give the number of the process", pid,
			status.tgid, status.comm);
	return 0;
}

static int take_root(struct attach *a, pid_t pid, struct error *err)
{
	int64_t until_ns = clock_boot_ns() + ATTACH_NS;
	struct tracer_status status;
	struct tracer_stat stat;
	int r;

	do {
		r = check_root(a, pid, err);
		if (r < 0)
			return r;
		a->busy = false;
		r = seize_process(a, pid, 0, &stat);
		a->drain(a->context);
	} while (a->busy && clock_boot_ns() < until_ns);
	if (r < 0)
		return tracer_refusal(&a->lives->proc, pid, r, err);
	if (r == 0 && passed_find(a->lives, pid))
		return tracer_refusal(&a->lives->proc, pid, -EPERM, err);
	if (r == 0 && !life_find(a->lives, pid) &&
	    (tracer_proc_status(&a->lives->proc, pid, &status) < 0 || status.tracer != a->self))
		return error_set(err, ESRCH, "there is no process %d any more", pid);
	return 0;
}

/* Who is born untraced, and ends before anybody looks again, shall at least be so before the start. */
static void await_certainty(struct attach *a)
{
	int64_t until_ns = clock_boot_ns() + CERTAIN_NS;
	const struct timespec pause = {0, LOOK_PAUSE_NS};

	while (a->unsure && clock_boot_ns() < until_ns) {
		a->drain(a->context);
		nanosleep(&pause, NULL);
		(void)pass(a, false);
	}
}

int attach_all(struct attach *a, const int32_t *pids, size_t count, struct error *err)
{
	int64_t until_ns = clock_boot_ns() + ATTACH_NS;

	for (size_t i = 0; i < count; i++) {
		int r = take_root(a, pids[i], err);

		if (r < 0)
			return r;
	}
	do
		a->busy = false;
	while ((pass(a, true) > 0 || sweep(a) > 0 || a->busy) && clock_boot_ns() < until_ns);
	await_certainty(a);
	return 0;
}

void attach_look(struct attach *a)
{
	a->looks++;
	(void)pass(a, false);
}

void attach_seen(struct attach *a, struct task *task, bool ending)
{
	task->suspect = false;
	/* the children that are not traced would be somebody else's in a moment */
	if (ending && task->life && task->life->unsure)
		(void)seize_children(a, task->life->tgid, task->tid);
}
