/*
 * The ptrace helper. Key decision: events only and one blocking wait. A stop is looked at with
 * WNOWAIT and resumed: that alone takes it off the list, so a stop costs one wait. A repeating timer
 * runs only while records are pending or a newcomer is held; it breaks the wait, nothing else does.
 *
 * When the helper ends, for whatever reason, the kernel detaches what it traced and lets it run,
 * pending signals included (ptrace(2), "tracer dies"); that is why it never detaches by hand.
 */
#include "source/ptrace/tracer.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/status.h"
#include "source/ptrace/tracer_life.h"
#include "source/ptrace/tracer_notes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_US     20000
#define BATCH_BYTES (64u << 10)
#define HELD_TICKS  2
#define EVENT_STOP  128 /* PTRACE_EVENT_STOP: not in every header */

/* A child that was taken in before its fork was reported: that report is then old news. */
struct early {
	pid_t tid;
	UT_hash_handle hh;
};

struct tracer {
	const struct tracer_config *config;
	struct lives lives;
	struct early *early;
	struct tracer_notes notes;
	bool ticking;
	int64_t now_ns; /* when the present stop was seen */
};

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

static void start_ticking(struct tracer *t)
{
	struct itimerval period = {
		{0, TICK_US},
                {0, TICK_US}
        };

	if (!t->ticking)
		setitimer(ITIMER_REAL, &period, NULL);
	t->ticking = true;
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

static void add_process(struct tracer *t, pid_t pid, struct life *life)
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
		add_process(t, tid,
			    life_vforked(&t->lives, tid, task->life, info->si_pid, task->stopped_ns,
					 t->now_ns));
	else
		add_process(t, tid, life_born(&t->lives, tid, task->life, info->si_pid));
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
		add_process(
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
	start_ticking(t);
}

/* A fork whose report did not come in time: its forker was killed in between. */
static void adopt_held(struct tracer *t)
{
	struct task *task, *next;

	HASH_ITER(hh, t->lives.by_tid, task, next)
	{
		int code = task->held_code;
		pid_t tid = task->tid;

		if (task->life || ++task->held_ticks < HELD_TICKS)
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
	if (!life)
		return resume(t, info->si_pid, 0);
	caller = (pid_t)message == info->si_pid ? NULL : task_find(&t->lives, (pid_t)message);
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
		if (--life->alive == 0) {
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

static void on_stop(struct tracer *t, const siginfo_t *info)
{
	struct task *task;

	dispatch(t, info);
	task = task_find(&t->lives, info->si_pid);
	if (task)
		task->stopped_ns = t->now_ns;
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
	(void)waitpid(task->tid, &ignored, __WALL);
	task_remove(&t->lives, task);
}

static void on_death(struct tracer *t, pid_t tid)
{
	struct task *task = task_find(&t->lives, tid);
	int ignored;

	if (!task || !task->life)
		task = adopt(t, tid);
	if (task && task->life && task->life->tgid == tid)
		life_ended(&t->lives, task->life);
	else if (task)
		on_thread_death(t, task);
	else
		(void)waitpid(tid, &ignored, __WALL);
}

/* The wait was broken: the timer, or a word (or the end) from pscope. False: stop. */
static bool on_tick(struct tracer *t)
{
	struct pollfd control = {.fd = t->config->control_fd, .events = POLLIN};
	struct itimerval never = {
		{0, 0},
                {0, 0}
        };

	if (poll(&control, 1, 0) > 0)
		return false;
	if (t->lives.held)
		adopt_held(t);
	if (!t->lives.wire.pending.n && !t->lives.held) {
		setitimer(ITIMER_REAL, &never, NULL);
		t->ticking = false;
		return true;
	}
	return tracer_wire_flush(&t->lives.wire) == 0;
}

static void trace(struct tracer *t)
{
	struct tracer_wire *wire = &t->lives.wire;

	start_ticking(t); /* the first record is pending */
	for (;;) {
		siginfo_t info = {0};

		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0) {
			if (errno != EINTR || !on_tick(t))
				return;
			continue;
		}
		t->now_ns = clock_boot_ns();
		if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
			on_stop(t, &info);
		else
			on_death(t, info.si_pid);
		if (!wire->pending.n)
			continue;
		start_ticking(t);
		if (wire->pending.n >= BATCH_BYTES && tracer_wire_flush(wire) < 0)
			return;
	}
}

/* SIGIO: pscope said something. The wait may not have begun yet: the timer breaks it then. */
static void on_sigio(int signal)
{
	struct itimerval soon = {
		{0, TICK_US},
                {0, 1000   }
        };

	setitimer(ITIMER_REAL, &soon, NULL);
}

static void on_sigalrm(int signal) {}

/* Signals of the terminal are for the command; pscope decides when the helper ends. */
static void set_signals(const struct tracer *t)
{
	static const int ignored[] = {SIGINT,  SIGTERM, SIGQUIT, SIGTSTP, SIGHUP,
				      SIGPIPE, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};
	struct sigaction io = {.sa_handler = on_sigio}, alarm = {.sa_handler = on_sigalrm};
	sigset_t none;

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGIO, &io, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fcntl(t->config->control_fd, F_SETOWN, getpid());
	fcntl(t->config->control_fd, F_SETFL,
	      fcntl(t->config->control_fd, F_GETFL) | O_ASYNC | O_NONBLOCK);
}

static int seize(const struct tracer_config *config, struct error *err)
{
	unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
				(config->failed_execs ? PTRACE_O_TRACESYSGOOD : 0);

	if (ptrace(PTRACE_SEIZE, config->launch->pid, 0, (void *)options) < 0)
		return error_set(err, errno,
				 "ptrace is refused here: %s; see sysctl kernel.yama.ptrace_scope "
				 "and the container's seccomp profile",
				 error_name(errno));
	return 0;
}

/* Forks the command, held, and traces it. */
static void begin(struct tracer *t, struct tracer_ready *ready)
{
	struct launch *launch = t->config->launch;

	ready->result = launch_fork(launch, &ready->error);
	if (ready->result < 0)
		return;
	ready->result = seize(t->config, &ready->error);
	if (ready->result < 0)
		return;
	ready->pid = launch->pid;
	tracer_notes_init(&t->notes);
	tracer_proc_init(&t->lives.proc, t->config->root->proc_fd);
	add_process(t, launch->pid, life_born(&t->lives, launch->pid, NULL, getpid()));
	if (t->config->failed_execs) {
		tracer_wire_mark(
			&t->lives.wire,
			"failed execs under ptrace stop the command at every system call: it "
			"runs many times slower; --source bpf does not");
		/* a seized child runs: only a stop lets system calls be watched */
		(void)ptrace(PTRACE_INTERRUPT, launch->pid, 0, 0);
	}
}

/*
 * A copy of every descriptor of whoever forked us is here: pipes of his must not stay open because
 * of that. The command has been forked already, so it keeps those that are inheritable.
 */
static void close_others(const struct tracer_config *config)
{
	const int kept[] = {config->wire_fd, config->control_fd, config->root->proc_fd,
			    config->root->sys_fd};
	unsigned from = STDERR_FILENO + 1;

	for (;;) {
		int next = -1;

		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			if (kept[i] >= (int)from && (next < 0 || kept[i] < next))
				next = kept[i];
		if (next < 0)
			break;
		if ((unsigned)next > from)
			(void)close_range(from, (unsigned)next - 1, 0);
		from = (unsigned)next + 1;
	}
	(void)close_range(from, ~0u, 0);
}

_Noreturn void tracer_run(const struct tracer_config *config)
{
	struct tracer_ready ready = {0};
	struct tracer t = {.config = config};

	prctl(PR_SET_NAME, "pscope-tracer");
	t.lives.wire.fd = config->wire_fd;
	begin(&t, &ready);
	/* only pscope may let the command go: its death must end the hold */
	launch_deinit(config->launch);
	close_others(config);
	set_signals(&t);
	if (send(config->control_fd, &ready, sizeof ready, MSG_NOSIGNAL) != sizeof ready ||
	    ready.result < 0)
		_exit(1);
	trace(&t);
	_exit(tracer_wire_flush(&t.lives.wire) < 0);
}
