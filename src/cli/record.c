/*
 * `pscope record`: an event source and a sampler -> the recorder or JSON Lines, and a summary. Here
 * are its options and its sinks; all that watching commands have in common stands in live.c.
 */
#include "base/clock.h"
#include "cli/budget.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "output/output.h"
#include "store/store.h"

/* The dead that a recording keeps in memory: enough for late records and parent links. */
#define TOMBSTONES       16384
#define SAMPLING_DEFAULT (100 * NS_PER_MS)

#define RECORD_INTERVAL_DEFAULT INT64_C(-1)

struct record_options {
	struct live_options live;
	struct option_texts budgets;
	const char *output, *junit;
	int64_t interval_ns; /* RECORD_INTERVAL_DEFAULT: as the output wants it */
	bool quiet, share_stdout, bpftrace_path;
};

#define AT(field) offsetof(struct record_options, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row record_rows[] = {
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "record into FILE: a recording (SQLite), or JSON Lines when it ends in .jsonl; "
	 "- or no -o: JSON Lines on standard output; /dev/null: keep nothing, only sum up"},
	TARGET_ROWS(struct record_options, live.target, 'p'),
	{'D', "duration", "TIME", OPTION_DURATION, AT(live.duration_ns),
	 "end after TIME (30s, 5m); 0: when all have ended, or with Ctrl-C (default)"},
	{0, "interval", "TIME", OPTION_DURATION, AT(interval_ns),
	 "sample memory and CPU of the living each TIME; 0 never (default: 100ms into a "
	 "recording, never into JSON Lines)"},
	BUDGET_ROWS(AT(budgets), AT(junit)),
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), "no summary and no notes on standard error"},
	{0, "no-wait", NULL, OPTION_FLAG, AT(live.no_wait),
	 "end with the command, without waiting for processes that it left running"},
	LIVE_ROWS(struct record_options, live),
	{0, "share-stdout", NULL, OPTION_FLAG, AT(share_stdout),
	 "leave the command's output on standard output, between the records"},
	{'b', "bpftrace-path", "PATH", OPTION_OBSOLETE, AT(bpftrace_path),
	 "accepted for proctrace's users and ignored: pscope needs no bpftrace"},
	{0},
};
/* clang-format on */

static void record_defaults(void *values)
{
	struct record_options *options = values;

	options->interval_ns = RECORD_INTERVAL_DEFAULT;
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

/* Who wants the summary alone names no file that a recording could take the place of. */
static bool keeps_nothing(const struct record_options *options)
{
	return options->output && strcmp(options->output, "/dev/null") == 0;
}

/* ---- the parts ---- */

static void add_sinks(struct live *live, const struct record_options *options)
{
	const struct env *env = live->env;
	struct pipeline *pipeline = &live->pipeline;
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
	} else if (!keeps_nothing(options)) {
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

static struct live_plan plan_of(const struct record_options *options, const struct env *env,
				char **argv)
{
	int64_t sampling_ns = options->interval_ns;

	if (sampling_ns == RECORD_INTERVAL_DEFAULT)
		sampling_ns = is_json(options) ? 0 : SAMPLING_DEFAULT;
	return (struct live_plan){
		.command = "record",
		.argv = argv,
		.command_stdout = to_stdout(options) && !options->share_stdout ? env->err_fd : -1,
		.quiet = options->quiet,
		.sampling_ns = sampling_ns,
		.tombstones = TOMBSTONES,
	};
}

/* What a user may not expect, said before it happens. */
static void say_notes(const struct env *env, const struct record_options *options, bool command)
{
	if (options->bpftrace_path)
		cli_note(env, "-b/--bpftrace-path is ignored: pscope needs no bpftrace");
	if (command && to_stdout(options) && !options->share_stdout && !options->quiet)
		cli_note(env, "the records go to standard output, so the command's goes to "
			      "standard error (--share-stdout keeps it)");
}

static int run_record(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct record_options *options = values;
	struct live live = {.env = env, .options = &options->live};
	struct live_plan plan = plan_of(options, env, count ? operands : NULL);
	struct budget_run budget = {0};
	int status = cli_read_budgets(env, &options->budgets, options->junit, &budget.budget);

	if (status != STATUS_DONE)
		return status;
	status = live_prepare(&live, &plan);
	if (status == STATUS_DONE) {
		say_notes(env, options, count > 0);
		add_sinks(&live, options);
		cli_add_budget(&live, &budget, options->junit);
		if (!count && !options->quiet)
			cli_note(env, "recording %s; Ctrl-C ends it", buf_cstr(&live.choice.text));
		status = cli_budget_status(&budget, live_run(&live));
	}
	live_deinit(&live);
	return status;
}

const struct command command_record = {
	.name = "record",
	.arguments = "[-- COMMAND [ARGUMENT]...]",
	.summary = "record a command's whole process tree, or what runs already",
	.details =
		"Records every process that COMMAND starts: fork, exec with all arguments, exit "
		"with "
		"status and exact cost, until the last of them has ended. The command keeps its "
		"terminal, its environment and its user.\n\n"
		"With a target (--pid, --service, --cgroup, --name, --user, --all) instead of a "
		"command what "
		"runs already is recorded: first who is there, then what happens, until --duration "
		"or "
		"Ctrl-C, or until all processes of --pid and their descendants have "
		"ended.\n\n" TARGET_DETAILS
		"Exit status: the command's own (128+N when signal N ended it); 127 not found, 126 "
		"not executable, 125 pscope failed before the start, or the recording failed and "
		"the command did not; 4 with --fail-on-loss; 3 when only a bound of --budget does "
		"not hold ('pscope help report' lists its figures).\n\n"
		"Examples:\n"
		"  pscope record -o build.pscope -- make -j2\n"
		"  pscope render -f tree build.pscope\n"
		"  pscope record -- ./test.sh > events.jsonl\n"
		"  pscope record --service nginx -D 1m -o nginx.pscope\n"
		"  pscope record --all -o machine.pscope\n",
	.options = record_rows,
	.options_size = sizeof(struct record_options),
	.defaults = record_defaults,
	.operands_follow = true,
	.run = run_record,
};
