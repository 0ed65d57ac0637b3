/* Wait statuses and signals by name. */
#ifndef MODEL_STATUS_H
#define MODEL_STATUS_H

#include "base/str.h"

#include <stdint.h>

#define STATUS_UNKNOWN (-1)

struct ending {
	bool known;
	bool core_dumped;
	int exit_code; /* -1 when a signal ended it */
	int signal;    /* 0 when it exited */
};

/* Decodes the raw wait status that the kernel keeps; STATUS_UNKNOWN gives known = false. */
struct ending status_decode(int32_t status);
/* Known, and anything but exit code 0. */
bool status_failed(int32_t status);
/* What a shell would report: the exit code, or 128 + the signal; 0 when unknown. */
int status_shell_code(int32_t status);

/* "SIGKILL"; real-time signals as "SIGRTMIN+3"; NULL when there is no such signal. */
const char *signal_name(int number);
/* The number of "SIGKILL", "KILL" or "9"; 0 when there is none. */
int signal_number(struct str name);
/* Does the signal's default action end a process (perhaps with a core dump)? */
bool signal_kills(int number);

#endif
