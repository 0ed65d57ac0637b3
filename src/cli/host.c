/*
 * `pscope host`: how the machine as a whole stands. Key decision: CPU shares are of the time between
 * two readings, like top's; of a captured tree, which cannot be read twice, of all time since boot.
 */
#include "cli/commands.h"

#include "base/clock.h"
#include "base/outfile.h"
#include "cli/env.h"
#include "output/host_text.h"
#include "source/host.h"
#include "source/scan.h"

#include <errno.h>
#include <time.h>

struct host_options {
	int64_t interval_ns;
	unsigned count;
	bool cpus, json;
	const char *root;
};

#define AT(member) offsetof(struct host_options, member)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row host_rows[] = {
	{0, "interval", "TIME", OPTION_DURATION, AT(interval_ns),
	 "how long to watch the CPUs (default: 250ms); 0: since boot"},
	{0, "count", "N", OPTION_TIMES, AT(count), "print N times, an interval apart (default: 1)"},
	{0, "cpus", NULL, OPTION_FLAG, AT(cpus), "each CPU as well"},
	{0, "json", NULL, OPTION_FLAG, AT(json), "write JSON, an object a line"},
	{0, "root", "DIR", OPTION_TEXT, AT(root),
	 "read a captured tree, with proc in it, instead of this machine"},
	{0},
};
/* clang-format on */

static void default_options(void *values)
{
	struct host_options *options = values;

	options->interval_ns = 250 * NS_PER_MS;
	options->count = 1;
}

struct watch {
	struct env *env;
	const struct host_options *options;
	struct outfile out;
	struct scan *scan; /* NULL: tasks cannot be counted */
	struct snapshot_list list;
	struct host hosts[2];
	unsigned now; /* the newer of the two */
};

static void open_scan(struct watch *watch)
{
	const struct scan_options options = {
		.root = &watch->env->root, .parts = PART_BIT(PART_STAT), .way = SCAN_PROC};
	struct error err;

	if (scan_new(&watch->scan, &options, &err) < 0) {
		watch->scan = NULL;
		cli_note(watch->env, "tasks are not counted: %s", err.text);
	}
}

static int read_host(struct watch *watch, unsigned parts, struct error *err)
{
	struct host host;
	int r = host_read(&watch->env->root, parts, &host, err);

	if (r < 0)
		return r;
	watch->now = !watch->now;
	host_deinit(&watch->hosts[watch->now]);
	watch->hosts[watch->now] = host;
	return 0;
}

static void print(struct watch *watch, bool first, bool since_boot)
{
	const struct host *now = &watch->hosts[watch->now];
	const struct host *before = since_boot ? NULL : &watch->hosts[!watch->now];
	struct json j = json_into(&watch->out.pending);

	if (watch->options->json) {
		host_json(&j, now, before, watch->options->cpus);
		buf_add_char(&watch->out.pending, '\n');
		return;
	}
	if (!first)
		buf_add_char(&watch->out.pending, '\n');
	host_add_text(&watch->out.pending, now, before, watch->options->cpus,
		      watch->env->out_colour);
}

static int64_t wait_until(int64_t mono_ns)
{
	struct timespec until = {mono_ns / NS_PER_SEC, mono_ns % NS_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return clock_mono_ns();
}

static int run_watch(struct watch *watch, struct error *err)
{
	int64_t interval_ns = watch->options->interval_ns, next = clock_mono_ns(), now = next;
	bool since_boot = interval_ns == 0 || !watch->env->root.live;
	int r = since_boot ? 0 : read_host(watch, HOST_CPU, err);

	for (unsigned i = 0; i < watch->options->count && r == 0; i++) {
		/* late already: the next one a whole interval from now, not a burst */
		next = (next + interval_ns > now ? next : now) + interval_ns;
		if (!since_boot)
			now = wait_until(next);
		r = read_host(watch, HOST_ALL, err);
		if (r == 0 && watch->scan)
			r = scan_pass(watch->scan, &watch->list, err);
		if (r < 0)
			break;
		if (watch->scan)
			watch->hosts[watch->now].tasks = host_count_tasks(&watch->list);
		print(watch, i == 0, since_boot);
		r = outfile_flush(&watch->out, err);
	}
	return r;
}

/* Who is hidden is not among the tasks. */
static void say_hidden(const struct watch *watch)
{
	if (watch->scan && scan_is_hiding(watch->scan))
		cli_note(watch->env,
			 "the tasks of other users are hidden here (proc is mounted with "
			 "hidepid) and not counted; root sees all");
}

static int run_host(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct host_options *options = values;
	struct watch watch = {.env = env, .options = options};
	struct error err;
	int r, status = STATUS_DONE;

	if (count > 0)
		return cli_fail(env, STATUS_USAGE, "host takes no operand such as '%s'",
				operands[0]);
	if (env_use_root(env, options->root, &err) < 0 || root_check_proc(&env->root, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	if (options->count > 1 && (options->interval_ns == 0 || !env->root.live))
		return cli_fail(env, STATUS_USAGE,
				"--count repeats what an interval measures: it needs an --interval "
				"above 0 and the running machine");
	snapshot_list_init(&watch.list);
	open_scan(&watch);
	outfile_open(&watch.out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, &err);
	r = run_watch(&watch, &err);
	if (r < 0) {
		status = cli_fail(env, STATUS_FAILED, "%s", err.text);
		outfile_abort(&watch.out);
	} else if (outfile_commit(&watch.out, &err) < 0) {
		status = cli_fail(env, STATUS_FAILED, "%s", err.text);
	} else {
		say_hidden(&watch);
	}
	scan_free(watch.scan);
	snapshot_list_deinit(&watch.list);
	host_deinit(&watch.hosts[0]);
	host_deinit(&watch.hosts[1]);
	return status;
}

const struct command command_host = {
	.name = "host",
	.summary = "show how the machine stands: load, tasks, CPU, memory, pressure",
	.details = "What uptime, top and free show, counted as they do. CPU % is of all CPUs "
		   "together: us user, sy system, ni user at a lower priority, id idle, wa idle "
		   "while a disk was waited for, hi and si hard and soft interrupts, st taken by "
		   "the hypervisor. Memory that is used is what is not available. Pressure is the "
		   "share of the last 10 seconds in which some task waited, and in which all did; "
		   "--json has the longer averages and the counters too.\n",
	.options = host_rows,
	.options_size = sizeof(struct host_options),
	.defaults = default_options,
	.run = run_host,
};
