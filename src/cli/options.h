/* Command lines by the tables of command.h. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buf.h"
#include "cli/command.h"

enum { OPTIONS_OK = 0, OPTIONS_HELP = 1 };

/*
 * Parses argv (argv[0] is the command's name) into `values`, which the caller made of
 * command->options_size zero bytes. --help gives OPTIONS_HELP. --debug is every command's.
 * Returns 0 with the index of the first operand, or -EINVAL with a sentence.
 */
int options_parse(const struct command *command, int argc, char **argv, void *values,
		  bool *ret_debug, int *ret_operand, struct error *err);

/* The help page of a command, or with NULL of pscope, at `width` columns. */
void options_help(const struct command *command, unsigned width, struct buf *out);

#endif
