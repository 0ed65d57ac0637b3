/* The ptrace helper: the process that starts or attaches to a tree, traces and reaps it. */
#ifndef SOURCE_PTRACE_TRACER_H
#define SOURCE_PTRACE_TRACER_H

#include "base/root.h"
#include "source/launch.h"

struct tracer_config {
	const struct root *root;
	struct launch *launch; /* NULL: no command */
	const int32_t *attach; /* processes that run */
	size_t attach_count;
	int wire_fd;    /* where wire records go */
	int control_fd; /* a stream socket: tracer_ready goes out; input or its end means: stop */
	bool threads, failed_execs;
};

/* What the helper says once, before any record. */
struct tracer_ready {
	int result; /* 0, or a negative errno with a sentence */
	pid_t pid;  /* the command, held and traced; 0: none */
	struct error error;
};

/* Never returns. Ends when nothing is traced any more, when told to, or when nobody listens. */
_Noreturn void tracer_run(const struct tracer_config *config);

#endif
