/*
 * pscope: picks the command and runs it. Key decision: what a command is called, takes and does
 * stands in one row each; nothing here knows any of them.
 */
#include "cli/commands.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/outfile.h"
#include "cli/env.h"
#include "cli/options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

const struct command *const commands[] = {
	&command_ps,     &command_inspect, &command_host,    &command_top,
	&command_ports,  &command_events,  &command_record,  &command_track,
	&command_render, &command_report,  &command_diff,    &command_why,
	&command_sort,   &command_doctor,  &command_version, &command_help,
};
const unsigned command_count = sizeof commands / sizeof *commands;

const struct command *command_find(const char *name)
{
	for (unsigned i = 0; i < command_count; i++)
		if (strcmp(commands[i]->name, name) == 0 ||
		    (commands[i]->alias && strcmp(commands[i]->alias, name) == 0))
			return commands[i];
	return NULL;
}

int cli_unknown_command(const struct env *env, const char *name)
{
	const char *names[sizeof commands / sizeof *commands], *nearest;
	unsigned count = 0;

	for (unsigned i = 0; i < command_count; i++)
		names[count++] = commands[i]->name;
	nearest = nearest_name(name, names, count);
	if (nearest)
		return cli_fail(env, STATUS_USAGE, "there is no command '%s'; did you mean '%s'?",
				name, nearest);
	return cli_fail(env, STATUS_USAGE, "there is no command '%s'; 'pscope help' lists them",
			name);
}

int cli_print_help(const struct env *env, const struct command *command)
{
	struct outfile out;
	struct error err;

	outfile_open(&out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, &err);
	options_help(command, env->out_width, &out.pending);
	return outfile_commit(&out, &err) < 0 ? cli_fail(env, STATUS_FAILED, "%s", err.text)
					      : STATUS_DONE;
}

static int run_command(struct env *env, const struct command *command, int argc, char **argv)
{
	void *values = mem_alloc(command->options_size);
	struct error err;
	int operand, status;
	int r = options_parse(command, argc, argv, values, &env->debug, &operand, &err);

	if (r < 0)
		status = cli_fail(env, STATUS_USAGE, "%s", err.text);
	else if (r == OPTIONS_HELP)
		status = cli_print_help(env, command);
	else
		status = command->run(env, argv[0], values, argc - operand, argv + operand);
	free(values);
	return status;
}

/*
 * A closed stdin, stdout or stderr must not become one of our own files. What stands in for it
 * is closed again for a command; stdout's cannot be written, so that results are not lost
 * silently.
 */
static void fill_standard_fds(void)
{
	static const int flags[] = {O_RDONLY, O_RDONLY, O_WRONLY};

	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (fcntl(i, F_GETFD) < 0 && open("/dev/null", flags[i] | O_CLOEXEC) != i)
			_exit(STATUS_OURS);
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : NULL;
	struct env env;
	int status;

	fill_standard_fds();
	env_init(&env);
	if (!name) {
		status = cli_fail(&env, STATUS_USAGE, "no command; 'pscope help' lists them");
	} else if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		status = cli_print_help(&env, NULL);
	} else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		status = command_version.run(&env, "version", NULL, 0, NULL);
	} else {
		command = command_find(name);
		status = command ? run_command(&env, command, argc - 1, argv + 1)
				 : cli_unknown_command(&env, name);
	}
	env_deinit(&env);
	return status;
}
