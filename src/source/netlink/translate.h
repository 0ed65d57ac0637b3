/* Events of the connector that are records already, but for the life that they mean. */
#ifndef SOURCE_NETLINK_TRANSLATE_H
#define SOURCE_NETLINK_TRANSLATE_H

#include "model/record.h"
#include "source/netlink/connector.h"

#define TRANSLATE_KINDS                                                                            \
	(CONNECTOR_UID | CONNECTOR_GID | CONNECTOR_SID | CONNECTOR_PTRACE | CONNECTOR_COMM)

/*
 * The record of an event of TRANSLATE_KINDS about that life; false when it makes none: one of a
 * single thread about what the whole process has, or (without `threads`) about a thread's name.
 * Its slices point into the event.
 */
bool translate_event(const struct connector_event *event, int64_t time_ns, struct ident ident,
		     int32_t pid, bool threads, struct record *ret);

#endif
