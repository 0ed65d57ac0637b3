/*
 * Joins events of the connector, which have bare pids, with the lives that another source's records
 * tell of. Key decision: an event waits until those records have come to its time; then the life
 * that holds its pid is its own, or it belongs to nobody who is followed.
 */
#ifndef SOURCE_NETLINK_JOIN_H
#define SOURCE_NETLINK_JOIN_H

#include "model/record.h"
#include "source/netlink/connector.h"

struct join_options {
	bool everything; /* who is not known was there before: a record of a provisional life */
	bool threads;
};

struct join;

/* NULL is fine as a join everywhere: nothing is joined then. */
struct join *join_new(const struct join_options *options);
struct join *join_free(struct join *join);

/* A record that passed by: who lives. */
void join_note(struct join *join, const struct record *record);
/* Takes in all that waits in the socket, while the present batch of the other source is read. */
void join_receive(struct join *join, struct connector *connector);
/* One event, in boot time. */
void join_hear(struct join *join, const struct connector_event *event, int64_t time_ns);
/* The records have come to this time: the next one is not noted yet. */
void join_reach(struct join *join, int64_t time_ns);
/* The batch was read to its end: all who were born before it began have been noted. */
void join_end_batch(struct join *join);
/* A record that is due now, if there is one; its slices are valid until the next call. */
bool join_next(struct join *join, struct record *ret);

#endif
