/* `pscope report`: replay -> history -> one page. */
#include "cli/budget.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/replay.h"

#include "output/report/report.h"

#define TOMBSTONES 16384 /* the history has its own memory of the dead */

struct report_cli {
	const char *input, *output;
	struct option_texts budgets;
	const char *junit;
	bool json, markdown;
	unsigned top;
	int32_t root_pid;
};

#define AT(field) offsetof(struct report_cli, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row report_rows[] = {
	{0, "json", NULL, OPTION_FLAG, AT(json), "write JSON: every figure and every row"},
	{0, "markdown", NULL, OPTION_FLAG, AT(markdown),
	 "write Markdown, as the summary of a CI step shows it"},
	{'n', "top", "N", OPTION_TIMES, AT(top),
	 "rows of each section; 5 is the default, in JSON all"},
	{'p', "root-pid", "PID", OPTION_PID, AT(root_pid), "only this process and its descendants"},
	BUDGET_ROWS(AT(budgets), AT(junit)),
	{'i', "input", "FILE", OPTION_FILE, AT(input), "read FILE; - is standard input"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write FILE (beside it, then renamed) instead of standard output"},
	{0},
};
/* clang-format on */

static struct sink *make_sink(const struct env *env, const struct report_cli *options,
			      const struct budget *budget, unsigned *ret_broken)
{
	const struct report_options report = {
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
		.root_pid = options->root_pid,
		.top = options->top,
		.budget = budget,
		.ret_broken = ret_broken,
		.junit = options->junit,
	};

	return report_new(&report);
}

static int run_report(struct env *env, const char *name, void *values, int count, char **operands)
{
	struct report_cli *options = values;
	struct budget budget = {0};
	unsigned broken = 0;
	struct source *source;
	struct sink *sink;
	struct error err;
	int r;

	if (count > 1 || (count == 1 && options->input))
		return cli_fail(env, STATUS_USAGE, "%s takes one input file, not also '%s'", name,
				operands[count - 1]);
	if (options->json && options->markdown)
		return cli_fail(env, STATUS_USAGE,
				"--json and --markdown contradict each other: "
				"give one of them");
	if (cli_read_budgets(env, &options->budgets, options->junit, &budget) != STATUS_DONE)
		return STATUS_USAGE;
	if (count == 1)
		options->input = operands[0];
	if (cli_is_same_file(env, options->input, options->output))
		return cli_fail(env, STATUS_FAILED, "%s is the input; write another file",
				options->output);
	if (cli_is_same_file(env, options->input, options->junit))
		return cli_fail(env, STATUS_FAILED, "%s is the input; write another file",
				options->junit);
	if (cli_open_input(env, options->input, options->root_pid, &source, &err) < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	sink = make_sink(env, options, budget.count ? &budget : NULL, &broken);
	r = cli_replay(source, sink, options->root_pid, TOMBSTONES, &err);
	sink->ops->free(sink);
	source->ops->close(source);
	if (r < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	return broken ? STATUS_BUDGET : STATUS_DONE;
}

const struct command command_report = {
	.name = "report",
	.arguments = "[FILE]",
	.summary = "where the time of a recording went, on a page",
	.details =
		"FILE is anything that render reads. The page tells what failed and what was left "
		"behind, the critical path (the chain of processes that the end waited for), when "
		"only one process was at work, which programs and subtrees cost the most, and what "
		"was run more than once.\n\n"
		"Exit status: 3 when a bound of --budget does not hold. Its figures:\n",
	.more_help = cli_list_figures,
	.options = report_rows,
	.options_size = sizeof(struct report_cli),
	.run = run_report,
};
