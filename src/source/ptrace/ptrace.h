/* Events of a command's tree by ptrace: no privilege needed, at the price of stopping it. */
#ifndef SOURCE_PTRACE_PTRACE_H
#define SOURCE_PTRACE_PTRACE_H

#include "source/pick.h"

extern const struct source_kind ptrace_kind;

#endif
