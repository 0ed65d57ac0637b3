/* Opening what `render` reads: a recording, JSON Lines, a proctrace file, a script. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/command.h"
#include "flow/source.h"

/*
 * Opens `path` (NULL or "-": stdin) and makes the source that reads it, opened. `root_pid`: only
 * that tree, 0: all. Returns 0 or a negative errno with a sentence.
 */
int cli_open_input(const struct env *env, const char *path, int32_t root_pid,
		   struct source **ret_source, struct error *err);

/* Would writing `output` destroy `input` (NULL or "-": stdin)? */
bool cli_is_same_file(const struct env *env, const char *input, const char *output);

#endif
