/*
 * What is decided while a run is under way: when the command starts, whom a signal is for, when it
 * is over. Key decision: the command is never disturbed. Ctrl-C is the command's while it lives and
 * ends the run afterwards; a failing output ends neither. Without a command all of these end the run.
 */
#include "cli/live_internal.h"

#include "base/clock.h"
#include "source/alive.h"
#include "source/cgroup_members.h"
#include "source/slice.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEFTOVERS_NS NS_PER_SEC
#define RECONCILE_NS NS_PER_SEC

static void root_ended(struct live *live, int32_t status)
{
	if (!live->root_ended)
		live->root_ended_ns = clock_boot_ns();
	live->root_ended = true;
	if (live->root_status == STATUS_UNKNOWN)
		live->root_status = status;
}

/* Our own child is reaped here, or by the source: then the table tells of it. */
static void follow_root(struct live *live)
{
	const struct proc *root;
	int status;

	if (!live->plan.argv)
		return;
	if (!live->root_reaped && !(live->kind->capabilities & SOURCE_REAPS) &&
	    waitpid(live->launch.pid, &status, WNOHANG) == live->launch.pid) {
		live->root_reaped = true;
		root_ended(live, status);
	}
	if (live->root.tgid == 0) {
		root = table_find_pid(&live->table, live->launch.pid);
		if (root)
			live->root = root->ident;
	}
	root = live->root.tgid ? table_find(&live->table, live->root) : NULL;
	if (root && root->state != PROC_LIVING)
		root_ended(live, root->status);
}

/* SIGINT and SIGQUIT from the terminal have reached the command already. */
static void pass_on(struct live *live, int number, int sender_pid)
{
	bool from_terminal = sender_pid == 0 && (number == SIGINT || number == SIGQUIT);

	if (!live->plan.argv || live->root_ended || (live->asked_to_end && !from_terminal)) {
		pipeline_stop(&live->pipeline);
		return;
	}
	if (from_terminal)
		return;
	live->asked_to_end = true;
	kill(live->launch.pid, number);
}

static bool ends_command(int number)
{
	return number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGHUP;
}

static bool was_ignored(const struct live *live, int number)
{
	return sigismember(&live->launch.spec.signals_ignored, number) == 1;
}

/* Scripts start what runs in the background with SIGINT ignored: the terminal's is not for it. */
static void take_signals(struct live *live)
{
	int number, sender_pid;

	while ((number = loop_next_signal(&live->pipeline.loop, &sender_pid)))
		if (ends_command(number) && !(was_ignored(live, number) && sender_pid == 0))
			pass_on(live, number, sender_pid);
}

/* The outputs that still work say that another one does not. */
static int say_failed_output(struct live *live, struct error *err)
{
	struct record record;
	struct buf text = BUF_INIT;
	int r;

	if (!live->failed_sink)
		return 0;
	buf_printf(&text, "an output is not complete: %s", live->failed_sink->error.text);
	record = record_make(RECORD_MARK, live->pipeline.now_ns, (struct ident){0}, 0);
	record.mark = buf_str(&text);
	live->failed_sink = NULL;
	r = pipeline_inject(&live->pipeline, &record, err);
	buf_deinit(&text);
	return r;
}

static void say_leftovers(struct live *live)
{
	uint64_t living = live->table.counts.living;

	if (!live->root_ended || live->leftovers_said || live->plan.quiet || living == 0 ||
	    clock_boot_ns() - live->root_ended_ns < LEFTOVERS_NS)
		return;
	live->leftovers_said = true;
	cli_note(live->env,
		 "the command has ended; waiting for %llu process%s that it left running "
		 "(Ctrl-C ends pscope, not %s)",
		 (unsigned long long)living, living == 1 ? "" : "es", living == 1 ? "it" : "them");
}

static void reconcile(struct live *live)
{
	const struct alive_options options = {
		.root = &live->env->root,
		.everything = !live->plan.argv,
		.cgroups = live->choice.cgroups,
		.cgroup_count = live->choice.cgroup_count,
		.known = live->root,
		.status = live->root_status,
	};

	alive_reconcile(&live->pipeline, &options);
}

static void reconcile_when_due(struct live *live)
{
	struct pipeline *pipeline = &live->pipeline;
	bool over =
		live->root_ended && pipeline->lost_said > 0; /* whom it waits for may have gone */

	if (!pipeline->idle || pipeline->now_ns - live->reconciled_ns < RECONCILE_NS ||
	    (pipeline->lost_said == live->reconciled_lost && !over))
		return;
	live->reconciled_ns = pipeline->now_ns;
	live->reconciled_lost = pipeline->lost_said;
	reconcile(live);
}

/* A key pressed while pscope was still loading: there is no command yet that could have got it. */
static bool ended_before_start(struct live *live)
{
	int number, sender_pid;

	while ((number = loop_next_signal(&live->pipeline.loop, &sender_pid))) {
		if (!ends_command(number))
			continue;
		live->root_ended = true;
		live->root_status = number; /* the wait status of whom it would have killed */
		pipeline_stop(&live->pipeline);
		return true;
	}
	return false;
}

/* The sinks are open: from here on the command runs. */
static int start_command(struct live *live, struct error *err)
{
	int r = live->kind->start(live->pipeline.sources[0], &live->launch, err);

	if (r < 0)
		return r;
	live->choice.pids[0] = live->launch.pid; /* where the target is the command's tree */
	if (launch_result(&live->launch, &live->failure, err) < 0) {
		/* the outputs are open: they say how it ended, as for any other command */
		live->launch_failed = true;
		cli_note(live->env, "%s", err->text);
	}
	return 0;
}

static int start(struct live *live, struct error *err)
{
	int r = 0;

	live->started = true;
	live->started_ns = live->reconciled_ns = clock_boot_ns();
	if (!ended_before_start(live) && live->plan.argv)
		r = start_command(live, err);
	/* only now: the command shall not inherit it */
	if (!(live->kind->capabilities & SOURCE_HAS_ARGV))
		(void)slice_shorten();
	return r;
}

static bool is_any_there(const struct target_choice *choice)
{
	for (unsigned i = 0; i < choice->cgroup_count; i++)
		if (choice->cgroups[i].id)
			return true;
	return false;
}

/* Each is said once, however often a unit is started again; how often, at the end. */
static void say_cgroups(struct live *live)
{
	const char *target = buf_cstr(&live->choice.text);
	bool there = is_any_there(&live->choice);

	live->cgroups_made += there;
	if (live->plan.quiet)
		return;
	if (!there && !live->cgroups_gone_said) {
		live->cgroups_gone_said = true;
		cli_note(live->env, "%s: its cgroup has gone; waiting for it to come back", target);
	} else if (there && live->cgroups_made == 1) {
		cli_note(live->env, "%s: its cgroup was made anew; who is in it is followed",
			 target);
	}
}

static void say_cgroups_made(struct live *live)
{
	if (live->cgroups_made > 1 && !live->plan.quiet)
		cli_note(live->env, "%s: its cgroup was made anew %u times",
			 buf_cstr(&live->choice.text), live->cgroups_made);
}

/* A unit that starts again is in a new directory: who goes by its number has to know. */
static void watch_cgroups(struct live *live)
{
	struct source *source = live->pipeline.sources[0];

	if (!live->watch || live->pipeline.now_ns - live->watched_ns < PIPELINE_TICK_NS)
		return;
	live->watched_ns = live->pipeline.now_ns;
	if (cgroup_watch_look(live->watch) == 0)
		return;
	say_cgroups(live);
	if (source->ops->cgroups_changed)
		source->ops->cgroups_changed(source);
}

static bool is_time_up(const struct live *live)
{
	return live->options->duration_ns > 0 &&
	       live->pipeline.now_ns - live->started_ns >= live->options->duration_ns;
}

static int on_round(struct pipeline *pipeline, void *context, struct error *err)
{
	struct live *live = context;
	int r;

	if (!live->started)
		return start(live, err);
	/* in this order: the key that ended the command must not end the live too */
	take_signals(live);
	follow_root(live);
	watch_cgroups(live);
	r = say_failed_output(live, err);
	if (r < 0)
		return r;
	if (is_time_up(live) || (live->root_ended && live->options->no_wait))
		pipeline_stop(pipeline);
	say_leftovers(live);
	reconcile_when_due(live);
	return 0;
}

/* One full disk is one sentence, however many outputs were on it. */
static bool is_said(const struct pipeline *pipeline, const struct sink *sink)
{
	for (unsigned i = 0; i < pipeline->sink_count; i++) {
		const struct sink *other = pipeline->sinks[i];

		if (other != sink && other->failed &&
		    strcmp(other->error.text, sink->error.text) == 0)
			return true;
	}
	return false;
}

static void on_sink_failed(struct pipeline *pipeline, void *context, const struct sink *sink)
{
	struct live *live = context;
	bool command = live->plan.argv;

	live->sink_failed = true;
	live->failed_sink = sink;
	if (sink->failed == -EPIPE)
		live->reader_gone = true; /* `| head` has what it wanted: no word about that */
	else if (!is_said(pipeline, sink))
		cli_note(live->env, "%s%s%s", command ? "the output failed: " : "",
			 sink->error.text,
			 command && !live->root_ended ? "; the command goes on" : "");
	if (!command && (live->reader_gone || !live->plan.outlives_outputs))
		pipeline_stop(pipeline);
}

static void on_finish(struct pipeline *pipeline, void *context)
{
	struct live *live = context;

	follow_root(live);
	if (pipeline->lost_said > 0)
		reconcile(live);
	live->run.status = live->root_status;
	say_cgroups_made(live);
}

void live_control_init(struct live *live)
{
	live->pipeline.control = (struct pipeline_control){
		.round = on_round,
		.sink_failed = on_sink_failed,
		.finish = on_finish,
		.context = live,
	};
}

int live_watch_signals(struct live *live, struct error *err)
{
	/* the last two become errors of write(2) instead */
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGPIPE, SIGXFSZ};
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!was_ignored(live, numbers[i]) || numbers[i] == SIGCHLD ||
		    (numbers[i] == SIGINT && !live->plan.argv))
			sigaddset(&signals, numbers[i]);
	/* with SIGCHLD ignored the kernel would reap the command before we can ask how it ended */
	signal(SIGCHLD, SIG_DFL);
	r = loop_watch_signals(&live->pipeline.loop, &signals);
	return r < 0 ? error_set(err, -r, "cannot watch signals: %s", error_name(r)) : 0;
}
