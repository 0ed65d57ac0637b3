/*
 * `pscope events`: the event source -> lines or JSON, and statistics. Key decision: forkstat's
 * letters and pstat's long names mean what they are documented to mean there; whom it is about is
 * asked as in every watching command, so only -p is forkstat's process group.
 */
#include "cli/events.h"

#include "base/mem.h"
#include "cli/commands.h"

#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Enough for late records, and for who forked whom. */
#define TOMBSTONES 16384

#define TYPE      struct events_options
#define AT(field) offsetof(TYPE, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row events_rows[] = {
	{'e', "event", "LIST", OPTION_TEXTS, AT(events),
	 "show these events (default: fork,exec,exit,core,comm); may be given again"},
	{'E', NULL, NULL, OPTION_FLAG, AT(every),
	 "show all events, the same as -e all; failed execs with --failed-execs only"},
	{'p', NULL, "PGRP", OPTION_PID, AT(pgid),
	 "only this process group, as in forkstat; for processes see --pid"},
	{0, "failed", NULL, OPTION_FLAG, AT(failed),
	 "only what went wrong: bad ends, core dumps, fatal signals, failed execs"},
	{'Q', "filter", "EXPR", OPTION_TEXT, AT(filter),
	 "only events of processes for which EXPR is true then"},
	TARGET_ROWS(TYPE, live.target, 0),
	{'D', "duration", "TIME", OPTION_DURATION, AT(live.duration_ns),
	 "end after TIME: seconds, or 500ms, 5m; 0 (default): at Ctrl-C"},
	{'c', "comm", NULL, OPTION_FLAG, AT(comm), "show the 15 byte name, not the command line"},
	{'d', "dirstrip", NULL, OPTION_FLAG, AT(dirstrip), "show the program without its directory"},
	{'s', "shortname", NULL, OPTION_FLAG, AT(short_name),
	 "show the program without its arguments"},
	{'g', "glyphs", NULL, OPTION_FLAG, AT(glyphs), "a sign for each kind of event"},
	{'x', "users", NULL, OPTION_FLAG, AT(user_columns),
	 "columns for real and effective user and for the terminal"},
	{'X', NULL, NULL, OPTION_FLAG, AT(extra), "the same as -E -g -r -S -x"},
	{0, "raw-status", NULL, OPTION_FLAG, AT(raw_status),
	 "show how a process ended as wait(2) encodes it"},
	{0, "timestamps", "KIND", OPTION_TEXT, AT(stamps),
	 "date (default), time, iso, boot (seconds since boot) or delta (since the line before)"},
	{'S', "statistics", NULL, OPTION_FLAG, AT(statistics),
	 "at the end count the events of each command"},
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), "no events, only the statistics: implies -S"},
	{0, "json", NULL, OPTION_FLAG, AT(json), "write a JSON object a line"},
	{0, "jsonl", NULL, OPTION_FLAG, AT(jsonl), "the same"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write the events into FILE, not on standard output"},
	{'l', NULL, NULL, OPTION_FLAG, AT(line_buffered),
	 "write each line at once, not what came in a tenth of a second together"},
	{'r', NULL, NULL, OPTION_FLAG, AT(realtime), "read with real-time priority, where permitted"},
	{0, "share-stdout", NULL, OPTION_FLAG, AT(share_stdout),
	 "leave the command's output on standard output, between the events"},
	{0, "no-wait", NULL, OPTION_FLAG, AT(live.no_wait),
	 "end with the command, without waiting for processes that it left running"},
	LIVE_ROWS(TYPE, live),
	{'v', "version", NULL, OPTION_FLAG, AT(version), "show pscope's version"},
	{0},
};
/* clang-format on */

static void events_defaults(void *values)
{
	struct events_options *options = values;

	options->live.ring_bytes = UINT64_C(32) << 20;
}

/* `pscope events 1234` */
static int take_number(void *values, const char *word, struct error *err)
{
	return target_take_pids(&((struct events_options *)values)->live.target, word, err);
}

/* ---- understanding the options ---- */

static int choose_stamp(const char *name, enum event_stamp *ret_stamp, struct error *err)
{
	static const char *const names[] = {
		[STAMP_DATE] = "date", [STAMP_TIME] = "time",   [STAMP_ISO] = "iso",
		[STAMP_BOOT] = "boot", [STAMP_DELTA] = "delta",
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (name && strcmp(name, names[i]) != 0)
			continue;
		*ret_stamp = (enum event_stamp)i;
		return 0;
	}
	return error_set(err, EINVAL, "--timestamps %s: there are date, time, iso, boot and delta",
			 name);
}

/* What is asked for by name is recorded as well, also where that costs; `all` does not ask for it. */
static int choose_events(struct events_options *options, unsigned *ret_events, struct error *err)
{
	unsigned events = options->every ? EVENTS_ALL : 0, named;

	for (unsigned i = 0; i < options->events.count; i++) {
		named = 0;
		if (events_parse(options->events.items[i], &named, err) < 0)
			return -EINVAL;
		events |= named;
		if (named != EVENTS_ALL && named & EVENT_BIT(EVENT_BAD_EXEC))
			options->live.failed_execs = true;
	}
	if (events == 0)
		events = EVENTS_DEFAULT;
	if (options->live.threads)
		events |= EVENT_BIT(EVENT_CLONE);
	if (options->live.failed_execs)
		events |= EVENT_BIT(EVENT_BAD_EXEC);
	options->live.threads |= (events & EVENT_BIT(EVENT_CLONE)) != 0;
	*ret_events = events;
	return 0;
}

/* What --failed shows. */
#define FAILED                                                                                     \
	(EVENT_BIT(EVENT_EXIT) | EVENT_BIT(EVENT_FAILED_EXIT) | EVENT_BIT(EVENT_CORE) |            \
	 EVENT_BIT(EVENT_SIGNAL) | EVENT_BIT(EVENT_OOM) | EVENT_BIT(EVENT_BAD_EXEC))

static int check_options(const struct events_options *options, unsigned events, bool command,
			 struct error *err)
{
	if (options->json &&
	    (options->glyphs || options->user_columns || options->raw_status || options->stamps))
		return error_set(err, EINVAL,
				 "-g, -x, --raw-status and --timestamps shape lines for people: "
				 "leave them out, --json has all of that");
	if (options->failed && !(events & FAILED))
		return error_set(err, EINVAL,
				 "--failed shows none of these events; it goes with exit, core, "
				 "signal, oom and badexec");
	if (!command && (options->share_stdout || options->live.no_wait))
		return error_set(err, EINVAL,
				 "--share-stdout and --no-wait are for a command that pscope "
				 "starts; there is none");
	return 0;
}

/* What follows from other options. Of objects -X asks only what they can have. */
static void imply(struct events_options *options)
{
	options->json |= options->jsonl;
	options->every |= options->extra;
	options->realtime |= options->extra;
	options->statistics |= options->extra || options->quiet;
	options->glyphs |= options->extra && !options->json;
	options->user_columns |= options->extra && !options->json;
}

/* ---- the parts ---- */

static bool to_stdout(const struct events_options *options)
{
	return !options->output || strcmp(options->output, "-") == 0;
}

/* Lines of the terminal; 0: it is none. */
static unsigned terminal_rows(const struct env *env)
{
	struct winsize size;

	return isatty(env->out_fd) && ioctl(env->out_fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static struct output_options output_of(const struct env *env, const struct events_options *options,
				       bool file)
{
	return (struct output_options){
		.path = file ? options->output : NULL,
		.out_fd = env->out_fd,
		.owner_uid = env->owner_uid,
		.owner_gid = env->owner_gid,
		.live = true,
		.width = file ? 0 : env->out_width,
		.colour = !file && env->out_colour,
		.ascii = env->ascii,
	};
}

/* With a file for the events, the statistics stay on standard output, unless they are all there is. */
static void add_sinks(struct pipeline *pipeline, const struct env *env,
		      const struct events_options *options, const struct event_options *events)
{
	bool file = !to_stdout(options);
	struct output_options main = output_of(env, options, file);
	struct output_options counts = output_of(env, options, file && options->quiet);

	if (!options->quiet)
		pipeline->sinks[pipeline->sink_count++] = options->json
								  ? event_json_new(events, &main)
								  : event_lines_new(events, &main);
	if (options->statistics)
		pipeline->sinks[pipeline->sink_count++] = event_statistics_new(events, &counts);
}

/* Reset at fork: the command and our helpers have no part in it. */
static void take_priority(const struct env *env)
{
	const struct sched_param most = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &most) < 0)
		cli_note(env, "-r: no real-time priority: %s; going on without", error_name(errno));
}

static void say_missing(const struct live *live, uint64_t missed)
{
	uint64_t lost = live->run.lost;
	struct buf text = BUF_INIT;

	if (lost > 0)
		buf_printf(&text, "%llu record%s %s lost", (unsigned long long)lost,
			   lost == 1 ? "" : "s", lost == 1 ? "was" : "were");
	if (missed > 0)
		buf_printf(&text, "%s%llu exec%s had gone before %s arguments could be read",
			   lost ? "; " : "", (unsigned long long)missed, missed == 1 ? "" : "s",
			   missed == 1 ? "its" : "their");
	if (text.n > 0)
		cli_note(live->env, "%s", buf_cstr(&text));
	buf_deinit(&text);
}

static void find_cost(void *context, const char *feature, bool available, const char *note)
{
	if (strcmp(feature, "cost") == 0)
		*(bool *)context = available;
}

/* Does the source tell what processes cost, with the privileges that there are? */
static bool tells_cost(const struct live *live)
{
	const struct source_kind *kind = live->kind;
	bool cost = kind->capabilities & SOURCE_SETTLES;

	if (cost && !(kind->capabilities & SOURCE_EXACT_USAGE) && kind->details)
		kind->details(&live->source_options, find_cost, &cost);
	return cost;
}

/* With everything checked. */
static int watch(struct env *env, struct events_options *options, char **argv,
		 struct event_options *events, struct events_asked *asked)
{
	bool apart = argv && to_stdout(options) && !options->share_stdout;
	struct live live = {.env = env, .options = &options->live};
	const struct live_plan plan = {
		.command = "events",
		.argv = argv,
		.command_stdout = apart ? env->err_fd : -1,
		.all_by_default = true,
		.quiet = options->quiet,
		.tombstones = TOMBSTONES,
	};
	uint64_t missed = 0;
	struct error err;
	int status;

	status = live_prepare(&live, &plan);
	if (status == 0 && events_asked_open(asked, &env->root, &err) < 0)
		status = cli_fail(env, STATUS_FAILED, "%s", err.text);
	if (status == 0) {
		if (apart && !isatty(env->out_fd) && !options->quiet)
			cli_note(env,
				 "the events go to standard output, so the command's output goes "
				 "to standard error (-o FILE or --share-stdout keep it)");
		if (events_asked_cost(asked) && !tells_cost(&live))
			cli_note(env,
				 "--filter asks what processes cost, which %s does not tell here; "
				 "'pscope doctor' says why",
				 live.kind->name);
		if (options->realtime)
			take_priority(env);
		events_asked_hook(asked, events);
		add_sinks(&live.pipeline, env, options, events);
		live.pipeline.sinks[live.pipeline.sink_count++] = events_tally_new(&missed);
		status = live_run(&live);
		say_missing(&live, missed);
	}
	live_deinit(&live);
	return status;
}

static int run_events(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct events_options *options = values;
	struct event_options events = {.rows = terminal_rows(env)};
	struct events_asked asked;
	struct error err;
	int status;
	int r;

	if (options->version)
		return command_version.run(env, "version", NULL, 0, NULL);
	imply(options);
	r = events_asked_init(&asked, options->filter, &err);
	r = r < 0 ? r : choose_stamp(options->stamps, &events.stamp, &err);
	r = r < 0 ? r : choose_events(options, &events.events, &err);
	r = r < 0 ? r : check_options(options, events.events, count > 0, &err);
	if (r < 0) {
		status = cli_fail(env, STATUS_USAGE, "%s", err.text);
	} else {
		events.glyphs = options->glyphs;
		events.user_columns = options->user_columns;
		events.raw_status = options->raw_status;
		events.short_name = options->short_name;
		events.dirstrip = options->dirstrip;
		events.comm = options->comm;
		events.failed_only = options->failed;
		events.threads = options->live.threads;
		events.line_buffered = options->line_buffered;
		events.json = options->json;
		events.pgid = options->pgid;
		status = watch(env, options, count > 0 ? operands : NULL, &events, &asked);
	}
	events_asked_deinit(&asked);
	return status;
}

/* The events there are, and what a filter can ask. */
static void list_events(struct buf *out)
{
	buf_add_text(out, "Events:\n");
	for (const struct event_name *row = event_names; row->name; row++)
		buf_printf(out, "  %-12s %s\n", row->name, row->help);
}

const struct command command_events = {
	.name = "events",
	.arguments = "[PID... | -- COMMAND [ARGUMENT]...]",
	.summary = "show what happens to processes, as it happens",
	.details =
		"A line for each event, with the time of the event itself; a fork has a line for "
		"the parent and one for the child. Without a target or a COMMAND: of the whole "
		"system. Info tells parent from child, how a process ended (exit code or signal), "
		"or whom it became. Duration is how long the process had lived. What else is known "
		"stands in brackets behind the command: (core dumped), (killed by PID NAME), "
		"(inferred) when nobody saw it happen. A name in ( ) is the parent's, since nobody "
		"saw what the process ran; one in [ ] is a kernel thread's. Commands are quoted, "
		"so none can pretend. A terminal shows them in full where they are run (up to 8 "
		"rows) and cuts them elsewhere; a pipe or a file gets all of "
		"them.\n\n" TARGET_DETAILS
		"EXPR is a filter as in 'pscope ps', over what an event tells of a process: its "
		"numbers, users, times, name, arguments, program and directory, of one that has "
		"ended also its cost (time, read_bytes, peak, ...) and how: exit_code, or "
		"term_signal when a signal did it (term_signal == SIGKILL).\n\n"
		"Exit status: 0 after Ctrl-C, SIGTERM or --duration; with a COMMAND its own, as "
		"of record; 4 with --fail-on-loss.\n\n"
		"Examples:\n"
		"  pscope events\n"
		"  pscope events -e exec,nonzeroexit --user www-data --duration 1m\n"
		"  pscope events --service ssh.service --json\n"
		"  pscope events --filter 'comm =~ \"^cc\" and elapsed > 2s' -- make -j2\n",
	.more_help = list_events,
	.options = events_rows,
	.options_size = sizeof(struct events_options),
	.defaults = events_defaults,
	.operands_follow = true,
	.operand = take_number,
	.run = run_events,
};
