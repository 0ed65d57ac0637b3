/*
 * `pscope track`: an event source and a sampler -> what the members of a target use over time. Key
 * decision: who they are is told by events, what they use while they live by samples, and what they
 * used in all by their end, so that nobody is too short-lived to be counted.
 */
#include "output/track/track.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "model/snapshot.h"

#include <errno.h>

/* Enough for late records, and for who forked whom. */
#define TOMBSTONES       16384
#define INTERVAL_DEFAULT (500 * NS_PER_MS)

#define TYPE      struct track_cli_options
#define AT(field) offsetof(TYPE, field)

struct track_cli_options {
	struct live_options live;
	int64_t interval_ns; /* INT64_MIN: as the output wants it */
	const char *sort, *output;
	bool human, bytes, pss, quiet;
};

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row track_rows[] = {
	TARGET_ROWS(TYPE, live.target, 'p'),
	{0, "user-unit", "UNIT", OPTION_TEXTS, AT(live.target.user_services),
	 "the same as --user-service"},
	{'i', "interval", "TIME", OPTION_DURATION, AT(interval_ns),
	 "look each TIME at who lives (default: 0.5s; 1s where every look is written)"},
	{'D', "duration", "TIME", OPTION_DURATION, AT(live.duration_ns),
	 "end after TIME: seconds, or 500ms, 5m; 0 (default): at Ctrl-C or when all have ended"},
	{0, "sort", "KEYS", OPTION_TEXT, AT(sort),
	 "sort by these: pid (default), name, ppid, cpu, mem, pss, disk, xfer, threads, time, "
	 "start; each with - in front for the largest first"},
	{0, "human", NULL, OPTION_FLAG, AT(human), "sizes with units: 12.3M"},
	{0, "bytes", NULL, OPTION_FLAG, AT(bytes), "sizes exact, in bytes"},
	{0, "pss", NULL, OPTION_FLAG, AT(pss),
	 "PSS too: memory with what is shared divided among its users; slow"},
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), "no notes on standard error"},
	{0, "no-wait", NULL, OPTION_FLAG, AT(live.no_wait),
	 "end with the command, without waiting for processes that it left running"},
	LIVE_ROWS(TYPE, live),
	{0},
};
/* clang-format on */

static void track_defaults(void *values)
{
	((struct track_cli_options *)values)->interval_ns = INTERVAL_DEFAULT;
}

/* `pscope track 1234`: a word of numbers only is a target, anything else a command. */
static int take_number(void *values, const char *word, struct error *err)
{
	return target_take_pids(&((struct track_cli_options *)values)->live.target, word, err);
}

static int check_options(const struct track_cli_options *options, struct error *err)
{
	if (options->interval_ns <= 0)
		return error_set(err, EINVAL, "--interval must be > 0");
	if (options->human && options->bytes)
		return error_set(err, EINVAL,
				 "--human and --bytes contradict each other: give one of them");
	return 0;
}

static void add_sinks(struct live *live, struct track *track, const struct track_report *report)
{
	const struct env *env = live->env;
	struct pipeline *pipeline = &live->pipeline;
	const struct output_options table = {
		.out_fd = env->out_fd,
		.owner_uid = (unsigned)-1,
		.owner_gid = (unsigned)-1,
		.live = true,
		.width = env->out_width,
		.colour = env->out_colour,
	};

	pipeline->sinks[pipeline->sink_count++] = track_collector_new(track);
	pipeline->sinks[pipeline->sink_count++] = track_table_new(report, &table);
}

static int watch(struct env *env, const struct track_cli_options *options, char **argv,
		 struct track_report *report)
{
	struct live live = {.env = env, .options = &options->live};
	const struct live_plan plan = {
		.command = "track",
		.argv = argv,
		.command_stdout = -1,
		.quiet = options->quiet,
		.sampling_ns = options->interval_ns,
		.rounds = true,
		.sampled_parts = report->pss ? PART_BIT(PART_SMAPS) : 0,
		.tombstones = TOMBSTONES,
	};
	struct track *track = NULL;
	int status = live_prepare(&live, &plan);

	if (status == STATUS_DONE) {
		track = track_new(&(struct track_options){.start_ns = live.run.start_ns});
		report->track = track;
		add_sinks(&live, track, report);
		status = live_run(&live);
		if (status == STATUS_DONE && track_totals(track)->processes == 0)
			status =
				cli_fail(env, STATUS_FAILED, "No matching process data collected.");
	}
	live_deinit(&live);
	track_free(track);
	return status;
}

static int run_track(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct track_cli_options *options = values;
	struct track_report report = {
		.units = options->human   ? TRACK_HUMAN
			 : options->bytes ? TRACK_BYTES
					  : TRACK_DOCUMENTED,
		.pss = options->pss,
	};
	struct error err;
	int r = check_options(options, &err);

	if (r == 0 && options->sort)
		r = track_order_parse(&report.order, str_of(options->sort), &err);
	if (r < 0)
		return cli_fail(env, STATUS_USAGE, "%s", err.text);
	return watch(env, options, count > 0 ? operands : NULL, &report);
}

const struct command command_track = {
	.name = "track",
	.arguments = "[PID... | -- COMMAND [ARGUMENT]...]",
	.summary = "what processes use over time, with all their children",
	.details =
		"Samples what processes use, each with all its descendants, and prints a table at "
		"the end: least, most and average (by time) of CPU (percent of one core), resident "
		"memory (MiB), storage (read and written, bytes/s) and transfer (through system "
		"calls, bytes/s), a row for each process, also of who lived too briefly for a "
		"sample: its end tells what it used. The totals are exact; their memory is that of "
		"all at once. A process is over one life of a number: numbers come back.\n\n"
		"Of a PID and its descendants until all have ended; with a COMMAND until it and "
		"all "
		"that it left running have ended.\n\n" TARGET_DETAILS
		"Exit status: 0 when there was something to track, also after Ctrl-C; 1 when there "
		"was nothing; 2 for a wrong command line; with a COMMAND its own, as of record.\n\n"
		"Examples:\n"
		"  pscope track 1234\n"
		"  pscope track --service nginx --interval 0.5 --duration 60\n"
		"  pscope track --sort -cpu --human -- make -j2\n",
	.options = track_rows,
	.options_size = sizeof(TYPE),
	.defaults = track_defaults,
	.operands_follow = true,
	.operand = take_number,
	.run = run_track,
};
