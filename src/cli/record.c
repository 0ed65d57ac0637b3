/*
 * `pscope record`: launch -> event source + sampler -> recorder or JSON Lines, and a summary.
 * Here are its options, its parts and its exit status; decisions on the way stand in
 * record_control.c.
 */
#include "cli/record.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "output/output.h"
#include "source/sampler.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The dead that a recording keeps in memory: enough for late records and parent links. */
#define TOMBSTONES       16384
#define RING_BYTES       (UINT64_C(32) << 20)
#define RING_LEAST       (UINT64_C(64) << 10)
#define RING_MOST        (UINT64_C(1) << 30)
#define SAMPLING_DEFAULT (100 * NS_PER_MS)

#define AT(field) offsetof(struct record_options, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row record_rows[] = {
	{'o', "output", "FILE", OPTION_TEXT, AT(output),
	 "record into FILE: a recording (SQLite), or JSON Lines when it ends in .jsonl; "
	 "- or no -o: JSON Lines on standard output"},
	{0, "source", "SOURCE", OPTION_TEXT, AT(source),
	 "auto (default), bpf or ptrace; 'pscope doctor' says which work here"},
	{0, "interval", "TIME", OPTION_DURATION, AT(interval_ns),
	 "sample memory and CPU of the living each TIME; 0 never (default: 100ms into a "
	 "recording, never into JSON Lines)"},
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), "no summary and no notes on standard error"},
	{0, "no-wait", NULL, OPTION_FLAG, AT(no_wait),
	 "end with the command, without waiting for processes that it left running"},
	{0, "threads", NULL, OPTION_FLAG, AT(threads), "record threads too"},
	{0, "failed-execs", NULL, OPTION_FLAG, AT(failed_execs),
	 "record execs that failed too; costs the whole machine about 10 ns a system call"},
	{0, "as", "USER", OPTION_TEXT, AT(as),
	 "run the command as root, as user (who called sudo; the default under sudo), or as "
	 "somebody by name"},
	{0, "share-stdout", NULL, OPTION_FLAG, AT(share_stdout),
	 "leave the command's output on standard output, between the records"},
	{0, "fail-on-loss", NULL, OPTION_FLAG, AT(fail_on_loss),
	 "exit with 4 when records were lost"},
	{0, "ring-size", "SIZE", OPTION_SIZE, AT(ring_bytes),
	 "bytes between kernel and pscope for bpf, 64K to 1G (default: 32M)"},
	{'b', "bpftrace-path", "PATH", OPTION_OBSOLETE, AT(bpftrace_path),
	 "accepted for proctrace's users and ignored: pscope needs no bpftrace"},
	{0},
};
/* clang-format on */

static void record_defaults(void *values)
{
	struct record_options *options = values;

	options->interval_ns = RECORD_INTERVAL_DEFAULT;
	options->ring_bytes = RING_BYTES;
}

static bool to_stdout(const struct record_options *options)
{
	return !options->output || strcmp(options->output, "-") == 0 ||
	       strcmp(options->output, "/dev/stdout") == 0;
}

static bool is_json(const struct record_options *options)
{
	size_t n = to_stdout(options) ? 0 : strlen(options->output);

	return to_stdout(options) || (n > 6 && strcasecmp(options->output + n - 6, ".jsonl") == 0);
}

/* ---- the parts ---- */

static const char *user_of(const struct recording *recording)
{
	const char *as = recording->options->as;
	const char *owner = recording->env->owner_name[0] ? recording->env->owner_name : NULL;

	if (!as || strcmp(as, "user") == 0)
		return owner;
	return strcmp(as, "root") == 0 && geteuid() == 0 ? NULL : as;
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

static int prepare_launch(struct recording *recording, char **argv, struct error *err)
{
	struct launch_spec spec = {.argv = argv, .stdout_fd = -1, .user = user_of(recording)};

	if (recording->command_path.n > 0)
		spec.path = buf_cstr(&recording->command_path);

	if (to_stdout(recording->options) && !recording->options->share_stdout) {
		spec.stdout_fd = recording->env->err_fd;
		if (!recording->options->quiet)
			cli_note(recording->env, "the records go to standard output, so the "
						 "command's goes to standard error (--share-stdout "
						 "keeps it)");
	}
	launch_save_signals(&spec);
	return launch_init(&recording->launch, &spec, err);
}

static int open_source(struct recording *recording, struct error *err)
{
	struct pipeline *pipeline = &recording->pipeline;
	int r;

	recording->source_options = (struct source_options){
		.root = &recording->env->root,
		.launch = &recording->launch,
		.threads = recording->options->threads,
		.failed_execs = recording->options->failed_execs,
		.ring_bytes = recording->options->ring_bytes,
		.debug = recording->env->debug ? cli_debug : NULL,
	};
	r = source_pick(recording->options->source ? recording->options->source : "auto",
			&recording->source_options, &recording->run, &pipeline->sources[0],
			&recording->kind, err);
	if (r < 0)
		return r;
	pipeline->source_count = 1;
	return 0;
}

static int add_sampler(struct recording *recording, struct error *err)
{
	struct pipeline *pipeline = &recording->pipeline;
	int64_t interval_ns = recording->options->interval_ns;
	struct source *sampler;

	if (interval_ns == RECORD_INTERVAL_DEFAULT)
		interval_ns = is_json(recording->options) ? 0 : SAMPLING_DEFAULT;
	if (interval_ns == 0)
		return 0;
	sampler = sampler_new(&(struct sampler_options){.table = &recording->table,
							.root = &recording->env->root,
							.interval_ns = interval_ns});
	pipeline->sources[pipeline->source_count++] = sampler;
	return sampler->ops->open(sampler, err);
}

static void add_sinks(struct recording *recording)
{
	const struct env *env = recording->env;
	const struct record_options *options = recording->options;
	struct pipeline *pipeline = &recording->pipeline;
	const struct output_options lines = {
		.path = options->output,
		.out_fd = env->out_fd,
		.owner_uid = env->owner_uid,
		.owner_gid = env->owner_gid,
		.live = true,
	};
	const struct output_options summary = {
		.out_fd = env->err_fd,
		.owner_uid = (unsigned)-1,
		.owner_gid = (unsigned)-1,
		.live = true,
		.width = env->err_width,
		.colour = env->err_colour,
	};

	if (is_json(options)) {
		pipeline->sinks[pipeline->sink_count++] =
			output_find("multiplexed")->create(&lines);
	} else {
		store_setup();
		pipeline->sinks[pipeline->sink_count++] = recorder_new(&(struct recorder_options){
			.path = options->output,
			.owner_uid = env->owner_uid,
			.owner_gid = env->owner_gid,
			.debug = env->debug ? cli_debug : NULL,
		});
	}
	if (!options->quiet)
		pipeline->sinks[pipeline->sink_count++] = output_find("summary")->create(&summary);
}

static int prepare(struct recording *recording, char **argv, struct error *err)
{
	int r = prepare_launch(recording, argv, err);

	r = r < 0 ? r : pipeline_init(&recording->pipeline, err);
	r = r < 0 ? r : record_watch_signals(recording, err);
	r = r < 0 ? r : open_source(recording, err);
	if (r < 0)
		return r;
	table_init(&recording->table, (struct table_limits){.tombstones = TOMBSTONES}, NULL);
	recording->pipeline.table = &recording->table;
	recording->pipeline.run = &recording->run;
	recording->pipeline.live = recording->pipeline.until_empty = true;
	record_control_init(recording);
	r = add_sampler(recording, err);
	if (r < 0)
		return r;
	add_sinks(recording);
	record_describe(recording, argv);
	return 0;
}

static void dismantle(struct recording *recording)
{
	struct pipeline *pipeline = &recording->pipeline;

	for (unsigned i = 0; i < pipeline->sink_count; i++)
		pipeline->sinks[i]->ops->free(pipeline->sinks[i]);
	for (unsigned i = 0; i < pipeline->source_count; i++)
		pipeline->sources[i]->ops->close(pipeline->sources[i]);
	pipeline_deinit(pipeline);
	launch_deinit(&recording->launch);
	table_deinit(&recording->table);
	buf_deinit(&recording->words);
	buf_deinit(&recording->command_path);
	buf_deinit(&recording->user_change);
	buf_deinit(&recording->boot_id);
	buf_deinit(&recording->host);
	buf_deinit(&recording->kernel);
}

/* ---- the exit status ---- */

static int not_started(int error)
{
	return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* The command's own failure, else ours, else loss. */
static int status_of(const struct recording *recording, int r)
{
	int command = status_shell_code(recording->root_status);

	if (recording->launch_failed)
		return recording->failure.stage == LAUNCH_EXEC
			       ? not_started(recording->failure.error)
			       : STATUS_OURS;
	if (command != 0)
		return command;
	if (r < 0 || recording->sink_failed)
		return STATUS_OURS;
	if (recording->options->fail_on_loss && recording->run.lost > 0)
		return STATUS_LOSS;
	return STATUS_DONE;
}

static int run_record(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct recording recording = {.env = env, .options = values, .root_status = STATUS_UNKNOWN};
	struct error err;
	int status, r;

	if (count == 0)
		return cli_fail(env, STATUS_USAGE,
				"record needs a command: pscope record [OPTION]... -- COMMAND");
	if (env->owner_unknown && !recording.options->as)
		return cli_fail(
			env, STATUS_USAGE,
			"SUDO_UID and SUDO_GID name no user of this machine to run the command "
			"as; say --as root or --as USER");
	if (recording.options->as && strcmp(recording.options->as, "user") == 0 && geteuid() == 0 &&
	    !env->owner_name[0])
		return cli_fail(env, STATUS_USAGE, "--as user means who called sudo; nobody did");
	if (recording.options->bpftrace_path)
		cli_note(env, "-b/--bpftrace-path is ignored: pscope needs no bpftrace");
	if (recording.options->ring_bytes < RING_LEAST || recording.options->ring_bytes > RING_MOST)
		return cli_fail(env, STATUS_USAGE, "--ring-size: give 64K to 1G");
	if (!source_is_known(recording.options->source, &err))
		return cli_fail(env, STATUS_USAGE, "%s", err.text);
	if (env_use_root(env, NULL, &err) < 0)
		return cli_fail(env, STATUS_OURS, "%s", err.text);
	r = find_command(operands[0], &recording.command_path, &err);
	if (r < 0) {
		buf_deinit(&recording.command_path);
		return cli_fail(env, not_started(-r), "%s", err.text);
	}
	r = prepare(&recording, operands, &err);
	r = r < 0 ? r : pipeline_run(&recording.pipeline, &err);
	if (r < 0)
		cli_note(env, "%s", err.text);
	status = status_of(&recording, r);
	dismantle(&recording);
	return status;
}

const struct command command_record = {
	.name = "record",
	.arguments = "-- COMMAND [ARGUMENT]...",
	.summary = "run a command and record its whole process tree",
	.details =
		"Records every process that COMMAND starts: fork, exec with all arguments, exit "
		"with "
		"status and exact cost, until the last of them has ended. The command keeps its "
		"terminal, its environment and its user.\n\n"
		"Exit status: the command's own (128+N when signal N ended it); 127 not found, 126 "
		"not executable, 125 pscope failed before the start, or the recording failed and "
		"the command did not; 4 with --fail-on-loss.\n\n"
		"Examples:\n"
		"  pscope record -o build.pscope -- make -j2\n"
		"  pscope render -f tree build.pscope\n"
		"  pscope record -- ./test.sh > events.jsonl\n",
	.options = record_rows,
	.options_size = sizeof(struct record_options),
	.defaults = record_defaults,
	.operands_follow = true,
	.run = run_record,
};
