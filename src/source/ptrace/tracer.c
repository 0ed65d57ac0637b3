/*
 * The ptrace helper. Key decision: events only and one blocking wait. A stop is looked at with
 * WNOWAIT and resumed: that alone takes it off the list, so a stop costs one wait. A repeating timer
 * runs only while records are pending or a newcomer is held; it breaks the wait, nothing else does.
 *
 * When the helper ends, for whatever reason, the kernel detaches what it traced and lets it run,
 * pending signals included (ptrace(2), "tracer dies"); that is why it never detaches by hand.
 */
#include "source/ptrace/tracer_internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_US     20000
#define TICK_NS     (TICK_US * NS_PER_US)
#define BATCH_BYTES (64u << 10)
#define DRAIN_MOST  64 /* stops, between two looks at who is to be attached to */
#define LOOKS_SOON  50 /* each tick; after them one a second */

void tracer_start_ticking(struct tracer *t)
{
	struct itimerval period = {
		{0, TICK_US},
                {0, TICK_US}
        };

	if (!t->ticking)
		setitimer(ITIMER_REAL, &period, NULL);
	t->ticking = true;
}

/* Nothing waits for the next tick but perhaps another look at who was attached to. */
static void slow_down(struct tracer *t)
{
	struct itimerval never =
				 {
					 {0, 0},
                                         {0, 0}
        },
			 slow = {{1, 0}, {1, 0}};

	if (t->attach.unsure && t->attach.looks < LOOKS_SOON)
		return;
	setitimer(ITIMER_REAL, t->attach.unsure ? &slow : &never, NULL);
	t->ticking = false;
}

/*
 * The wait was broken: the timer, or a word (or the end) from pscope; or stops have followed each
 * other for so long that it would have been. False: stop.
 */
static bool on_tick(struct tracer *t)
{
	struct pollfd control = {.fd = t->config->control_fd, .events = POLLIN};

	t->ticked_ns = clock_boot_ns();
	if (poll(&control, 1, 0) > 0)
		return false;
	if (t->lives.held)
		tracer_adopt_held(t);
	if (t->attach.unsure)
		attach_look(&t->attach);
	if (!t->lives.wire.pending.n && !t->lives.held) {
		slow_down(t);
		return true;
	}
	return tracer_wire_flush(&t->lives.wire) == 0;
}

/* Digests one stop or end. `how`: 0, or WNOHANG. 1, 0 when there is none, or -errno. */
static int take_one(struct tracer *t, int how)
{
	siginfo_t info = {0};

	if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL | how) < 0)
		return -errno;
	if (!info.si_pid)
		return 0;
	t->now_ns = clock_boot_ns();
	if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
		tracer_on_stop(t, &info);
	else
		tracer_on_death(t, info.si_pid);
	return 1;
}

static void trace(struct tracer *t)
{
	struct tracer_wire *wire = &t->lives.wire;

	tracer_start_ticking(t); /* the first record is pending */
	for (;;) {
		int r = take_one(t, 0);

		if (r < 0 && r != -EINTR)
			return; /* nobody is left */
		if ((r < 0 || t->now_ns - t->ticked_ns > TICK_NS) && !on_tick(t))
			return;
		if (!wire->pending.n)
			continue;
		tracer_start_ticking(t);
		if (wire->pending.n >= BATCH_BYTES && !wire->full && tracer_wire_flush(wire) < 0)
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

static unsigned long options_of(const struct tracer_config *config)
{
	return PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	       PTRACE_O_TRACEEXIT | (config->failed_execs ? PTRACE_O_TRACESYSGOOD : 0);
}

/* Forks the command, held, and traces it. */
static int begin_command(struct tracer *t, struct error *err)
{
	struct launch *launch = t->config->launch;
	int r = launch_fork(launch, err);

	if (r < 0)
		return r;
	if (ptrace(PTRACE_SEIZE, launch->pid, 0, (void *)options_of(t->config)) < 0)
		return error_set(err, errno,
				 "ptrace is refused here: %s; see sysctl kernel.yama.ptrace_scope "
				 "and the container's seccomp profile",
				 error_name(errno));
	tracer_add_process(t, launch->pid, life_born(&t->lives, launch->pid, NULL, getpid()));
	/* a seized child runs: only a stop lets system calls be watched */
	if (t->config->failed_execs)
		(void)ptrace(PTRACE_INTERRUPT, launch->pid, 0, 0);
	return 0;
}

static void drain(void *context)
{
	for (int i = 0; i < DRAIN_MOST && take_one(context, WNOHANG) > 0; i++)
		;
}

static int begin_attached(struct tracer *t, struct error *err)
{
	const struct tracer_config *config = t->config;

	attach_init(&t->attach, options_of(config));
	t->attach.lives = &t->lives;
	t->attach.interrupts = config->failed_execs;
	t->attach.drain = drain;
	t->attach.context = t;
	return attach_all(&t->attach, config->attach, config->attach_count, err);
}

/*
 * A copy of every descriptor of whoever forked us is here: pipes of his must not stay open because
 * of that. The command has been forked already, so it keeps those that are inheritable.
 */
static void close_others(const struct tracer *t)
{
	const struct tracer_config *config = t->config;
	const int kept[] = {config->wire_fd, config->control_fd, config->root->proc_fd,
			    config->root->sys_fd, t->lives.proc.cgroup_fd};
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

/* Two files are open for each that is about to end; the command has kept pscope's own limit. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

_Noreturn void tracer_run(const struct tracer_config *config)
{
	struct tracer_ready ready = {0};
	struct tracer t = {.config = config};

	t.lives.wire.fd = config->wire_fd;
	tracer_notes_init(&t.notes);
	tracer_proc_init(&t.lives.proc, config->root->proc_fd);
	if (config->launch) {
		ready.result = begin_command(&t, &ready.error);
		ready.pid = config->launch->pid;
		/* only pscope may let the command go: its death must end the hold */
		launch_deinit(config->launch);
	}
	/* behind the fork: a command is called as its parent until it executes */
	prctl(PR_SET_NAME, "pscope-tracer");
	close_others(&t);
	set_signals(&t);
	raise_file_limit();
	if (config->failed_execs)
		tracer_wire_mark(
			&t.lives.wire,
			"failed execs under ptrace stop the command at every system call: it "
			"runs many times slower; --source bpf does not");
	if (ready.result >= 0 && config->attach_count)
		ready.result = begin_attached(&t, &ready.error);
	if (send(config->control_fd, &ready, sizeof ready, MSG_NOSIGNAL) != sizeof ready ||
	    ready.result < 0)
		_exit(1);
	trace(&t);
	_exit(tracer_wire_finish(&t.lives.wire) < 0);
}
