/* Everything ambient. */
#ifndef CLI_ENV_H
#define CLI_ENV_H

#include "cli/command.h"

/* Reads terminal, colours, sudo. The root is not open yet: help and the like need no proc. */
void env_init(struct env *env);
/* Opens a captured tree (DIR/proc, DIR/sys) as the root; NULL: the machine. 0 or -errno. */
int env_use_root(struct env *env, const char *path, struct error *err);
void env_deinit(struct env *env);

#endif
