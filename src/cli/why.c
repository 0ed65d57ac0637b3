/* `pscope why`: an input, or who runs now -> history -> ancestries. */
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/input.h"
#include "cli/replay.h"

#include "output/why.h"
#include "source/host.h"
#include "source/seen.h"

#include <errno.h>
#include <unistd.h>

#define TOMBSTONES 16384 /* the history has its own memory of the dead */

struct why_cli {
	const char *output;
	bool json;
	unsigned top;
};

#define AT(field) offsetof(struct why_cli, field)

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row why_rows[] = {
	{0, "json", NULL, OPTION_FLAG, AT(json), "write JSON"},
	{'n', "top", "N", OPTION_TIMES, AT(top), "show N matches, the newest first; 3 is the default"},
	{'o', "output", "FILE", OPTION_FILE, AT(output),
	 "write FILE (beside it, then renamed) instead of standard output"},
	{0},
};
/* clang-format on */

/* All digits: a number; else a name, or an expression. */
static int read_wanted(const char *wanted, int32_t *ret_pid, struct filter_regex **ret_regex,
		       struct error *err)
{
	long long number;

	*ret_pid = 0;
	*ret_regex = NULL;
	if (!*wanted)
		return error_set(err, EINVAL, "an empty word names no process");
	if (strspn(wanted, "0123456789") < strlen(wanted))
		return filter_regex_new(ret_regex, str_of(wanted), err);
	if (str_to_i64(str_of(wanted), &number) < 0 || number <= 0 || number > INT32_MAX)
		return error_set(err, EINVAL, "this is no number of a process");
	*ret_pid = (int32_t)number;
	return 0;
}

/* Who runs now: nobody but the living is told of. */
static int open_machine(struct env *env, struct source **ret_source, struct error *err)
{
	int r = env_use_root(env, NULL, err);

	if (r < 0)
		return r;
	*ret_source = seen_new(&(struct seen_options){.root = &env->root});
	r = (*ret_source)->ops->open(*ret_source, err);
	if (r < 0)
		(*ret_source)->ops->close(*ret_source);
	return r;
}

static int answer(struct env *env, const char *file, struct why_options *why, struct error *err)
{
	struct names_cache *names = NULL;
	struct source *source;
	struct sink *sink;
	int r = file ? cli_open_input(env, file, 0, &source, err) : open_machine(env, &source, err);

	if (r < 0)
		return r;
	if (!file) {
		names = names_cache_new(&env->root);
		why->names = names_cache_names(names);
		why->asking_pid = getpid();
		why->note = "Parents that have ended are not known here: whom they left belongs to "
			    "another. A recording knows them.";
	}
	sink = why_new(why);
	r = cli_replay(source, sink, 0, TOMBSTONES, err);
	sink->ops->free(sink);
	source->ops->close(source);
	names_cache_free(names);
	return r;
}

static int run_why(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct why_cli *options = values;
	struct why_options why = {
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
		.json = options->json,
		.top = options->top,
	};
	struct filter_regex *regex;
	struct error err;
	int r;

	if (count < 1 || count > 2)
		return cli_fail(env, STATUS_USAGE,
				"%s takes the number or the name of a process, and a recording",
				name);
	if (count == 2 && cli_is_same_file(env, operands[1], options->output))
		return cli_fail(env, STATUS_FAILED, "%s is the input; write another file",
				options->output);
	why.wanted = operands[0];
	if (read_wanted(operands[0], &why.pid, &regex, &err) < 0)
		return cli_fail(env, STATUS_USAGE, "'%s': %s", operands[0], err.text);
	why.regex = regex;
	r = answer(env, count == 2 ? operands[1] : NULL, &why, &err);
	filter_regex_free(regex);
	return r < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text) : STATUS_DONE;
}

const struct command command_why = {
	.name = "why",
	.arguments = "PID|NAME|REGEX [FILE]",
	.summary = "who started a process, and who started that one",
	.details =
		"The ancestry of a process with arguments, users, times and ends, from the oldest "
		"down to itself. FILE is anything that render reads: there it goes through "
		"parents long dead. Without FILE it is about who runs now. A word that is no "
		"number is the name of a program; where there is none of that name, an extended "
		"regular expression for names and command lines.\n",
	.options = why_rows,
	.options_size = sizeof(struct why_cli),
	.run = run_why,
};
