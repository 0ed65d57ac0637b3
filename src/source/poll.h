/* The source that looks again and again: for those who may do nothing better. */
#ifndef SOURCE_POLL_H
#define SOURCE_POLL_H

#include "source/pick.h"

extern const struct source_kind poll_kind;

#endif
