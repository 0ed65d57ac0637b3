/* Playing an opened input through a table into one sink, to its end. */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "base/error.h"
#include "flow/sink.h"
#include "flow/source.h"

#include <stddef.h>
#include <stdint.h>

#define REPLAY_ALL SIZE_MAX

/*
 * `root_pid`: only the first process of that number and its descendants, 0: all. `tombstones`: how
 * many of the dead the sink still needs to see in the table. Returns 0 or a negative errno.
 */
int cli_replay(struct source *source, struct sink *sink, int32_t root_pid, size_t tombstones,
	       struct error *err);

#endif
