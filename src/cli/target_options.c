/*
 * Whom a live command is about. Key decision: one kind of target at a time, so that a sentence can
 * say whom it is.
 */
#include "cli/target_options.h"

#include <errno.h>
#include <stdlib.h>

static int add_pids(struct target_choice *choice, const char *text, struct error *err)
{
	for (struct str rest = str_of(text); rest.p;) {
		struct str word = str_cut(&rest, ',');
		char *end = NULL;
		long pid = strtol(word.p, &end, 10);

		if (word.n == 0 || end != word.p + word.n || pid <= 0 || pid > INT32_MAX)
			return error_set(err, EINVAL, "'%s' is no list of process numbers", text);
		if (choice->target.pid_count == TARGET_PIDS_MAX)
			return error_set(err, EINVAL, "more than %d processes are too many",
					 TARGET_PIDS_MAX);
		choice->pids[choice->target.pid_count++] = (int32_t)pid;
	}
	return 0;
}

int target_resolve(const struct target_options *options, const struct root *root,
		   struct target_choice *ret, struct error *err)
{
	buf_clear(&ret->text);
	buf_add_text(&ret->text, "all processes");
	ret->target.alone = options->alone;
	for (unsigned i = 0; i < options->pids.count; i++)
		if (add_pids(ret, options->pids.items[i], err) < 0)
			return STATUS_USAGE;
	if (options->services.count || options->user_services.count || options->cgroups.count ||
	    options->name || options->user) {
		error_set(err, ENOSYS, "only --pid and --all are known yet");
		return STATUS_USAGE;
	}
	ret->given = options->pids.count || options->all;
	if (!options->pids.count)
		return STATUS_DONE;
	ret->target.kind = TARGET_TREE;
	ret->target.pids = ret->pids;
	ret->finite = true;
	buf_clear(&ret->text);
	buf_add_text(&ret->text, "pid");
	for (size_t i = 0; i < ret->target.pid_count; i++)
		buf_printf(&ret->text, "%s%d", i ? ", " : " ", ret->pids[i]);
	return STATUS_DONE;
}

void target_choice_deinit(struct target_choice *choice)
{
	for (unsigned i = 0; i < TARGET_CGROUPS_MAX; i++)
		buf_deinit(&choice->paths[i]);
	buf_deinit(&choice->text);
}
