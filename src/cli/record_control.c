/*
 * What `record` decides while it runs: when the command starts, whom a signal is for, when it is
 * over. Key decision: the command is never disturbed. Ctrl-C is the command's while it lives and
 * ends the recording afterwards; a failing output ends neither.
 */
#include "cli/record.h"

#include "base/clock.h"
#include "source/alive.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEFTOVERS_NS NS_PER_SEC
#define RECONCILE_NS NS_PER_SEC

static void root_ended(struct recording *recording, int32_t status)
{
	if (!recording->root_ended)
		recording->root_ended_ns = clock_boot_ns();
	recording->root_ended = true;
	if (recording->root_status == STATUS_UNKNOWN)
		recording->root_status = status;
}

/* Our own child is reaped here; a ptraced one by the tracer, so the table tells of it. */
static void follow_root(struct recording *recording)
{
	const struct proc *root;
	int status;

	if (!recording->root_reaped &&
	    waitpid(recording->launch.pid, &status, WNOHANG) == recording->launch.pid) {
		recording->root_reaped = true;
		root_ended(recording, status);
	}
	if (recording->root.tgid == 0) {
		root = table_find_pid(&recording->table, recording->launch.pid);
		if (root)
			recording->root = root->ident;
	}
	root = recording->root.tgid ? table_find(&recording->table, recording->root) : NULL;
	if (root && root->state != PROC_LIVING)
		root_ended(recording, root->status);
}

/* SIGINT and SIGQUIT from the terminal have reached the command already. */
static void pass_on(struct recording *recording, int number, int sender_pid)
{
	bool from_terminal = sender_pid == 0 && (number == SIGINT || number == SIGQUIT);

	if (recording->root_ended || (recording->asked_to_end && !from_terminal)) {
		pipeline_stop(&recording->pipeline);
		return;
	}
	if (from_terminal)
		return;
	recording->asked_to_end = true;
	kill(recording->launch.pid, number);
}

static bool ends_command(int number)
{
	return number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGHUP;
}

static void take_signals(struct recording *recording)
{
	int number, sender_pid;

	while ((number = loop_next_signal(&recording->pipeline.loop, &sender_pid)))
		if (ends_command(number))
			pass_on(recording, number, sender_pid);
}

/* The outputs that still work say that another one does not. */
static int say_failed_output(struct recording *recording, struct error *err)
{
	struct record record;
	struct buf text = BUF_INIT;
	int r;

	if (!recording->failed_sink)
		return 0;
	buf_printf(&text, "an output is not complete: %s", recording->failed_sink->error.text);
	record = record_make(RECORD_MARK, recording->pipeline.now_ns, (struct ident){0}, 0);
	record.mark = buf_str(&text);
	recording->failed_sink = NULL;
	r = pipeline_inject(&recording->pipeline, &record, err);
	buf_deinit(&text);
	return r;
}

static void say_leftovers(struct recording *recording)
{
	uint64_t living = recording->table.counts.living;

	if (recording->leftovers_said || recording->options->quiet || living == 0 ||
	    clock_boot_ns() - recording->root_ended_ns < LEFTOVERS_NS)
		return;
	recording->leftovers_said = true;
	cli_note(recording->env,
		 "the command has ended; waiting for %llu process%s that it left running "
		 "(Ctrl-C ends the recording, not %s)",
		 (unsigned long long)living, living == 1 ? "" : "es", living == 1 ? "it" : "them");
}

static int reconcile(struct recording *recording, struct error *err)
{
	return alive_reconcile(&recording->pipeline, &recording->env->root, recording->root,
			       recording->root_status, err);
}

static int reconcile_when_due(struct recording *recording, struct error *err)
{
	struct pipeline *pipeline = &recording->pipeline;

	if (pipeline->lost_said == 0 || !recording->root_ended || !pipeline->idle ||
	    pipeline->now_ns - recording->reconciled_ns < RECONCILE_NS)
		return 0;
	recording->reconciled_ns = pipeline->now_ns;
	return reconcile(recording, err);
}

/* A key pressed while pscope was still loading: there is no command yet that could have got it. */
static bool ended_before_start(struct recording *recording)
{
	int number, sender_pid;

	while ((number = loop_next_signal(&recording->pipeline.loop, &sender_pid))) {
		if (!ends_command(number))
			continue;
		recording->root_ended = true;
		recording->root_status = number; /* the wait status of whom it would have killed */
		pipeline_stop(&recording->pipeline);
		return true;
	}
	return false;
}

/* The sinks are open: from here on the command runs. */
static int start(struct recording *recording, struct error *err)
{
	int r;

	recording->started = true;
	if (ended_before_start(recording))
		return 0;
	r = recording->kind->start(recording->pipeline.sources[0], &recording->launch, err);
	if (r < 0)
		return r;
	if (launch_result(&recording->launch, &recording->failure, err) < 0) {
		/* the outputs are open: they say how it ended, as for any other command */
		recording->launch_failed = true;
		cli_note(recording->env, "%s", err->text);
	}
	return 0;
}

static int on_round(struct pipeline *pipeline, void *context, struct error *err)
{
	struct recording *recording = context;
	int r;

	if (!recording->started)
		return start(recording, err);
	/* in this order: the key that ended the command must not end the recording too */
	take_signals(recording);
	follow_root(recording);
	r = say_failed_output(recording, err);
	if (r < 0 || !recording->root_ended)
		return r;
	if (recording->options->no_wait)
		pipeline_stop(pipeline);
	say_leftovers(recording);
	return reconcile_when_due(recording, err);
}

static void on_sink_failed(struct pipeline *pipeline, void *context, const struct sink *sink)
{
	struct recording *recording = context;

	recording->sink_failed = true;
	recording->failed_sink = sink;
	cli_note(recording->env, "the recording failed: %s%s", sink->error.text,
		 recording->root_ended ? "" : "; the command goes on");
}

static void on_finish(struct pipeline *pipeline, void *context)
{
	struct recording *recording = context;
	struct error err;

	follow_root(recording);
	if (pipeline->lost_said > 0 && reconcile(recording, &err) < 0)
		cli_note(recording->env, "%s", err.text);
	recording->run.status = recording->root_status;
}

void record_control_init(struct recording *recording)
{
	recording->root_status = STATUS_UNKNOWN;
	recording->pipeline.control = (struct pipeline_control){
		.round = on_round,
		.sink_failed = on_sink_failed,
		.finish = on_finish,
		.context = recording,
	};
}

int record_watch_signals(struct recording *recording, struct error *err)
{
	/* the last two become errors of write(2) instead */
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGPIPE, SIGXFSZ};
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (sigismember(&recording->launch.spec.signals_ignored, numbers[i]) != 1 ||
		    numbers[i] == SIGCHLD)
			sigaddset(&signals, numbers[i]);
	/* with SIGCHLD ignored the kernel would reap the command before we can ask how it ended */
	signal(SIGCHLD, SIG_DFL);
	r = loop_watch_signals(&recording->pipeline.loop, &signals);
	return r < 0 ? error_set(err, -r, "cannot watch signals: %s", error_name(r)) : 0;
}
