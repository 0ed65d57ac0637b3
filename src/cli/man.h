/* What is generated from the command tables besides --help. */
#ifndef CLI_MAN_H
#define CLI_MAN_H

#include "cli/command.h"

/* The COMMANDS part of pscope(1), in man(7). */
void man_commands(struct buf *out);
/* A bash completion of commands and options. */
void man_completion(struct buf *out);

#endif
