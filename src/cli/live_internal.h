/* What live.c, live_control.c and live_describe.c share, and nobody else. */
#ifndef CLI_LIVE_INTERNAL_H
#define CLI_LIVE_INTERNAL_H

#include "cli/live.h"

/* live_control.c: what is decided while it runs. */
void live_control_init(struct live *live);
/* Blocks the signals that the loop shall see; before, launch_save_signals. */
int live_watch_signals(struct live *live, struct error *err);

/* live_describe.c: fills live->run with what is known at the start. */
void live_describe(struct live *live);

#endif
