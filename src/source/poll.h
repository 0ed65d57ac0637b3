/* No events at all: for who may hear none, and samples anyway. */
#ifndef SOURCE_POLL_H
#define SOURCE_POLL_H

#include "source/pick.h"

extern const struct source_kind poll_kind;

#endif
