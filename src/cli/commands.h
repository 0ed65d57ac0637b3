/* The commands: one file each; their registry stands in main.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_ps;
extern const struct command command_inspect;
extern const struct command command_events;
extern const struct command command_record;
extern const struct command command_track;
extern const struct command command_render;
extern const struct command command_report;
extern const struct command command_diff;
extern const struct command command_why;
extern const struct command command_sort;
extern const struct command command_ports;
extern const struct command command_doctor;
extern const struct command command_host;
extern const struct command command_top;
extern const struct command command_version;
extern const struct command command_help;

/* Says that there is no such command, and which one may be meant; returns the exit status. */
int cli_unknown_command(const struct env *env, const char *name);
/* The help page of a command (NULL: of pscope) on stdout; returns the exit status. */
int cli_print_help(const struct env *env, const struct command *command);

#endif
