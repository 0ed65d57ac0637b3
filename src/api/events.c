/*
 * Streams of events. Key decision: they are the pipeline of the program, turned by the caller a step
 * at a time, with a sink that queues copies; so order, losses, settlings and inferred changes are the
 * same here as in every recording, and no thread is needed.
 */
#include "api/events.h"

#include "api/event.h"
#include "api/events_file.h"
#include "base/clock.h"
#include "base/mem.h"
#include "source/alive.h"
#include "source/sampler.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOMBSTONES   16384
#define BUFFER_BYTES (UINT64_C(32) << 20)
#define BUFFER_LEAST (UINT64_C(64) << 10)
#define BUFFER_MOST  (UINT64_C(1) << 30)
#define RECONCILE_NS NS_PER_SEC

static struct error *error_of(struct pscope_events *events)
{
	return &events->object.pscope->error;
}

/* ---- the queue ---- */

static int queue_record(struct sink *sink, const struct record *record, const struct change *change,
			struct error *err)
{
	struct pscope_events *events =
		(struct pscope_events *)((char *)sink - offsetof(struct pscope_events, sink));
	struct pscope_event *event = event_new(&events->object, record, change);

	if (events->last)
		events->last->next = event;
	else
		events->first = event;
	events->last = event;
	return 0;
}

static const struct sink_ops queue_ops = {.name = "queue", .record = queue_record};

static struct pscope_event *take(struct pscope_events *events)
{
	struct pscope_event *event = events->first;

	free(events->given);
	events->given = event;
	if (!event)
		return NULL;
	events->first = event->next;
	if (!events->first)
		events->last = NULL;
	return event;
}

/* ---- making, setting up ---- */

struct new_call {
	struct pscope *pscope;
	struct pscope_events **ret_events;
};

static int new_body(void *argument)
{
	struct new_call *call = argument;
	struct pscope_events *events = mem_alloc(sizeof *events);

	events->buffer_bytes = BUFFER_BYTES;
	events->stdout_fd = events->child_fd = -1;
	events->root_status = STATUS_UNKNOWN;
	events->run.status = STATUS_UNKNOWN;
	events->sink.ops = &queue_ops;
	events->pipeline.loop.epoll_fd = -1;
	api_object_init(&events->object, call->pscope);
	*call->ret_events = events;
	return 0;
}

int pscope_events_new(struct pscope *pscope, struct pscope_events **ret_events)
{
	if (!ret_events)
		return -EINVAL;
	*ret_events = NULL;
	return api_create(pscope, new_body, &(struct new_call){pscope, ret_events});
}

/* Options are for a stream that was not opened yet. */
static int settable(struct pscope_events *events)
{
	if (!events)
		return -EINVAL;
	if (events->stage != STAGE_NEW)
		return api_fail(&events->object, EBUSY, "the stream was opened already");
	return 0;
}

int pscope_events_set_source(struct pscope_events *events, const char *name)
{
	int r = settable(events);

	if (r < 0)
		return r;
	events->source_name = "auto";
	if (!source_is_known(name, error_of(events)))
		return -EINVAL;
	for (unsigned i = 0; name && i < source_kind_count; i++)
		if (strcmp(source_kinds[i]->name, name) == 0)
			events->source_name = source_kinds[i]->name;
	return 0;
}

int pscope_events_set_flags(struct pscope_events *events, unsigned flags)
{
	int r = settable(events);

	if (r < 0)
		return r;
	if (flags & ~(unsigned)(PSCOPE_EVENTS_THREADS | PSCOPE_EVENTS_FAILED_EXECS))
		return api_fail(&events->object, EINVAL, "unknown flags for events: %#x", flags);
	events->flags = flags;
	return 0;
}

int pscope_events_set_sampling(struct pscope_events *events, int64_t interval_ns)
{
	int r = settable(events);

	if (r < 0)
		return r;
	if (interval_ns < 0)
		return api_fail(&events->object, EINVAL, "the interval must not be negative");
	events->interval_ns = interval_ns;
	return 0;
}

int pscope_events_set_buffer(struct pscope_events *events, uint64_t bytes)
{
	uint64_t power = BUFFER_LEAST;
	int r = settable(events);

	if (r < 0)
		return r;
	if (bytes < BUFFER_LEAST || bytes > BUFFER_MOST)
		return api_fail(&events->object, EINVAL, "the buffer takes 64 KiB to 1 GiB");
	while (power < bytes)
		power *= 2;
	events->buffer_bytes = power;
	return 0;
}

int pscope_events_set_stdout(struct pscope_events *events, int fd)
{
	int r = settable(events);

	if (r == 0)
		events->stdout_fd = fd < 0 ? -1 : fd;
	return r;
}

int pscope_events_set_root(struct pscope_events *events, int32_t pid)
{
	int r = settable(events);

	if (r < 0)
		return r;
	if (pid < 0)
		return api_fail(&events->object, EINVAL, "a pid is not negative");
	events->root_pid = pid;
	events->target = (struct target){
		.kind = pid ? TARGET_TREE : TARGET_ALL,
		.pids = &events->root_pid,
		.pid_count = pid ? 1 : 0,
	};
	return 0;
}

/* ---- while it runs ---- */

/* Our own child is waited for by its pidfd: whoever else waits for it, no other child is meant. */
static void reap_child(struct pscope_events *events)
{
	siginfo_t info = {0};

	if (events->child_fd < 0)
		return;
	if (waitid(P_PIDFD, (id_t)events->child_fd, &info, WEXITED | WNOHANG) == 0 &&
	    info.si_pid == 0)
		return;
	close(events->child_fd);
	events->child_fd = -1;
	events->root_ended = true;
}

static void follow_root(struct pscope_events *events)
{
	const struct proc *root;

	if (!(events->pipeline.sources[0]->ops->capabilities & SOURCE_REAPS))
		reap_child(events);
	if (events->root.tgid == 0) {
		root = table_find_pid(&events->table, events->launch.pid);
		if (root)
			events->root = root->ident;
	}
	root = events->root.tgid ? table_find(&events->table, events->root) : NULL;
	if (!root || root->state == PROC_LIVING)
		return;
	events->root_ended = true;
	if (root->status != STATUS_UNKNOWN)
		events->root_status = root->status;
}

static int on_round(struct pipeline *pipeline, void *context, struct error *err)
{
	struct pscope_events *events = context;

	if (events->launched)
		follow_root(events);
	if (pipeline->lost_said == 0 || (events->launched && !events->root_ended) ||
	    !pipeline->idle || pipeline->now_ns - events->reconciled_ns < RECONCILE_NS)
		return 0;
	events->reconciled_ns = pipeline->now_ns;
	alive_reconcile(pipeline, &(struct alive_options){.root = &events->object.pscope->root,
							  .known = events->root,
							  .status = events->root_status});
	return 0;
}

int events_start(struct pscope_events *events, struct error *err)
{
	struct pipeline *pipeline = &events->pipeline;

	table_init(&events->table, (struct table_limits){.tombstones = TOMBSTONES},
		   events->target.kind == TARGET_ALL ? NULL : &events->target);
	pipeline->table = &events->table;
	pipeline->run = &events->run;
	pipeline->control.round = on_round;
	pipeline->control.context = events;
	pipeline->sinks[pipeline->sink_count++] = &events->sink;
	return pipeline_start(pipeline, err);
}

/* ---- a command ---- */

int events_add_sampler(struct pscope_events *events, struct error *err)
{
	struct pipeline *pipeline = &events->pipeline;
	struct source *sampler;

	if (events->interval_ns == 0)
		return 0;
	sampler = sampler_new(&(struct sampler_options){.table = &events->table,
							.root = &events->object.pscope->root,
							.interval_ns = events->interval_ns});
	pipeline->sources[pipeline->source_count++] = sampler;
	return sampler->ops->open(sampler, err);
}

/* A child of ours that did not become the command is nobody else's to wait for. */
static void drop_child(struct pscope_events *events)
{
	siginfo_t info;

	if (events->child_fd < 0)
		return;
	syscall(SYS_pidfd_send_signal, events->child_fd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)events->child_fd, &info, WEXITED) < 0 && errno == EINTR)
		;
	close(events->child_fd);
	events->child_fd = -1;
}

static int release_command(struct pscope_events *events, const struct source_kind *kind,
			   struct error *err)
{
	struct launch_failure failure;
	bool ours = events->launch.pid == 0; /* else the source has a helper that forked it */
	int r = kind->start(events->pipeline.sources[0], &events->launch, err);

	ours = ours && events->launch.pid > 0;
	if (ours)
		events->child_fd = (int)syscall(SYS_pidfd_open, events->launch.pid, 0);
	r = r < 0 ? r : launch_result(&events->launch, &failure, err);
	if (r < 0 && ours)
		drop_child(events);
	return r;
}

static int launch_command(struct pscope_events *events, const char *const *argv, struct error *err)
{
	struct launch_spec spec = {.argv = (char *const *)(uintptr_t)argv,
				   .stdout_fd = events->stdout_fd};
	struct pipeline *pipeline = &events->pipeline;
	const struct source_kind *kind = NULL;
	int r;

	events->target.kind = TARGET_ALL; /* the root is for files and the system */
	launch_save_signals(&spec);
	r = launch_init(&events->launch, &spec, err);
	events->launched = true;
	if (r < 0)
		return r;
	events->source_options = (struct source_options){
		.root = &events->object.pscope->root,
		.launch = &events->launch,
		.threads = events->flags & PSCOPE_EVENTS_THREADS,
		.failed_execs = events->flags & PSCOPE_EVENTS_FAILED_EXECS,
		.ring_bytes = events->buffer_bytes,
	};
	r = source_pick(events->source_name, &events->source_options, &events->run,
			&pipeline->sources[0], &kind, err);
	if (r < 0)
		return r;
	pipeline->source_count = 1;
	pipeline->live = pipeline->until_empty = true;
	if (kind->capabilities & SOURCE_SEES_ALL)
		events->target = (struct target){
			.kind = TARGET_TREE, .pids = &events->root_pid, .pid_count = 1};
	r = events_add_sampler(events, err);
	r = r < 0 ? r : events_start(events, err);
	r = r < 0 ? r : release_command(events, kind, err);
	events->root_pid = events->launch.pid;
	return r;
}

struct open_call {
	struct pscope_events *events;
	const char *const *argv;
	const char *path;
};

int events_begin(struct pscope_events *events)
{
	int r = settable(events);

	if (r < 0)
		return r;
	events->stage = STAGE_OPENING;
	events->owner = getpid();
	events->run.started_real_ns = clock_real_ns();
	events->run.start_ns = clock_boot_ns();
	return pipeline_init(&events->pipeline, error_of(events));
}

static int open_command_body(void *argument)
{
	struct open_call *call = argument;
	struct pscope_events *events = call->events;
	struct error *err = error_of(events);
	int r;

	if (!call->argv || !call->argv[0] || !call->argv[0][0])
		return error_set(err, EINVAL, "a command needs a name");
	if (!events->object.pscope->root.live)
		return error_set(err, EINVAL,
				 "a captured machine runs no commands; open the running one");
	r = events_begin(events);
	r = r < 0 ? r : launch_command(events, call->argv, err);
	if (r == 0)
		events->stage = STAGE_RUNNING;
	return r;
}

int pscope_events_open_command(struct pscope_events *events, const char *const *argv)
{
	return api_call(events ? &events->object : NULL, open_command_body,
			&(struct open_call){.events = events, .argv = argv});
}

/* ---- a file ---- */

static int open_file_body(void *argument)
{
	struct open_call *call = argument;
	struct pscope_events *events = call->events;
	struct pipeline *pipeline = &events->pipeline;
	struct error *err = error_of(events);
	int r;

	if (!call->path)
		return error_set(err, EINVAL, "a file needs a name");
	r = events_begin(events);
	events->run.start_ns = events->run.started_real_ns = 0;
	r = r < 0 ? r : events_file_open(call->path, events->root_pid, &pipeline->sources[0], err);
	if (r < 0)
		return r;
	pipeline->source_count = 1;
	r = events_start(events, err);
	if (r == 0)
		events->stage = STAGE_RUNNING;
	return r;
}

int pscope_events_open_file(struct pscope_events *events, const char *path)
{
	return api_call(events ? &events->object : NULL, open_file_body,
			&(struct open_call){.events = events, .path = path});
}

/* ---- pulling ---- */

/* Turns the pipeline until there is something to give, or nothing for now. */
static int fill(struct pscope_events *events, struct error *err)
{
	struct pipeline *pipeline = &events->pipeline;
	int r = PIPELINE_BUSY;

	if (pipeline->live)
		r = loop_wait(&pipeline->loop, 0);
	while (r >= 0 && !events->first) {
		r = pipeline_turn(pipeline, err);
		if (r == PIPELINE_IDLE)
			return 0;
		if (r != PIPELINE_OVER)
			continue;
		events->stage = STAGE_OVER;
		r = pipeline_finish(pipeline, err);
		if (events->launched)
			follow_root(events);
		return r < 0 ? r : 0;
	}
	return r < 0 ? r : 0;
}

struct next_call {
	struct pscope_events *events;
	const struct pscope_event **ret_event;
};

static int next_body(void *argument)
{
	struct next_call *call = argument;
	struct pscope_events *events = call->events;
	struct error *err = error_of(events);
	int r;

	if (!call->ret_event)
		return error_set(err, EINVAL, "a place for the event is needed");
	if (events->stage < STAGE_RUNNING)
		return error_set(err, EINVAL, "the stream is not open");
	if (!events->first && events->stage == STAGE_RUNNING) {
		r = events_check_owner(events);
		if (r < 0)
			return r;
		r = fill(events, err);
		if (r < 0) {
			events->stage = STAGE_OVER;
			events->failed = r;
			events->failure = *err;
		}
	}
	*call->ret_event = take(events);
	if (*call->ret_event)
		return PSCOPE_EVENTS_RECORD;
	if (events->failed)
		*err = events->failure;
	if (events->stage == STAGE_OVER)
		return events->failed ? events->failed : PSCOPE_EVENTS_END;
	return PSCOPE_EVENTS_NONE;
}

int pscope_events_next(struct pscope_events *events, const struct pscope_event **ret_event)
{
	return api_call(events ? &events->object : NULL, next_body,
			&(struct next_call){events, ret_event});
}

static int stop_body(void *argument)
{
	struct pscope_events *events = argument;
	int r;

	if (events->stage < STAGE_RUNNING)
		return error_set(error_of(events), EINVAL, "the stream is not open");
	r = events_check_owner(events);
	if (r < 0 || events->stage == STAGE_OVER)
		return r;
	if (events->pipeline.live)
		pipeline_stop(&events->pipeline);
	else
		events->stage = STAGE_OVER;
	return 0;
}

int pscope_events_stop(struct pscope_events *events)
{
	return api_call(events ? &events->object : NULL, stop_body, events);
}

/* ---- the end ---- */

static int free_body(void *argument)
{
	struct pscope_events *events = argument;

	for (unsigned i = 0; i < events->pipeline.source_count; i++)
		events->pipeline.sources[i]->ops->close(events->pipeline.sources[i]);
	if (events->launched) {
		launch_deinit(&events->launch);
		reap_child(events);
	}
	if (events->child_fd >= 0)
		close(events->child_fd);
	if (events->stage != STAGE_NEW)
		pipeline_deinit(&events->pipeline);
	table_deinit(&events->table);
	while (take(events))
		;
	return 0;
}

struct pscope_events *pscope_events_free(struct pscope_events *events)
{
	if (!events)
		return NULL;
	api_destroy(free_body, events);
	api_object_done(&events->object);
	free(events);
	return NULL;
}
