/* `pscope diff`: two replays -> two histories -> what differs. */
#include "cli/budget.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/replay.h"

#include "output/diff/diff.h"

#define TOMBSTONES  16384 /* the histories have their own memory of the dead */
#define NOISE_RATIO 0.05
#define NOISE_NS    INT64_C(10000000)

struct diff_cli {
	const char *output, *threshold;
	bool json, markdown;
	unsigned top;
	struct option_texts fail_if;
};

#define AT(field) offsetof(struct diff_cli, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row diff_rows[] = {
	{0, "json", NULL, OPTION_FLAG, AT(json), "write JSON: every figure and every row"},
	{0, "markdown", NULL, OPTION_FLAG, AT(markdown),
	 "write Markdown, as the summary of a CI step shows it"},
	{'n', "top", "N", OPTION_TIMES, AT(top),
	 "rows of each section; 5 is the default, in JSON all"},
	{'t', "threshold", "NOISE", OPTION_TEXT, AT(threshold),
	 "tell of changes of at least so much: '5%,10ms' is the default"},
	{0, "fail-if", "CONDITIONS", OPTION_TEXTS, AT(fail_if),
	 "exit status 3 if one of 'cpu > +10%, wall > +2s, failures > +0' holds"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write FILE (beside it, then renamed) instead of standard output"},
	{0},
};
/* clang-format on */

static struct report_options page_options(const struct env *env, const struct diff_cli *options)
{
	return (struct report_options){
		.output =
			{
				 .path = options->output,
				 .out_fd = env->out_fd,
				 .owner_uid = env->owner_uid,
				 .owner_gid = env->owner_gid,
				 .width = options->output ? 0 : env->out_width,
				 .colour = !options->output && env->out_colour,
				 .ascii = !options->output && env->ascii,
				 },
		.form = options->json       ? REPORT_JSON
			: options->markdown ? REPORT_MARKDOWN
					    : REPORT_TEXT,
		.top = options->top,
	};
}

/* The threshold and what fails; STATUS_DONE, or STATUS_USAGE after it has said why. */
static int read_bounds(const struct env *env, const struct diff_cli *options,
		       struct difference_noise *noise, struct conditions *conditions)
{
	struct error err;

	if (options->threshold &&
	    difference_parse_noise(str_of(options->threshold), noise, &err) < 0)
		return cli_fail(env, STATUS_USAGE, "--threshold: %s", err.text);
	for (unsigned i = 0; i < options->fail_if.count; i++)
		if (condition_parse(conditions, str_of(options->fail_if.items[i]), &err) < 0)
			return cli_fail(env, STATUS_USAGE, "--fail-if '%s': %s",
					options->fail_if.items[i], err.text);
	return STATUS_DONE;
}

static int compare(const struct env *env, const struct diff_options *options, char **files,
		   unsigned *ret_failed, struct error *err)
{
	struct source *sources[ALIGN_SIDES] = {0};
	struct diff *diff = diff_new(options);
	int r = 0;

	for (int i = 0; i < ALIGN_SIDES && r >= 0; i++) {
		r = cli_open_input(env, files[i], 0, &sources[i], err);
		if (r < 0)
			sources[i] = NULL;
		else
			r = cli_replay(sources[i], diff_sink(diff, i), 0, TOMBSTONES, err);
	}
	r = r < 0 ? r : diff_write(diff, ret_failed, err);
	diff_free(diff);
	for (int i = 0; i < ALIGN_SIDES; i++)
		if (sources[i])
			sources[i]->ops->close(sources[i]);
	return r;
}

static int run_diff(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct diff_cli *options = values;
	struct conditions conditions = {0};
	struct diff_options diff = {
		.report = page_options(env, options),
		.noise = {NOISE_RATIO, NOISE_NS},
		.conditions = &conditions,
	};
	unsigned failed = 0;
	struct error err;

	if (count != 2)
		return cli_fail(env, STATUS_USAGE,
				"%s compares two recordings: 'pscope %s BEFORE AFTER'", name, name);
	if (options->json && options->markdown)
		return cli_fail(env, STATUS_USAGE,
				"--json and --markdown contradict each other: "
				"give one of them");
	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		return cli_fail(env, STATUS_USAGE,
				"only one of the recordings can be standard input");
	if (read_bounds(env, options, &diff.noise, &conditions) != STATUS_DONE)
		return STATUS_USAGE;
	for (int i = 0; i < ALIGN_SIDES; i++) {
		diff.names[i] = operands[i];
		if (cli_is_same_file(env, operands[i], options->output))
			return cli_fail(env, STATUS_FAILED, "%s is an input; write another file",
					options->output);
	}
	if (compare(env, &diff, operands, &failed, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	return failed ? STATUS_BUDGET : STATUS_DONE;
}

const struct command command_diff = {
	.name = "diff",
	.arguments = "BEFORE AFTER",
	.summary = "what became different between two recordings",
	.details =
		"BEFORE and AFTER are anything that render reads. Processes are one another's when "
		"they have the same parent, program and arguments; else the same operands, the "
		"same "
		"first operand, or only the program. Names of temporary files, numbers of "
		"processes, long numbers "
		"and hashes in arguments make no difference, nor does the directory of the run. "
		"The page tells the totals, and which commands are slower, faster, new, gone, or "
		"use another amount of memory or storage.\n\n"
		"Exit status: 3 when a condition of --fail-if holds, or nobody can say. A "
		"condition "
		"is about one of these figures, and a change has a sign: +10%, -2s, +64M, +0.\n",
	.more_help = cli_list_figures,
	.options = diff_rows,
	.options_size = sizeof(struct diff_cli),
	.run = run_diff,
};
