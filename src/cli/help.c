/* `pscope help` and `pscope version`. */
#include "cli/commands.h"

#include "base/outfile.h"
#include "cli/man.h"

struct help_options {
	bool man, completion;
};

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct option_row help_rows[] = {
	{0, "man", NULL, OPTION_FLAG, offsetof(struct help_options, man),
	 "write the commands' part of the man page"},
	{0, "completion", NULL, OPTION_FLAG, offsetof(struct help_options, completion),
	 "write a completion for bash"},
	{0},
};
/* clang-format on */

static int print(const struct env *env, void (*write)(struct buf *out))
{
	struct outfile out;
	struct error err;

	outfile_open(&out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, &err);
	write(&out.pending);
	return outfile_commit(&out, &err) < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text)
					      : STATUS_DONE;
}

static int run_help(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct help_options *options = values;
	const struct command *command = NULL;

	if (options->man || options->completion)
		return print(env, options->man ? man_commands : man_completion);
	if (count > 1)
		return cli_fail(env, STATUS_USAGE, "help takes one command, not %d words", count);
	if (count == 1) {
		command = command_find(operands[0]);
		if (!command)
			return cli_unknown_command(env, operands[0]);
	}
	return cli_print_help(env, command);
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "show what there is, or what a command takes",
	.options = help_rows,
	.options_size = sizeof(struct help_options),
	.run = run_help,
};

static void write_version(struct buf *out)
{
	buf_add_text(out, "pscope " PSCOPE_VERSION "\n");
}

static int run_version(struct env *env, const char *name, void *options, int count, char **operands)
{
	return print(env, write_version);
}

const struct command command_version = {
	.name = "version",
	.summary = "show pscope's version",
	.run = run_version,
};
