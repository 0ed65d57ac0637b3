/*
 * `pscope top`: the full-screen view over the whole machine, or over a target. Key decision: it is a
 * live run as any other, so who lives for a moment only is counted as well, with its exact use.
 */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/screen_run.h"
#include "view/view.h"

#include <errno.h>

/* Enough for late records, and for who forked whom. */
#define TOMBSTONES       16384
#define INTERVAL_DEFAULT NS_PER_SEC

#define TYPE      struct top_options
#define AT(field) offsetof(TYPE, field)

struct top_options {
	struct live_options live;
	int64_t interval_ns;
	const char *sort, *filter;
	bool batch;
	unsigned count;
};

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row top_rows[] = {
	TARGET_ROWS(TYPE, live.target, 'p'),
	{'i', "interval", "TIME", OPTION_INTERVAL, AT(interval_ns),
	 "look each TIME at who lives (default: 1s)"},
	{'D', "duration", "TIME", OPTION_DURATION, AT(live.duration_ns),
	 "end after TIME: seconds, or 500ms, 5m; 0 (default): when you quit"},
	{'n', "count", "N", OPTION_TIMES, AT(count), "end after N rounds"},
	{'b', "batch", NULL, OPTION_FLAG, AT(batch),
	 "print each round as lines; what a pipe and TERM=dumb get anyway"},
	{0, "sort", "COLUMN", OPTION_TEXT, AT(sort), "sort by a column (default: cpu)"},
	{'Q', "filter", "EXPR", OPTION_TEXT, AT(filter),
	 "only processes for which EXPR is true, as in 'pscope ps'"},
	LIVE_ROWS(TYPE, live),
	{0},
};
/* clang-format on */

static void top_defaults(void *values)
{
	((struct top_options *)values)->interval_ns = INTERVAL_DEFAULT;
}

/* `pscope top 1234` */
static int take_number(void *values, const char *word, struct error *err)
{
	return target_take_pids(&((struct top_options *)values)->live.target, word, err);
}

static int run_top(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct top_options *options = values;
	struct live live = {.env = env, .options = &options->live};
	const struct live_plan plan = {
		.command = "top",
		.command_stdout = -1,
		.all_by_default = true,
		.polls = true,
		.sampling_ns = options->interval_ns,
		.rounds = true,
		.tombstones = TOMBSTONES,
	};
	struct screen_plan screen = {
		.live = &live,
		.sort = options->sort,
		.filter = options->filter,
		.hide_ended = true,
		.plain = options->batch,
		.rounds = options->count,
	};
	struct error err;
	int status;

	if (count > 0)
		return cli_fail(env, STATUS_USAGE,
				"top starts no command: 'pscope track --live -- %s' does",
				operands[0]);
	status = live_prepare(&live, &plan);
	if (status == STATUS_DONE) {
		screen.machine = !live.choice.given || options->live.target.all;
		if (screen_sink_new(&screen, &live.pipeline.sinks[0], &err) < 0)
			status = cli_fail(env, STATUS_USAGE, "%s", err.text);
		else
			live.pipeline.sink_count = 1;
	}
	if (status == STATUS_DONE)
		status = live_run(&live);
	live_deinit(&live);
	return status;
}

static void list_columns(struct buf *out)
{
	buf_add_text(out, "Columns:\n");
	view_list_columns(out);
}

const struct command command_top = {
	.name = "top",
	.arguments = "[PID...]",
	.summary = "watch what uses the machine, full screen",
	.details =
		"Who uses the machine now: a screen that is drawn anew each second, with the "
		"machine "
		"above and its processes below, the busiest first. They are followed by events, so "
		"who lives for a moment only is counted as well, and CPU times are exact. With a "
		"target it is about that one.\n\n"
		"Keys: P M T N I sort by CPU, memory, time, number, I/O; < > by the next column, r "
		"the other way round; t shows the tree, d who has ended; / searches, \\ filters, "
		"space tags; Enter opens a process: measures, graph, limits, files, sockets; p "
		"pauses, + and - change the interval; ? explains all of it, q quits. There is no "
		"key that changes a process.\n\n" TARGET_DETAILS
		"Exit status: 0, also after Ctrl-C; 2 for a wrong command line.\n\n"
		"Examples:\n"
		"  pscope top\n"
		"  pscope top --service nginx --sort mem\n"
		"  pscope top --filter 'user = \"www-data\" and rss > 50M'\n"
		"  pscope top --batch --count 3 | less\n",
	.more_help = list_columns,
	.options = top_rows,
	.options_size = sizeof(TYPE),
	.defaults = top_defaults,
	.operands_follow = true,
	.operand = take_number,
	.run = run_top,
};
