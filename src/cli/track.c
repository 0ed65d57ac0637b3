/*
 * `pscope track`: an event source and a sampler -> what the members of a target use over time. Key
 * decision: who they are is told by events, what they use while they live by samples, and what they
 * used in all by their end, so that nobody is too short-lived to be counted.
 */
#include "output/track/track.h"
#include "base/clock.h"
#include "cli/budget.h"
#include "cli/commands.h"
#include "cli/track.h"
#include "source/cgroup_usage.h"
#include "source/host.h"

/* Enough for late records, and for who forked whom. */
#define TOMBSTONES 16384
/* Where every look is written, they are fewer. */
#define INTERVAL_TABLE (500 * NS_PER_MS)
#define INTERVAL_LINES NS_PER_SEC

#define TYPE      struct track_cli
#define AT(field) offsetof(TYPE, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row track_rows[] = {
	TARGET_ROWS(TYPE, live.target, 'p'),
	{0, "user-unit", "UNIT", OPTION_TEXTS, AT(live.target.user_services),
	 "the same as --user-service"},
	{'i', "interval", "TIME", OPTION_INTERVAL, AT(interval_ns),
	 "look each TIME at who lives (default: 0.5s; 1s where every look is written)"},
	{'D', "duration", "TIME", OPTION_DURATION, AT(live.duration_ns),
	 "end after TIME: seconds, or 500ms, 5m; 0 (default): at Ctrl-C or when all have ended"},
	{0, "sort", "KEYS", OPTION_TEXT, AT(sort),
	 "sort by these: pid (default), name, ppid, cpu, mem, pss, disk, xfer, threads, time, "
	 "start, processes; each with - in front for the largest first"},
	{0, "group-by", "WHAT", OPTION_TEXT, AT(group),
	 "a row for each name, unit, cgroup or user, with all its processes"},
	{0, "human", NULL, OPTION_FLAG, AT(human), "sizes with units: 12.3M"},
	{0, "bytes", NULL, OPTION_FLAG, AT(bytes), "sizes exact, in bytes"},
	{0, "pss", NULL, OPTION_FLAG, AT(pss),
	 "PSS too: memory with what is shared divided among its users; slow"},
	{'o', "path", "FILE", OPTION_TEXT, AT(output),
	 "write each look into FILE as JSON, or a recording (SQLite) when it ends in .pscope; "
	 "- is standard output"},
	{0, "output", "FILE", OPTION_TEXT, AT(output), "the same as --path"},
	{0, "json", NULL, OPTION_FLAG, AT(json),
	 "write an object for each process and look, a line each, as it happens"},
	{0, "jsonl", NULL, OPTION_FLAG, AT(jsonl),
	 "the same, and a last line with the totals; as with FILE.jsonl"},
	{0, "layout", "NAME", OPTION_TEXT, AT(layout),
	 "lines (default), or ptrack: at the end one object, by process and time"},
	{0, "csv", NULL, OPTION_FLAG, AT(csv), "the table as CSV: all measures, exact"},
	{0, "share-stdout", NULL, OPTION_FLAG, AT(share_stdout),
	 "leave the command's output on standard output, between the lines"},
	{0, "live", NULL, OPTION_FLAG, AT(screen),
	 "a full screen of it meanwhile, as that of 'pscope top'; what a command writes is not "
	 "shown"},
	BUDGET_ROWS(AT(budgets), AT(junit)),
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), "no notes on standard error"},
	{0, "no-wait", NULL, OPTION_FLAG, AT(live.no_wait),
	 "end with the command, without waiting for processes that it left running"},
	LIVE_ROWS(TYPE, live),
	{0},
};
/* clang-format on */

/* `pscope track 1234` */
static int take_number(void *values, const char *word, struct error *err)
{
	return target_take_pids(&((TYPE *)values)->live.target, word, err);
}

static int64_t interval_of(const struct track_cli *options, const struct track_choice *choice)
{
	bool lines = choice->form == TRACK_JSON || choice->form == TRACK_PTRACK;

	if (options->interval_ns > 0)
		return options->interval_ns;
	return lines ? INTERVAL_LINES : INTERVAL_TABLE;
}

/* What is shown is read, and no more: counting open files costs as much as all the rest. */
static uint32_t parts_of(const struct track_cli *options, const struct track_choice *choice)
{
	bool lines = choice->form == TRACK_JSON || choice->form == TRACK_PTRACK;
	bool files = choice->form == TRACK_CSV || choice->form == TRACK_RECORDING;

	return (options->pss ? PART_BIT(PART_SMAPS) : 0) | (lines ? TRACK_PARTS : 0) |
	       (files || options->screen ? PART_BIT(PART_FDS) : 0) |
	       (choice->grouping ? choice->grouping->parts : 0);
}

static struct live_plan plan_of(const struct env *env, const struct track_cli *options,
				const struct track_choice *choice, char **argv)
{
	bool apart = choice->form != TRACK_NO_FORM && choice->to_stdout && !options->share_stdout;

	return (struct live_plan){
		.command = "track",
		.argv = argv,
		.command_stdout = argv && apart ? env->err_fd : -1,
		.command_silent = options->screen,
		.quiet = options->quiet || options->screen,
		.polls = true,
		.outlives_outputs = true,
		.sampling_ns = interval_of(options, choice),
		.sampled_parts = parts_of(options, choice),
		.rounds = true,
		.tombstones = TOMBSTONES,
	};
}

/* With the target known, before anything is sampled. */
static struct track *begin(struct live *live, const struct track_choice *choice,
			   struct names_cache *names)
{
	struct track_options options = {
		.start_ns = live->run.start_ns,
		.group = choice->grouping ? choice->grouping->group : NULL,
		.group_context = names,
	};

	if (live->usage)
		cgroup_usage_read(live->usage, &options.cgroup_begin);
	return track_new(&options);
}

static int run_track(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct track_cli *options = values;
	struct live live = {.env = env, .options = &options->live};
	struct names_cache *names = NULL;
	struct track *track = NULL;
	struct track_choice choice;
	struct live_plan plan;
	struct budget_run budget = {0};
	struct error err;
	int status = cli_read_budgets(env, &options->budgets, options->junit, &budget.budget);

	if (status != STATUS_DONE)
		return status;
	if (track_choose(options, &choice, &err) < 0)
		return cli_fail(env, STATUS_USAGE, "%s", err.text);
	plan = plan_of(env, options, &choice, count > 0 ? operands : NULL);
	status = live_prepare(&live, &plan);
	if (status == STATUS_DONE) {
		names = names_cache_new(&env->root);
		track = begin(&live, &choice, names);
		track_add_sinks(&live, options, &choice, track);
		cli_add_budget(&live, &budget, options->junit);
		track_say_start(&live, options, plan.sampling_ns);
		status = cli_budget_status(&budget, live_run(&live));
		if (!options->quiet)
			track_say_missing(&live, track);
		if (status == STATUS_DONE && track_totals(track)->processes == 0)
			status =
				cli_fail(env, STATUS_FAILED, "No matching process data collected.");
	}
	live_deinit(&live);
	track_free(track);
	names_cache_free(names);
	return status;
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
		"  pscope track --sort -cpu --human -- make -j2\n"
		"  pscope track --live --service nginx\n",
	.options = track_rows,
	.options_size = sizeof(TYPE),
	.operands_follow = true,
	.operand = take_number,
	.run = run_track,
};
