/* The netlink source: the process connector, for those to whom BPF is not allowed. */
#ifndef SOURCE_NETLINK_NETLINK_H
#define SOURCE_NETLINK_NETLINK_H

#include "source/pick.h"

extern const struct source_kind netlink_kind;

#endif
