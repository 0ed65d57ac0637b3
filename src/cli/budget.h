/* Budgets on the command line. */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include "analysis/budget.h"
#include "cli/command.h"

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
#define BUDGET_ROWS(budgets_at, junit_at)                                                          \
	{0, "budget", "BOUNDS", OPTION_TEXTS, budgets_at,                                          \
	 "tell what holds of 'wall < 10m, cpu < 300s, peak_rss < 2G, failures = 0'"},              \
	{0, "junit", "FILE", OPTION_FILE, junit_at, "write that as JUnit XML too"}
/* clang-format on */

/* STATUS_DONE, or STATUS_USAGE after it has said why. */
int cli_read_budgets(const struct env *env, const struct option_texts *texts, const char *junit,
		     struct budget *ret);
/* Of a live run: the verdicts stand on standard error at its end. */
struct live;
struct budget_run {
	struct budget budget;
	unsigned broken;
};
void cli_add_budget(struct live *live, struct budget_run *run, const char *junit);
/* What the run ends with: its own status wins if it failed. */
int cli_budget_status(const struct budget_run *run, int status);
/* The figures that may be bounded, for help. */
void cli_list_figures(struct buf *out);

#endif
