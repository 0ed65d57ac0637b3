/* Everything ambient. */
#ifndef CLI_ENV_H
#define CLI_ENV_H

#include "cli/command.h"

/* Reads terminal, colours, sudo; opens the machine's root. 0 or a negative errno. */
int env_init(struct env *env, struct error *err);
/* Reads a captured tree (DIR/proc, DIR/sys) instead of the machine; NULL: nothing to do. */
int env_use_root(struct env *env, const char *path, struct error *err);
void env_deinit(struct env *env);

#endif
