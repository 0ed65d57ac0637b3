/*
 * What a stop of a traced thread means: births, images, ends, signals, job control. Key decision: a
 * thread goes on as soon as nothing that it could change is still to be read.
 */
#include "source/ptrace/tracer_internal.h"

#include "base/mem.h"
#include "model/status.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD_TICKS 2
#define EVENT_STOP 128 /* PTRACE_EVENT_STOP: not in every header */

/* Takes a stop off the list: not an end, which is still to be read. */
static void consume_stop(pid_t tid)
{
	siginfo_t info;

	(void)waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL);
}

/*
 * Lets a stopped thread go on. That fails when it was killed meanwhile, whose end is then reported;
 * should it ever fail otherwise, the stop is consumed, or it would be looked at for ever.
 */
static void go_on(pid_t tid, enum __ptrace_request how, int signal)
{
	if (ptrace(how, tid, 0, (void *)(intptr_t)signal) == 0)
		return;
	consume_stop(tid);
	(void)ptrace(how, tid, 0, (void *)(intptr_t)signal);
}

static void resume(const struct tracer *t, pid_t tid, int signal)
{
	go_on(tid, t->config->failed_execs ? PTRACE_SYSCALL : PTRACE_CONT, signal);
}

/* How a stop at a signal or event goes on: job control stays stopped, all else runs. */
static void resume_from(const struct tracer *t, pid_t tid, int code)
{
	int signal = code & 0x7f;

	if (code >> 8 == EVENT_STOP &&
	    (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU))
		go_on(tid, PTRACE_LISTEN, 0);
	else
		resume(t, tid, code >> 8 ? 0 : signal);
}

static void add_thread(struct tracer *t, struct life *life, pid_t tid, pid_t parent_tid)
{
	struct wire_clone *w;

	task_add(&t->lives, tid, life);
	if (!t->config->threads)
		return;
	w = tracer_wire_add(&t->lives.wire, WIRE_CLONE, sizeof *w, 0, life->ident, tid);
	w->parent_tid = parent_tid;
}

void tracer_add_process(struct tracer *t, pid_t pid, struct life *life)
{
	if (life)
		task_add(&t->lives, pid, life);
	else
		tracer_wire_gap(&t->lives.wire, 1, "a process vanished before it could be read");
}

static bool early_take(struct tracer *t, pid_t tid)
{
	struct early *early;

	HASH_FIND_INT(t->early, &tid, early);
	if (!early)
		return false;
	HASH_DEL(t->early, early);
	free(early);
	return true;
}

static void early_put(struct tracer *t, pid_t tid)
{
	struct early *early = mem_alloc(sizeof *early);

	(void)early_take(t, tid);
	early->tid = tid;
	HASH_ADD_INT(t->early, tid, early);
}

static void on_birth(struct tracer *t, const siginfo_t *info, int event)
{
	struct task *task = task_find(&t->lives, info->si_pid), *child;
	unsigned long message = 0;
	int held_code = 0;
	pid_t tid;

	if (!task || !task->life || ptrace(PTRACE_GETEVENTMSG, info->si_pid, 0, &message) < 0)
		return resume(t, info->si_pid, 0);
	tid = (pid_t)message;
	if (early_take(t, tid))
		return resume(t, info->si_pid, 0);
	life_check_ids(&t->lives, task->life, info->si_uid);
	child = task_find(&t->lives, tid);
	if (child && child->life) /* left over from a thread that vanished unseen */
		task_remove(&t->lives, child);
	else if (child)
		held_code = child->held_code;
	/* The forker need not wait: it cannot end without a stop that comes after this. */
	resume(t, info->si_pid, 0);
	if (event == PTRACE_EVENT_CLONE &&
	    tracer_proc_is_thread(&t->lives.proc, task->life->tgid, tid))
		add_thread(t, task->life, tid, info->si_pid);
	else if (event == PTRACE_EVENT_VFORK)
		tracer_add_process(t, tid,
				   life_vforked(&t->lives, tid, task->life, info->si_pid,
						task->stopped_ns, t->now_ns));
	else
		tracer_add_process(t, tid, life_born(&t->lives, tid, task->life, info->si_pid));
	if (held_code)
		resume_from(t, tid, held_code);
}

/* Somebody whose fork was not reported, and perhaps never will be: its forker may be dead. */
static struct task *adopt(struct tracer *t, pid_t tid)
{
	struct tracer_status status;
	struct life *life;

	if (tracer_proc_status(&t->lives.proc, tid, &status) < 0)
		return task_find(&t->lives, tid);
	life = life_find(&t->lives, status.tgid);
	if (status.tgid == tid)
		tracer_add_process(
			t, tid,
			life_born(&t->lives, tid, life_find(&t->lives, status.ppid), status.ppid));
	else if (life)
		add_thread(t, life, tid, life->tgid);
	early_put(t, tid);
	return task_find(&t->lives, tid);
}

/* Remembers a newcomer's first stop until its forker's report says who it is. */
static void hold(struct tracer *t, pid_t tid, int code)
{
	struct task *task = task_add(&t->lives, tid, NULL);

	task->held_code = code;
	consume_stop(tid);
	tracer_start_ticking(t);
}

void tracer_adopt_held(struct tracer *t)
{
	struct task *task, *next;

	HASH_ITER(hh, t->lives.by_tid, task, next)
	{
		int code = task->held_code;
		pid_t tid = task->tid;

		if (task->life || task->unwanted || ++task->held_ticks < HELD_TICKS)
			continue;
		(void)adopt(t, tid);
		resume_from(t, tid, code);
	}
}

/* exec: all other threads are gone, and the one that called it has the leader's number now. */
static void on_exec(struct tracer *t, const siginfo_t *info)
{
	struct task *leader = task_find(&t->lives, info->si_pid), *caller;
	unsigned long message = 0;
	struct life *life = leader ? leader->life : NULL;

	/* The kernel takes a leader that was a thread for another process until it is waited for. */
	if (ptrace(PTRACE_GETEVENTMSG, info->si_pid, 0, &message) < 0) {
		consume_stop(info->si_pid);
		if (ptrace(PTRACE_GETEVENTMSG, info->si_pid, 0, &message) < 0)
			message = (unsigned long)info->si_pid;
	}
	caller = (pid_t)message == info->si_pid ? NULL : task_find(&t->lives, (pid_t)message);
	if (!leader && caller && caller->life) { /* the old leader had ended before we came */
		life = caller->life;
		leader = task_add(&t->lives, info->si_pid, life);
		life->threads--;
	}
	if (!life)
		return resume(t, info->si_pid, 0);
	if (caller && caller->life == life) {
		/* The old leader was released without a word; what it had waited is known. */
		life->wait_ns += leader->wait_ns;
		task_remove(&t->lives, caller);
	}
	life->alive += leader->exiting;
	leader->exiting = false;
	leader->wait_ns = 0;
	free(leader->exec_name);
	leader->exec_name = NULL;
	life_exec(&t->lives, life, (pid_t)message);
	tracer_notes_program(&t->notes, &t->lives, life);
	resume(t, info->si_pid, 0);
}

static void on_exit_stop(struct tracer *t, const siginfo_t *info)
{
	struct task *task = task_find(&t->lives, info->si_pid);

	if (task && task->life && !task->exiting) {
		struct life *life = task->life;

		task->exiting = true;
		life->alive--;
		if (task->tid == life->tgid || (!life->alive && life->io_fd < 0))
			life_hold_files(&t->lives, life, task->tid);
		if (!life->alive) {
			life_ending(&t->lives, life, task->tid);
			tracer_notes_children(&t->notes, &t->lives, life, task->tid);
		} else if (task->tid == life->tgid) {
			(void)tracer_proc_wait_ns(&t->lives.proc, task->tid, &task->wait_ns);
		}
	}
	resume(t, info->si_pid, 0);
}

static bool is_fatal(struct tracer *t, pid_t tid, int signal)
{
	struct tracer_status status;
	uint64_t bit = UINT64_C(1) << (signal - 1);

	return signal_kills(signal) && tracer_proc_status(&t->lives.proc, tid, &status) == 0 &&
	       !((status.caught | status.ignored) & bit);
}

static void on_signal(struct tracer *t, const siginfo_t *info, int signal)
{
	struct task *task = task_find(&t->lives, info->si_pid);
	struct wire_signal *w;
	siginfo_t sent = {0};

	if (task && task->life && is_fatal(t, task->tid, signal) &&
	    ptrace(PTRACE_GETSIGINFO, task->tid, 0, &sent) == 0) {
		bool by_process = sent.si_code <= 0 && sent.si_pid > 0;
		struct tracer_stat sender;

		w = tracer_wire_add(&t->lives.wire, WIRE_SIGNAL, sizeof *w, 0, task->life->ident,
				    task->tid);
		w->signal = signal;
		w->code = sent.si_code;
		w->fatal = 1;
		w->sender_uid = by_process ? sent.si_uid : ~0u;
		if (by_process) {
			w->sender_pid = sent.si_pid;
			if (tracer_proc_stat(&t->lives.proc, sent.si_pid, &sender) == 0)
				memcpy(w->sender_comm, sender.comm, sizeof w->sender_comm);
		}
	}
	resume(t, info->si_pid, signal);
}

/* Only with failed_execs: remembers the name at an exec's entry, reports a failure at its exit. */
static void on_syscall(struct tracer *t, const siginfo_t *info)
{
	struct task *task = task_find(&t->lives, info->si_pid);
	struct __ptrace_syscall_info call;
	bool native = false;

	if (!task || !task->life ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof call, &call) <= 0)
		return resume(t, info->si_pid, 0);
	native = call.arch & __AUDIT_ARCH_64BIT || sizeof(long) == 4;
	if (call.op == PTRACE_SYSCALL_INFO_ENTRY && native &&
	    (call.entry.nr == SYS_execve || call.entry.nr == SYS_execveat)) {
		uint64_t at = call.entry.args[call.entry.nr == SYS_execveat];

		free(task->exec_name);
		task->exec_name = mem_strdup(
			tracer_proc_string(&t->lives.proc, task->tid, at, WIRE_FILENAME_MAX));
	} else if (call.op == PTRACE_SYSCALL_INFO_EXIT && task->exec_name) {
		size_t n = strlen(task->exec_name);

		if (call.exit.is_error) {
			struct wire_bad_exec *w =
				tracer_wire_add(&t->lives.wire, WIRE_BAD_EXEC, sizeof *w, n,
						task->life->ident, task->tid);

			w->error = (int32_t)-call.exit.rval;
			w->filename_size = (uint32_t)n;
			memcpy(w + 1, task->exec_name, n);
		}
		free(task->exec_name);
		task->exec_name = NULL;
	}
	resume(t, info->si_pid, 0);
}

static void dispatch(struct tracer *t, const siginfo_t *info)
{
	int code = info->si_status, event = code >> 8;

	if (event == EVENT_STOP) {
		const struct task *task = task_find(&t->lives, info->si_pid);

		if (!task)
			return hold(t, info->si_pid, code);
		return resume_from(t, info->si_pid, code);
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return on_birth(t, info, event);
	case PTRACE_EVENT_EXEC:
		return on_exec(t, info);
	case PTRACE_EVENT_EXIT:
		return on_exit_stop(t, info);
	case 0:
		if (code == (SIGTRAP | 0x80))
			return on_syscall(t, info);
		return on_signal(t, info, code);
	default:
		return resume(t, info->si_pid, 0);
	}
}

void tracer_on_stop(struct tracer *t, const siginfo_t *info)
{
	struct task *task = task_find(&t->lives, info->si_pid);
	int event = info->si_status >> 8;

	if (task && task->unwanted) {
		(void)ptrace(PTRACE_DETACH, task->tid, 0, event ? 0 : info->si_status);
		task_remove(&t->lives, task);
		return;
	}
	if (task && task->life && task->life->attached)
		attach_seen(&t->attach, task, event == PTRACE_EVENT_EXIT);
	dispatch(t, info);
	task = task_find(&t->lives, info->si_pid);
	if (task)
		task->stopped_ns = t->now_ns;
}

/* Is it the last one, of a process whose leader had ended before it could be traced? */
static bool ends_the_process(struct tracer *t, const struct life *life)
{
	struct tracer_stat leader;

	return life->attached && life->tasks == 1 &&
	       tracer_proc_stat(&t->lives.proc, life->tgid, &leader) == 0 && leader.state == 'Z' &&
	       leader.threads <= 2;
}

static void on_thread_death(struct tracer *t, struct task *task)
{
	struct life *life = task->life;
	struct tracer_status status;
	uint64_t wait_ns = 0;
	int ignored;

	if (life) {
		(void)tracer_proc_wait_ns(&t->lives.proc, task->tid, &wait_ns);
		life->wait_ns += wait_ns;
		if (tracer_proc_status(&t->lives.proc, task->tid, &status) == 0) {
			life->voluntary += status.voluntary;
			life->involuntary += status.involuntary;
		}
		if (t->config->threads)
			tracer_wire_add(&t->lives.wire, WIRE_THREAD_EXIT,
					sizeof(struct wire_header), 0, life->ident, task->tid);
	}
	if (life && ends_the_process(t, life))
		return life_ended(&t->lives, life, task->tid);
	(void)waitpid(task->tid, &ignored, __WALL);
	task_remove(&t->lives, task);
}

void tracer_on_death(struct tracer *t, pid_t tid)
{
	struct task *task = task_find(&t->lives, tid);
	int ignored;

	if (!task || (!task->life && !task->unwanted))
		task = adopt(t, tid);
	if (task && task->life && task->life->tgid == tid)
		life_ended(&t->lives, task->life, tid);
	else if (task)
		on_thread_death(t, task);
	else
		(void)waitpid(tid, &ignored, __WALL);
}
