/*
 * Joins sessions heard of over netlink, which have bare pids, with the lives that the ring's
 * records tell of. Key decision: an event waits until the ring's records have come to its time;
 * then the life that holds its pid is its own, or it belongs to nobody who is followed.
 */
#ifndef SOURCE_BPF_SID_JOIN_H
#define SOURCE_BPF_SID_JOIN_H

#include "model/record.h"

struct sid_join;

/* NULL is fine as a join everywhere: nothing is joined then. */
struct sid_join *sid_join_new(void);
struct sid_join *sid_join_free(struct sid_join *join);

/* A record that passed by: who lives. */
void sid_join_note(struct sid_join *join, const struct record *record);
/* An event, heard while the present batch of the ring's records is read. */
void sid_join_hear(void *join, int32_t tgid, int64_t time_ns);
/* The ring's records have come to this time: the next one is not noted yet. */
void sid_join_reach(struct sid_join *join, int64_t time_ns);
/* The batch was read to its end: all who were born before it began have been noted. */
void sid_join_end_batch(struct sid_join *join);
/* A SID record that is due now, if there is one. */
bool sid_join_next(struct sid_join *join, struct record *ret);

#endif
