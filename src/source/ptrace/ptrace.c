/*
 * The ptrace source, pscope's side. Key decision: waiting for traced processes blocks and takes in
 * every child of the process that waits, so a helper process does it and speaks wire records over a
 * pipe; here is nothing but reading and decoding.
 */
#include "source/ptrace/ptrace.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "source/bpf/wire.h"
#include "source/ptrace/tracer.h"
#include "source/wire_decode.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES (1u << 20)
#define READ_BYTES (256u << 10)

struct ptrace_source {
	struct source base;
	struct source_options options;
	struct wire_decoder *decoder;
	struct buf in;
	size_t taken; /* of `in`, already decoded */
	pid_t tracer; /* 0: none, or reaped */
	int wire_fd, control_fd;
	bool stopped;
	struct source_counts counts;
	int64_t began_ns; /* before the helper forked the command */
};

static const struct source_ops ptrace_ops;

static struct ptrace_source *self_of(const struct source *source)
{
	return (struct ptrace_source *)(uintptr_t)source;
}

static int probe(const struct source_options *options, struct error *why)
{
	struct buf text = BUF_INIT;
	int r = 0;

	if (options->everything && !options->attach_count)
		return error_set(why, EOPNOTSUPP, "ptrace follows a command or an own tree only");
	if (faccessat(options->root->proc_fd, "self/stat", R_OK, 0) < 0)
		return error_set(why, errno,
				 "it reads what it traces in proc, which is not mounted");
	if (root_read(options->root->proc_fd, "sys/kernel/yama/ptrace_scope", &text, 16) == 0 &&
	    str_starts(buf_str(&text), STR("3")))
		r = error_set(
			why, EPERM,
			"ptrace is switched off (kernel.yama.ptrace_scope=3) until the next boot");
	buf_deinit(&text);
	return r;
}

static struct source *create(const struct source_options *options)
{
	struct ptrace_source *s = mem_alloc(sizeof *s);

	s->base.ops = &ptrace_ops;
	s->options = *options;
	s->decoder = wire_decoder_new();
	s->wire_fd = s->control_fd = -1;
	return &s->base;
}

static _Noreturn void helper(const struct ptrace_source *s, int wire_fd, int control_fd)
{
	struct tracer_config config = {
		.root = s->options.root,
		.launch = s->options.launch,
		.attach = s->options.attach,
		.attach_count = s->options.attach_count,
		.wire_fd = wire_fd,
		.control_fd = control_fd,
		.threads = s->options.threads,
		.failed_execs = s->options.failed_execs,
	};

	mem_escape_forked();
	tracer_run(&config);
}

/*
 * Waits until the helper says something or ends. Its end alone does not close the socket: the
 * command, which it may have forked already and which waits for us, has a copy.
 */
static void await_helper(const struct ptrace_source *s)
{
	cleanup_close int helper_fd = (int)syscall(SYS_pidfd_open, s->tracer, 0);
	struct pollfd wait[] = {
		{.fd = s->control_fd, .events = POLLIN},
		{.fd = helper_fd,     .events = POLLIN},
	};

	while (poll(wait, 2, -1) < 0 && errno == EINTR)
		;
	if (!wait[0].revents && wait[1].revents)
		shutdown(s->control_fd, SHUT_RDWR); /* nothing more can come */
}

/* Waits for the helper to say that the command is held and traced, or the running are traced. */
static int hear_ready(struct ptrace_source *s, struct error *err)
{
	struct tracer_ready ready;
	ssize_t n;

	await_helper(s);
	do
		n = recv(s->control_fd, &ready, sizeof ready, MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != sizeof ready)
		return error_set(err, ECHILD, "the tracing helper ended before it began");
	if (ready.result < 0) {
		ready.error.text[sizeof ready.error.text - 1] = 0;
		return error_set(err, -ready.result, "%s", ready.error.text);
	}
	if (s->options.launch)
		launch_adopt(s->options.launch, ready.pid);
	return 0;
}

static int ptrace_open(struct source *source, struct error *err)
{
	struct ptrace_source *s = self_of(source);
	int wire[2], control[2];

	if (pipe2(wire, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe: %s", error_name(errno));
	s->wire_fd = wire[0];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0) {
		close(wire[1]);
		return error_set(err, errno, "cannot make a socket: %s", error_name(errno));
	}
	s->control_fd = control[0];
	/* A small pipe only means more wakeups. */
	(void)fcntl(wire[1], F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(wire[1], F_SETFL, O_NONBLOCK);
	s->began_ns = clock_boot_ns();
	s->tracer = fork();
	if (s->tracer == 0) {
		close(wire[0]);
		close(control[0]);
		helper(s, wire[1], control[1]);
	}
	close(wire[1]);
	close(control[1]);
	if (s->tracer < 0) {
		s->tracer = 0;
		return error_set(err, errno, "cannot start the tracing helper: %s",
				 error_name(errno));
	}
	fcntl(s->wire_fd, F_SETFL, O_NONBLOCK);
	return hear_ready(s, err);
}

static int start(struct source *source, struct launch *launch, struct error *err)
{
	launch_release(launch);
	return 0;
}

static int ptrace_fd(const struct source *source)
{
	return self_of(source)->wire_fd;
}

/* The pipe has ended: was that the helper's own decision? */
static int ended(struct ptrace_source *s, struct error *err)
{
	const char *who =
		s->options.launch ? "the command runs on" : "the processes that it traced run on";
	int status = 0;

	if (s->tracer)
		(void)waitpid(s->tracer, &status, 0);
	s->tracer = 0;
	if (WIFSIGNALED(status))
		return error_set(err, ECHILD,
				 "the tracing helper was ended by signal %d: %s, unrecorded from "
				 "here",
				 WTERMSIG(status), who);
	if (status != 0)
		return error_set(err, ECHILD,
				 "the tracing helper failed (status %d): %s, unrecorded from here",
				 WEXITSTATUS(status), who);
	return SOURCE_END;
}

/* More bytes into s->in. Results as of next(). */
static int fill(struct ptrace_source *s, struct error *err)
{
	ssize_t n;

	buf_consume(&s->in, s->taken);
	s->taken = 0;
	n = read(s->wire_fd, buf_reserve(&s->in, READ_BYTES), READ_BYTES);
	if (n > 0) {
		s->in.n += (size_t)n;
		return SOURCE_RECORD;
	}
	if (n == 0)
		return ended(s, err);
	if (errno == EAGAIN || errno == EINTR)
		return SOURCE_NONE;
	return error_set(err, errno, "cannot read from the tracing helper: %s", error_name(errno));
}

/* Hands the next whole wire record to the decoder; 0 when there is none in memory. */
static int feed(struct ptrace_source *s, struct error *err)
{
	size_t left = s->in.n - s->taken;
	struct wire_header h;
	int r;

	if (left < sizeof h)
		return 0;
	memcpy(&h, s->in.p + s->taken, sizeof h);
	if (h.size > left)
		return 0;
	r = wire_decoder_feed(s->decoder, s->in.p + s->taken, h.size);
	if (r < 0)
		return error_set(err, -r,
				 "the tracing helper sent a malformed record; this is a "
				 "bug of pscope");
	s->taken += h.size;
	return 1;
}

static int ptrace_next(struct source *source, struct record *ret, struct error *err)
{
	struct ptrace_source *s = self_of(source);
	int r;

	for (;;) {
		if (wire_decoder_next(s->decoder, ret)) {
			if (ret->kind == RECORD_GAP)
				s->counts.lost += ret->gap.lost;
			s->counts.delivered++;
			s->counts.generated = s->counts.delivered + s->counts.lost;
			return SOURCE_RECORD;
		}
		r = feed(s, err);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		r = fill(s, err);
		if (r != SOURCE_RECORD)
			return r;
	}
}

static void ptrace_counts(const struct source *source, struct source_counts *ret)
{
	*ret = self_of(source)->counts;
}

static void ptrace_stop(struct source *source)
{
	struct ptrace_source *s = self_of(source);

	s->stopped = true;
	if (s->control_fd >= 0)
		(void)!send(s->control_fd, "s", 1, MSG_NOSIGNAL);
}

/* The end of the control socket lets the helper go; what it traced runs on. */
static void ptrace_close(struct source *source)
{
	struct ptrace_source *s = self_of(source);

	if (s->control_fd >= 0)
		close(s->control_fd);
	if (s->wire_fd >= 0)
		close(s->wire_fd);
	if (s->tracer > 0)
		(void)waitpid(s->tracer, NULL, 0);
	wire_decoder_free(s->decoder);
	buf_deinit(&s->in);
	free(s);
}

/* The command was forked before the recording began: its birth is the beginning. */
static void ptrace_describe(const struct source *source, struct run *run)
{
	int64_t began_ns = self_of(source)->began_ns;

	if (!self_of(source)->options.launch || run->start_ns <= began_ns)
		return;
	run->started_real_ns -= run->start_ns - began_ns;
	run->start_ns = began_ns;
}

static const struct source_ops ptrace_ops = {
	.name = "ptrace",
	.capabilities = SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV | SOURCE_EXACT_USAGE |
			SOURCE_INTRUSIVE | SOURCE_ORDERED | SOURCE_SETTLES | SOURCE_REAPS,
	.open = ptrace_open,
	.fd = ptrace_fd,
	.next = ptrace_next,
	.counts = ptrace_counts,
	.stop = ptrace_stop,
	.describe = ptrace_describe,
	.close = ptrace_close,
};

const struct source_kind ptrace_kind = {
	.name = "ptrace",
	.summary = "traces the command it starts, or an own tree that runs: exact, no privilege "
		   "needed, but the traced are stopped at each fork, exec and exit",
	.capabilities = SOURCE_SEES_SHORT_LIVED | SOURCE_HAS_ARGV | SOURCE_EXACT_USAGE |
			SOURCE_INTRUSIVE | SOURCE_ORDERED | SOURCE_SETTLES | SOURCE_REAPS,
	.probe = probe,
	.create = create,
	.start = start,
};
