/* Events of a command's tree, or of an own one, by ptrace: no privilege, at the price of stops. */
#ifndef SOURCE_PTRACE_PTRACE_H
#define SOURCE_PTRACE_PTRACE_H

#include "source/pick.h"

extern const struct source_kind ptrace_kind;

#endif
