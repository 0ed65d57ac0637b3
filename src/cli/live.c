/*
 * The session of a watching command: checks, target, command, sources, table. Key decision: what
 * record, events and the like do alike is done here, so that they differ in their sinks only.
 * Decisions on the way stand in live_control.c.
 */
#include "cli/live.h"

#include "base/clock.h"
#include "cli/env.h"
#include "cli/live_internal.h"
#include "source/cgroup_members.h"
#include "source/cgroup_usage.h"
#include "source/sampler.h"
#include "source/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define RING_LEAST (UINT64_C(64) << 10)
#define RING_MOST  (UINT64_C(1) << 30)

/* ---- the command line ---- */

static const char *user_of(const struct live *live)
{
	const char *as = live->options->as;
	const char *owner = live->env->owner_name[0] ? live->env->owner_name : NULL;

	if (!as || strcmp(as, "user") == 0)
		return owner;
	return strcmp(as, "root") == 0 && geteuid() == 0 ? NULL : as;
}

/* Who the command shall run as must be said clearly. */
static int check_user(const struct live *live)
{
	const struct env *env = live->env;
	const char *as = live->options->as;

	if (!live->plan.argv && as)
		return cli_fail(env, STATUS_USAGE,
				"--as is for a command that pscope starts; "
				"there is none");
	if (live->plan.argv && env->owner_unknown && !as)
		return cli_fail(
			env, STATUS_USAGE,
			"SUDO_UID and SUDO_GID name no user of this machine to run the command "
			"as; say --as root or --as USER");
	if (as && strcmp(as, "user") == 0 && geteuid() == 0 && !env->owner_name[0])
		return cli_fail(env, STATUS_USAGE, "--as user means who called sudo; nobody did");
	return STATUS_DONE;
}

static int check_options(const struct live *live)
{
	const struct live_options *options = live->options;
	struct error err;
	int status = check_user(live);

	if (status)
		return status;
	if (options->ring_bytes &&
	    (options->ring_bytes < RING_LEAST || options->ring_bytes > RING_MOST))
		return cli_fail(live->env, STATUS_USAGE, "--ring-size: give 64K to 1G");
	if (!source_is_known(options->source, &err))
		return cli_fail(live->env, STATUS_USAGE, "%s", err.text);
	return STATUS_DONE;
}

/* A command, a target, or where that makes sense neither. */
static int choose_target(struct live *live)
{
	const struct live_plan *plan = &live->plan;
	struct target_choice *choice = &live->choice;
	struct error err;
	int status = target_resolve(&live->options->target, live->env, choice, &err);

	if (status)
		return cli_fail(live->env, status, "%s", err.text);
	if (plan->argv && choice->given)
		return cli_fail(live->env, STATUS_USAGE,
				"give a command or a target (%.*s), not both", (int)choice->text.n,
				choice->text.n ? choice->text.p : "");
	if (!plan->argv && !choice->given && live->options->target.alone)
		return cli_fail(live->env, STATUS_USAGE,
				"--no-children needs to know whose: give a process, --service, "
				"--cgroup, --container, --name or --user, too");
	if (!plan->argv && !choice->given && !plan->all_by_default)
		return cli_fail(live->env, STATUS_USAGE,
				"%s needs a command or a target: pscope %s -- COMMAND, or --pid, "
				"--service, --cgroup, --container, --name, --user, --all",
				plan->command, plan->command);
	if (choice->note.n > 0 && !plan->quiet)
		cli_note(live->env, "%s", buf_cstr(&choice->note));
	return STATUS_DONE;
}

/* ---- the command ---- */

static int not_started(int error)
{
	return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/*
 * Looks the command up in PATH: a missing one is said before anything is touched, and the search
 * is no part of what is recorded. `ret_path` stays empty for a name with a slash.
 */
static int find_command(const char *name, struct buf *ret_path, struct error *err)
{
	struct str path = str_of(getenv("PATH") ? getenv("PATH") : "/bin:/usr/bin");
	bool found = false;

	if (!*name)
		return error_set(err, ENOENT, "the command's name is empty");
	if (strchr(name, '/'))
		return 0;
	while (path.p) {
		struct str directory = str_cut(&path, ':');

		buf_clear(ret_path);
		buf_add_str(ret_path, directory.n ? directory : STR("."));
		buf_printf(ret_path, "/%s", name);
		found |= access(buf_cstr(ret_path), F_OK) == 0;
		if (access(buf_cstr(ret_path), X_OK) == 0)
			return 0;
	}
	buf_clear(ret_path);
	return found ? 0 : error_set(err, ENOENT, "cannot run '%s': it is not in PATH", name);
}

static int prepare_launch(struct live *live, struct error *err)
{
	struct launch_spec spec = {.argv = live->plan.argv,
				   .stdout_fd = live->plan.command_stdout,
				   .silent = live->plan.command_silent,
				   .user = user_of(live)};

	launch_save_signals(&spec);
	if (!live->plan.argv) {
		live->launch.spec = spec;
		return 0;
	}
	if (live->command_path.n > 0)
		spec.path = buf_cstr(&live->command_path);
	return launch_init(&live->launch, &spec, err);
}

/* ---- the sources ---- */

/* Who runs already; looks before the event source is opened, and after. */
static void look_first(struct live *live)
{
	live->seen = seen_new(&(struct seen_options){
		.root = &live->env->root,
		.cgroups = live->choice.cgroups,
		.cgroup_count = live->choice.cgroup_count,
		.way = str_is(str_of(live->options->source), "poll") ? SCAN_PROC : SCAN_AUTO,
	});
	live->opened_ns = seen_time_ns(live->seen);
}

static struct source *take_seen(struct live *live)
{
	struct source *seen = live->seen;

	live->seen = NULL;
	return seen;
}

/* Who has not asked for such a source has to know what it is. */
static void say_what_is_missed(const struct live *live)
{
	bool asked = live->options->source && strcmp(live->options->source, "auto") != 0;

	if (asked || live->plan.quiet || live->kind->capabilities & SOURCE_SEES_SHORT_LIVED)
		return;
	cli_note(live->env, "no source tells of events here ('pscope doctor' says why), so it is "
			    "looked every now and then who lives: who comes and goes in between is "
			    "missed, and when and how processes end is not known exactly");
}

static int open_source(struct live *live, struct error *err)
{
	const struct live_options *options = live->options;
	struct target_choice *choice = &live->choice;
	int r;

	live->source_options = (struct source_options){
		.root = &live->env->root,
		.launch = live->plan.argv ? &live->launch : NULL,
		.everything = !live->plan.argv,
		.attach = choice->target.pids,
		.attach_count = choice->target.pid_count,
		.cgroups = choice->cgroups,
		.cgroup_count = choice->cgroup_count,
		.threads = options->threads,
		.failed_execs = options->failed_execs,
		.polls = live->plan.polls,
		.ring_bytes = options->ring_bytes,
		.interval_ns = live->plan.sampling_ns,
		.debug = live->env->debug ? cli_debug : NULL,
	};
	if (!live->plan.argv)
		look_first(live);
	r = source_pick(options->source ? options->source : "auto", &live->source_options,
			&live->run, &live->pipeline.sources[0], &live->kind, err);
	if (r < 0)
		return r;
	live->pipeline.source_count = 1;
	say_what_is_missed(live);
	if (choice->cgroup_count > 0)
		live->watch =
			cgroup_watch_new(&live->env->root, choice->cgroups, choice->cgroup_count);
	return 0;
}

static int add_source(struct live *live, struct source *source, struct error *err)
{
	live->pipeline.sources[live->pipeline.source_count++] = source;
	return source->ops->open(source, err);
}

static void read_whole(void *context, struct usage *ret)
{
	cgroup_usage_read(context, ret);
}

static int add_sampler(struct live *live, struct error *err)
{
	const struct live_plan *plan = &live->plan;
	const struct target_choice *choice = &live->choice;

	if (plan->rounds && choice->cgroup_count > 0)
		live->usage =
			cgroup_usage_new(&live->env->root, choice->cgroups, choice->cgroup_count);
	live->sampler = sampler_new(&(struct sampler_options){
		.table = &live->table,
		.root = &live->env->root,
		.interval_ns = plan->sampling_ns,
		.parts = plan->sampled_parts,
		.rounds = plan->rounds,
		.whole = live->usage ? read_whole : NULL,
		.whole_context = live->usage,
	});
	return add_source(live, live->sampler, err);
}

/* A source that delivers more than the command's tree needs to be told apart by the table. */
static void aim_at_command(struct live *live)
{
	struct target_choice *choice = &live->choice;

	if (!live->plan.argv || !(live->kind->capabilities & SOURCE_SEES_ALL))
		return;
	choice->target = (struct target){
		.kind = TARGET_TREE,
		.alone = live->options->target.alone,
		.pids = choice->pids, /* known when it has been forked */
		.pid_count = 1,
	};
}

static int open_all(struct live *live, struct error *err)
{
	struct pipeline *pipeline = &live->pipeline;
	int r = prepare_launch(live, err);

	r = r < 0 ? r : pipeline_init(pipeline, err);
	r = r < 0 ? r : live_watch_signals(live, err);
	r = r < 0 ? r : open_source(live, err);
	if (r < 0)
		return r;
	aim_at_command(live);
	table_init(&live->table, (struct table_limits){.tombstones = live->plan.tombstones},
		   &live->choice.target);
	pipeline->table = &live->table;
	pipeline->run = &live->run;
	pipeline->live = true;
	pipeline->until_empty = live->plan.argv || live->choice.finite;
	live_control_init(live);
	if (live->seen)
		r = add_source(live, take_seen(live), err);
	if (r == 0 && live->plan.sampling_ns > 0)
		r = add_sampler(live, err);
	live_describe(live);
	return r;
}

/* ---- the public part ---- */

int live_prepare(struct live *live, const struct live_plan *plan)
{
	struct env *env = live->env;
	struct error err;
	int status, r;

	live->plan = *plan;
	live->root_status = STATUS_UNKNOWN;
	live->launch.hold_fd = live->launch.error_fd = -1;
	live->launch.hold_child_fd = live->launch.error_child_fd = -1;
	status = check_options(live);
	if (status)
		return status;
	if (env_use_root(env, NULL, &err) < 0)
		return cli_fail(env, STATUS_OURS, "%s", err.text);
	status = choose_target(live);
	if (status)
		return status;
	r = plan->argv ? find_command(plan->argv[0], &live->command_path, &err) : 0;
	if (r < 0)
		return cli_fail(env, not_started(-r), "%s", err.text);
	if (open_all(live, &err) < 0)
		return cli_fail(env, plan->argv ? STATUS_OURS : STATUS_FAILED, "%s", err.text);
	return STATUS_DONE;
}

/* The command's own failure, else ours, else loss. */
static int status_of(const struct live *live, int r)
{
	int command = live->plan.argv ? status_shell_code(live->root_status) : 0;

	if (live->launch_failed)
		return live->failure.stage == LAUNCH_EXEC ? not_started(live->failure.error)
							  : STATUS_OURS;
	if (command != 0)
		return command;
	if (live->reader_gone)
		return 128 + SIGPIPE;
	if (r < 0 || live->sink_failed)
		return live->plan.argv ? STATUS_OURS : STATUS_FAILED;
	if (live->options->fail_on_loss && live->run.lost > 0)
		return STATUS_LOSS;
	return STATUS_DONE;
}

int live_run(struct live *live)
{
	struct error err;
	int r = pipeline_run(&live->pipeline, &err);

	/* who reads may have gone before there was anything to read */
	for (unsigned i = 0; i < live->pipeline.sink_count; i++)
		live->reader_gone |= live->pipeline.sinks[i]->failed == -EPIPE;
	if (r < 0 && !live->sink_failed && !live->reader_gone)
		cli_note(live->env, "%s", err.text);
	return status_of(live, r);
}

void live_deinit(struct live *live)
{
	struct pipeline *pipeline = &live->pipeline;

	for (unsigned i = 0; i < pipeline->sink_count; i++)
		pipeline->sinks[i]->ops->free(pipeline->sinks[i]);
	for (unsigned i = 0; i < pipeline->source_count; i++)
		pipeline->sources[i]->ops->close(pipeline->sources[i]);
	if (live->seen)
		live->seen->ops->close(live->seen);
	pipeline_deinit(pipeline);
	launch_deinit(&live->launch);
	table_deinit(&live->table);
	cgroup_watch_free(live->watch);
	cgroup_usage_free(live->usage);
	target_choice_deinit(&live->choice);
	buf_deinit(&live->words);
	buf_deinit(&live->command_path);
	buf_deinit(&live->user_change);
	buf_deinit(&live->boot_id);
	buf_deinit(&live->host);
	buf_deinit(&live->kernel);
}
