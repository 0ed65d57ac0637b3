/*
 * Lives under ptrace and the records of their births, images and ends. Key decision: what a child
 * has from its forker is copied, not read; a zombie is asked before it is reaped, because only then
 * is its cost final (the exit stop is 3 to 6 % too early).
 */
#include "source/ptrace/tracer_life.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/ident.h"
#include "model/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a zombie may still run after it was read, where the host takes its CPU away. */
#define STRANGE_NS 2000000
/* How long one is awaited that has not left its CPU yet. */
#define LEAVING_NS       (50 * NS_PER_MS)
#define LEAVING_PAUSE_NS 20000
/* How long a cgroup that was read counts for the next children by vfork. */
#define CGROUP_FRESH_NS (20 * NS_PER_MS)

struct life *life_find(struct lives *lives, pid_t tgid)
{
	struct life *life;

	HASH_FIND_INT(lives->by_tgid, &tgid, life);
	return life;
}

struct task *task_find(struct lives *lives, pid_t tid)
{
	struct task *task;

	HASH_FIND_INT(lives->by_tid, &tid, task);
	return task;
}

struct passed *passed_find(struct lives *lives, pid_t pid)
{
	struct passed *passed;

	HASH_FIND_INT(lives->passed, &pid, passed);
	return passed;
}

struct task *task_add(struct lives *lives, pid_t tid, struct life *life)
{
	struct task *task = task_find(lives, tid);

	if (!task) {
		task = mem_alloc(sizeof *task);
		task->tid = tid;
		HASH_ADD_INT(lives->by_tid, tid, task);
	} else if (!task->life && life) {
		lives->held--;
	}
	task->life = life;
	if (life) {
		life->tasks++;
		life->alive++;
		life->threads++;
	} else {
		lives->held++;
	}
	return task;
}

void task_remove(struct lives *lives, struct task *task)
{
	if (task->life) {
		task->life->tasks--;
		task->life->alive -= !task->exiting;
	} else {
		lives->held--;
	}
	HASH_DEL(lives->by_tid, task);
	free(task->exec_name);
	free(task);
}

/* Reads ids and parent anew. */
static int read_ids(struct lives *lives, struct life *life, struct tracer_status *ret)
{
	int r = tracer_proc_status(&lives->proc, life->tgid, ret);

	if (r < 0)
		return r;
	memcpy(life->uid, ret->uid, sizeof life->uid);
	memcpy(life->gid, ret->gid, sizeof life->gid);
	life->ppid = ret->ppid;
	return 0;
}

void life_check_ids(struct lives *lives, struct life *life, uint32_t real_uid)
{
	struct tracer_status status;

	if (life->uid[0] != real_uid)
		(void)read_ids(lives, life, &status);
}

void life_standing(const struct life *life, struct wire_standing *out)
{
	pid_t pgid = getpgid(life->tgid), sid = getsid(life->tgid);

	out->ppid = life->ppid;
	out->pgid = pgid > 0 ? pgid : 0;
	out->sid = sid > 0 ? sid : 0;
	memcpy(out->uid, life->uid, sizeof out->uid);
	memcpy(out->gid, life->gid, sizeof out->gid);
}

static void put_fork(struct lives *lives, const struct life *life, const struct life *forker,
		     pid_t forker_tid)
{
	struct wire_fork *w =
		tracer_wire_add(&lives->wire, WIRE_FORK, sizeof *w, 0, life->ident, life->tgid);

	life_standing(life, &w->standing);
	w->parent_tgid = life->parent.tgid;
	w->parent_start_ns = life->parent.start_ns;
	w->forker_tgid = forker ? forker->tgid : life->parent.tgid;
	w->forker_start_ns = forker ? forker->ident.start_ns : life->parent.start_ns;
	w->forker_pid = w->forker_tgid;
	w->forker_tid = forker_tid;
	memcpy(w->comm, life->comm, sizeof w->comm);
}

struct life *life_new(struct lives *lives, pid_t pid, const struct tracer_stat *stat,
		      const struct life *forker)
{
	struct tracer_status status;
	struct life *life = mem_alloc(sizeof *life);
	const struct life *parent = forker;

	life->io_fd = life->syscall_fd = -1;

	if (!parent || stat->ppid != parent->tgid)
		parent = life_find(lives, stat->ppid);
	life->tgid = pid;
	life->born_ns = clock_boot_ns();
	life->ident = (struct tracer_ident){pid, stat->start_ns};
	life->parent = parent ? parent->ident : (struct tracer_ident){stat->ppid, 0};
	life->ppid = stat->ppid;
	memcpy(life->comm, stat->comm, sizeof life->comm);
	if (forker) {
		memcpy(life->uid, forker->uid, sizeof life->uid);
		memcpy(life->gid, forker->gid, sizeof life->gid);
		life->owner_uid = forker->owner_uid;
		life->owner_gid = forker->owner_gid;
	} else if (read_ids(lives, life, &status) < 0) {
		memset(life->uid, 0xff, sizeof life->uid);
		memset(life->gid, 0xff, sizeof life->gid);
	}
	return life;
}

static struct life *add_life(struct lives *lives, pid_t pid, const struct tracer_stat *stat,
			     struct life *forker, pid_t forker_tid)
{
	struct life *life = life_new(lives, pid, stat, forker);

	HASH_ADD_INT(lives->by_tgid, tgid, life);
	put_fork(lives, life, forker, forker_tid);
	return life;
}

struct life *life_born(struct lives *lives, pid_t pid, struct life *forker, pid_t forker_tid)
{
	struct tracer_stat stat;

	if (tracer_proc_stat(&lives->proc, pid, &stat) < 0)
		return NULL;
	return add_life(lives, pid, &stat, forker, forker_tid);
}

struct life *life_vforked(struct lives *lives, pid_t pid, struct life *forker, pid_t forker_tid,
			  int64_t after_ns, int64_t before_ns)
{
	int64_t tick = after_ns / IDENT_GRAIN_TICKS;
	struct tracer_stat stat = {.ppid = forker->tgid};
	struct life *life;

	if (!after_ns || tick != before_ns / IDENT_GRAIN_TICKS || forker->threads > 1) {
		life = life_born(lives, pid, forker, forker_tid);
	} else {
		memcpy(stat.comm, forker->comm, sizeof stat.comm);
		stat.start_ns = (uint64_t)tick * IDENT_GRAIN_TICKS;
		life = add_life(lives, pid, &stat, forker, forker_tid);
	}
	if (life)
		life->vforked = true;
	return life;
}

/* The name that the kernel gives a new image: __set_task_comm in begin_new_exec. */
static void set_comm(struct lives *lives, struct life *life, struct str filename)
{
	struct str base = str_basename(filename);
	struct tracer_stat stat;

	/* Opened by descriptor: what it is called then differs between kernels. */
	if (str_starts(filename, STR("/dev/fd/")) || !base.n) {
		if (tracer_proc_stat(&lives->proc, life->tgid, &stat) == 0)
			memcpy(life->comm, stat.comm, sizeof life->comm);
		return;
	}
	memset(life->comm, 0, sizeof life->comm);
	memcpy(life->comm, base.p, base.n < 15 ? base.n : 15);
}

static void check_owner(struct lives *lives, struct life *life)
{
	uint32_t uid = life->owner_uid, gid = life->owner_gid;
	struct tracer_status status;

	if (tracer_proc_owner(&lives->proc, life->tgid, &uid, &gid) < 0 ||
	    (uid == life->owner_uid && gid == life->owner_gid))
		return;
	if (read_ids(lives, life, &status) == 0) {
		life->owner_uid = uid;
		life->owner_gid = gid;
	}
}

/*
 * The cgroup of an image. A child by vfork execs where its parent is: siblings that follow each
 * other closely need not all ask.
 */
static uint64_t cgroup_of(struct lives *lives, struct life *life)
{
	struct life *parent = life->vforked ? life_find(lives, life->ppid) : NULL;
	int64_t now_ns = clock_boot_ns();

	life->vforked = false; /* after this it may go elsewhere */
	if (parent && parent->cgroup_ns && now_ns - parent->cgroup_ns < CGROUP_FRESH_NS)
		return parent->cgroup_id;
	life->cgroup_id = tracer_proc_cgroup(&lives->proc, life->tgid);
	if (parent) {
		parent->cgroup_id = life->cgroup_id;
		parent->cgroup_ns = now_ns;
	}
	return life->cgroup_id;
}

void life_exec(struct lives *lives, struct life *life, pid_t tid)
{
	struct tracer_exec exec = {
		.filename = {"", 0},
                  .argv = {"", 0}
        };
	struct str cwd = {"", 0};
	struct wire_exec *w;
	uint64_t cgroup_id = cgroup_of(lives, life);
	char *at;

	check_owner(lives, life);
	life->peak_bytes = 0; /* of the image before, from the threads that exec ended */
	(void)tracer_proc_cwd(&lives->proc, life->tgid, &cwd);
	(void)tracer_proc_exec(&lives->proc, life->tgid, &exec);
	w = tracer_wire_add(&lives->wire, WIRE_EXEC, sizeof *w,
			    exec.filename.n + cwd.n + exec.argv.n, life->ident, tid);
	at = (char *)(w + 1);
	at = mempcpy(at, exec.filename.p, exec.filename.n);
	at = mempcpy(at, cwd.p, cwd.n);
	memcpy(at, exec.argv.p, exec.argv.n);
	w->cgroup_id = cgroup_id;
	w->args_bytes = exec.args_bytes;
	w->filename_size = (uint32_t)exec.filename.n;
	w->cwd_size = (uint32_t)cwd.n;
	w->argv_size = (uint32_t)exec.argv.n;
	w->cwd_flags = WIRE_CWD_PATH;
	life_standing(life, &w->standing);
	/* before anything is read into the memory that the name stands in */
	exec.filename = (struct str){(const char *)(w + 1), exec.filename.n};
	set_comm(lives, life, exec.filename);
	memcpy(w->comm, life->comm, sizeof w->comm);
}

static void close_files(struct life *life)
{
	if (life->io_fd >= 0)
		close(life->io_fd);
	if (life->syscall_fd >= 0)
		close(life->syscall_fd);
	life->io_fd = life->syscall_fd = -1;
}

void life_hold_files(struct lives *lives, struct life *life, pid_t tid)
{
	/* a process's holds also what its children did that it waited for; a thread's does not */
	bool alone = life->threads <= 1 && !life->threads_unknown;
	char own[32];

	snprintf(own, sizeof own, "task/%d/io", (int)tid);
	close_files(life); /* of a leader whose end was an exec */
	life->io_fd = tracer_proc_open(&lives->proc, tid, alone ? own : "io");
	life->syscall_fd = tracer_proc_open(&lives->proc, tid, "syscall");
}

void life_ending(struct lives *lives, struct life *life, pid_t tid)
{
	struct tracer_status status;
	struct wire_comm *w;

	if (read_ids(lives, life, &status) < 0)
		return;
	/* a thread that ends late may find the memory gone */
	if (status.peak_bytes > life->peak_bytes)
		life->peak_bytes = status.peak_bytes;
	if (tid != life->tgid || memcmp(status.comm, life->comm, sizeof life->comm) == 0)
		return;
	w = tracer_wire_add(&lives->wire, WIRE_COMM, sizeof *w, 0, life->ident, life->tgid);
	w->h.flags = WIRE_INFERRED;
	memcpy(w->old, life->comm, sizeof w->old);
	memcpy(w->comm, status.comm, sizeof w->comm);
}

static uint64_t time_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

static struct tracer_cost cost_of(const struct rusage *r)
{
	return (struct tracer_cost){time_ns(r->ru_utime),   time_ns(r->ru_stime),
				    (uint64_t)r->ru_minflt, (uint64_t)r->ru_majflt,
				    (uint64_t)r->ru_nvcsw,  (uint64_t)r->ru_nivcsw};
}

static void cost_add(struct tracer_cost *sum, const struct tracer_cost *part)
{
	sum->utime_ns += part->utime_ns;
	sum->stime_ns += part->stime_ns;
	sum->minor_faults += part->minor_faults;
	sum->major_faults += part->major_faults;
	sum->voluntary += part->voluntary;
	sum->involuntary += part->involuntary;
}

static bool cost_subtract(struct tracer_cost *sum, const struct tracer_cost *part)
{
	if (sum->utime_ns < part->utime_ns || sum->stime_ns < part->stime_ns ||
	    sum->minor_faults < part->minor_faults || sum->major_faults < part->major_faults ||
	    sum->voluntary < part->voluntary || sum->involuntary < part->involuntary)
		return false;
	sum->utime_ns -= part->utime_ns;
	sum->stime_ns -= part->stime_ns;
	sum->minor_faults -= part->minor_faults;
	sum->major_faults -= part->major_faults;
	sum->voluntary -= part->voluntary;
	sum->involuntary -= part->involuntary;
	return true;
}

/* What waitpid gives holds the reaped children too; theirs is known and goes off. */
static bool own_cost(const struct life *life, const struct tracer_cost *both, uint64_t run_ns,
		     struct tracer_cost *ret)
{
	uint64_t slack = (life->children_reaped + 2) * UINT64_C(3000), sum; /* rounding to us */

	if (life->children_unknown)
		return false;
	*ret = *both;
	if (!cost_subtract(ret, &life->children))
		return false;
	sum = ret->utime_ns + ret->stime_ns;
	return sum <= run_ns + slack && run_ns <= sum + slack;
}

/* What only the zombie itself can tell, read before it is reaped. */
struct zombie {
	uint64_t run_ns, wait_ns;
	struct tracer_io io;
	struct tracer_stat stat;
	struct tracer_status status;
	bool run_known, wait_known, io_known, stat_known, status_known;
	bool left; /* it ran no more when this was read */
};

/*
 * A zombie can be seen before it leaves its CPU for good: until then nothing of it is final. False:
 * it has not come to that, because others have the CPU.
 */
static bool await_leaving(struct lives *lives, int syscall_fd)
{
	int64_t until_ns = clock_boot_ns() + LEAVING_NS;
	const struct timespec pause = {0, LEAVING_PAUSE_NS};
	bool left = syscall_fd < 0; /* not known: as it nearly always is */

	while (!left && !(left = tracer_proc_has_left(&lives->proc, syscall_fd)) &&
	       clock_boot_ns() < until_ns)
		nanosleep(&pause, NULL); /* it may need the CPU that this runs on */
	return left;
}

static void read_zombie(struct lives *lives, const struct life *life, struct zombie *ret)
{
	struct tracer_proc *proc = &lives->proc;

	ret->left = await_leaving(lives, life->syscall_fd);
	ret->io_known = life->io_fd >= 0 && tracer_proc_io(proc, life->io_fd, &ret->io) == 0;
	ret->wait_known =
		!life->threads_unknown && tracer_proc_wait_ns(proc, life->tgid, &ret->wait_ns) == 0;
	/* Its children's cost may turn out not to be what we think: the slow way is kept open. */
	if (life->children_reaped || life->attached) {
		ret->stat_known = tracer_proc_stat(proc, life->tgid, &ret->stat) == 0;
		ret->status_known = tracer_proc_status(proc, life->tgid, &ret->status) == 0;
	}
	ret->run_known = tracer_proc_cpu_ns(life->tgid, &ret->run_ns) == 0;
}

enum {
	KNOWN_RUN = 1 << 0,
	KNOWN_TIMES = 1 << 1 | 1 << 2,
	KNOWN_WAIT = 1 << 3,
	KNOWN_FAULTS = 1 << 4 | 1 << 5,
	KNOWN_SWITCHES = 1 << 6 | 1 << 7,
	KNOWN_IO = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11,
	KNOWN_PEAK = 1 << 12,
	KNOWN_THREADS = 1 << 13,
};

static unsigned put_cost(struct wire_settled *w, const struct tracer_cost *cost)
{
	w->utime = cost->utime_ns;
	w->stime = cost->stime_ns;
	w->minor_faults = cost->minor_faults;
	w->major_faults = cost->major_faults;
	w->voluntary_switches = cost->voluntary;
	w->involuntary_switches = cost->involuntary;
	return KNOWN_TIMES | KNOWN_FAULTS | KNOWN_SWITCHES;
}

/* Children that we did not see reaped, or did not see at all: what proc says, to the tick. */
static unsigned put_cost_from_proc(struct wire_settled *w, const struct life *life,
				   const struct zombie *z)
{
	unsigned known = 0;

	if (z->stat_known) {
		w->utime = z->stat.utime_ns;
		w->stime = z->stat.stime_ns;
		w->minor_faults = z->stat.minor_faults;
		w->major_faults = z->stat.major_faults;
		known |= KNOWN_TIMES | KNOWN_FAULTS;
	}
	if (z->status_known && !life->threads_unknown) {
		w->voluntary_switches = z->status.voluntary + life->voluntary;
		w->involuntary_switches = z->status.involuntary + life->involuntary;
		known |= KNOWN_SWITCHES;
	}
	return known;
}

static void put_exit(struct lives *lives, const struct life *life, int status,
		     const struct wire_standing *standing)
{
	struct wire_exit *w =
		tracer_wire_add(&lives->wire, WIRE_EXIT, sizeof *w, 0, life->ident, life->tgid);

	w->standing = *standing;
	w->status = status;
	w->threads = life->threads;
	w->rss_peak_bytes = life->peak_bytes;
	w->h.flags = life->peak_bytes ? WIRE_PEAK_KNOWN : 0;
}

static void put_settled(struct lives *lives, const struct life *life, const struct zombie *z,
			const struct tracer_cost *both)
{
	struct wire_settled *w =
		tracer_wire_add(&lives->wire, WIRE_SETTLED, sizeof *w, 0, life->ident, life->tgid);
	unsigned known = life->threads_unknown ? 0 : KNOWN_THREADS;
	struct tracer_cost own;

	w->h.flags = WIRE_SETTLED_PROCESS | (z->run_known && z->left ? 0 : WIRE_SETTLED_INEXACT);
	w->run_ns = z->run_ns;
	known |= z->run_known ? KNOWN_RUN : 0;
	known |= own_cost(life, both, z->run_ns, &own) ? put_cost(w, &own)
						       : put_cost_from_proc(w, life, z);
	if (z->wait_known) {
		w->cpu_wait_ns = life->wait_ns + z->wait_ns;
		known |= KNOWN_WAIT;
	}
	if (z->io_known) {
		w->read_chars = z->io.value[0];
		w->write_chars = z->io.value[1];
		w->read_bytes = z->io.value[2];
		w->write_bytes = z->io.value[3];
		known |= KNOWN_IO;
	}
	if (life->peak_bytes) {
		w->rss_peak_bytes = life->peak_bytes;
		w->h.flags |= WIRE_PEAK_KNOWN << 8;
		known |= KNOWN_PEAK;
	}
	w->threads = life->threads;
	w->known = known;
}

/* More CPU time from children than those we know brought: one of them was never traced. */
static bool has_strange_cost(const struct life *life, const struct tracer_cost *both,
			     uint64_t run_ns)
{
	struct tracer_cost own = *both;
	/* both times of each child were cut to whole microseconds, their sum was not */
	uint64_t rounding_ns = life->children_reaped * UINT64_C(2000);

	return !life->children_unknown && cost_subtract(&own, &life->children) &&
	       own.utime_ns + own.stime_ns > run_ns + run_ns / 100 + STRANGE_NS + rounding_ns;
}

static void forget(struct lives *lives, struct life *life)
{
	struct task *task, *next;

	if (life->tasks)
		HASH_ITER(hh, lives->by_tid, task, next)
	if (task->life == life)
		task_remove(lives, task);
	HASH_DEL(lives->by_tgid, life);
	close_files(life);
	free(life);
}

void life_ended(struct lives *lives, struct life *life, pid_t tid)
{
	struct zombie zombie = {0};
	struct wire_standing standing = {0};
	struct life *parent;
	struct rusage usage = {0};
	struct tracer_cost both;
	int status = STATUS_UNKNOWN;

	if (life->io_fd < 0) /* killed on its way */
		life_hold_files(lives, life, tid);
	read_zombie(lives, life, &zombie);
	life_standing(life, &standing);
	/* the last thread's holds the whole process as well */
	if (wait4(tid, &status, __WALL, &usage) != tid)
		status = STATUS_UNKNOWN;
	both = cost_of(&usage);
	/* what a childless one is charged at the reaping is its own: it may be the later reading */
	if (zombie.run_known && !life->children_reaped && !life->attached &&
	    !has_strange_cost(life, &both, zombie.run_ns) &&
	    both.utime_ns + both.stime_ns > zombie.run_ns)
		zombie.run_ns = both.utime_ns + both.stime_ns;
	put_exit(lives, life, status, &standing);
	put_settled(lives, life, &zombie, &both);
	if (zombie.run_known && has_strange_cost(life, &both, zombie.run_ns))
		tracer_wire_gap(&lives->wire, 1,
				life->attached ? "a process reaped a child that ended before it "
						 "could be traced"
					       : "a process reaped a child that was never traced "
						 "(CLONE_UNTRACED)");
	parent = life_find(lives, life->ppid);
	if (parent) {
		cost_add(&parent->children, &both);
		parent->children_reaped++;
	}
	forget(lives, life);
}

void life_lost(struct lives *lives, struct life *life)
{
	struct wire_standing standing = {.ppid = life->ppid};

	memset(standing.uid, 0xff, sizeof standing.uid);
	memset(standing.gid, 0xff, sizeof standing.gid);
	put_exit(lives, life, STATUS_UNKNOWN, &standing);
	forget(lives, life);
}
