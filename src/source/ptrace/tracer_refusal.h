/* Why a process cannot be traced, as a sentence with what would help. */
#ifndef SOURCE_PTRACE_TRACER_REFUSAL_H
#define SOURCE_PTRACE_TRACER_REFUSAL_H

#include "base/error.h"
#include "source/ptrace/tracer_proc.h"

/* `error`: the negative errno that PTRACE_SEIZE gave. Returns it, or one that fits better. */
int tracer_refusal(struct tracer_proc *proc, pid_t pid, int error, struct error *err);

#endif
