/* Budgets on the command line: --budget and --junit. */
#include "cli/budget.h"

#include "cli/live.h"
#include "output/report/report.h"

int cli_read_budgets(const struct env *env, const struct option_texts *texts, const char *junit,
		     struct budget *ret)
{
	struct error err;

	for (unsigned i = 0; i < texts->count; i++)
		if (budget_parse(ret, str_of(texts->items[i]), &err) < 0)
			return cli_fail(env, STATUS_USAGE, "--budget '%s': %s", texts->items[i],
					err.text);
	if (junit && texts->count == 0)
		return cli_fail(env, STATUS_USAGE,
				"--junit tells what holds of a budget: give --budget as well");
	return STATUS_DONE;
}

void cli_add_budget(struct live *live, struct budget_run *run, const char *junit)
{
	const struct env *env = live->env;
	struct pipeline *pipeline = &live->pipeline;
	const struct report_options options = {
		.output =
			{
				 .out_fd = env->err_fd,
				 .owner_uid = env->owner_uid,
				 .owner_gid = env->owner_gid,
				 .live = true,
				 .width = env->err_width,
				 .colour = env->err_colour,
				 },
		.form = REPORT_VERDICT,
		.budget = &run->budget,
		.ret_broken = &run->broken,
		.junit = junit,
	};

	if (run->budget.count > 0)
		pipeline->sinks[pipeline->sink_count++] = report_new(&options);
}

int cli_budget_status(const struct budget_run *run, int status)
{
	return status == STATUS_DONE && run->broken ? STATUS_BUDGET : status;
}

void cli_list_figures(struct buf *out)
{
	for (unsigned i = 0; i < figure_count; i++)
		buf_printf(out, "  %-12s %s\n", figures[i].name, figures[i].help);
}
