/* Budgets on the command line: --budget and --junit. */
#include "cli/budget.h"

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

void cli_list_figures(struct buf *out)
{
	for (unsigned i = 0; i < figure_count; i++)
		buf_printf(out, "  %-12s %s\n", figures[i].name, figures[i].help);
}
