/* Which records are events that were asked for. */
#ifndef OUTPUT_EVENTS_EVENT_CHOICE_H
#define OUTPUT_EVENTS_EVENT_CHOICE_H

#include "output/events/events.h"

/* What the record is an event of; EVENT_KINDS: of none. */
enum event_kind event_kind_of(const struct record *record);
/* Is the record to be told? Of ends, losses and notes it says false: they have their own. */
bool event_wants(const struct event_options *options, const struct record *record,
		 const struct change *change);
/* Is an end to be told now that this happened? */
bool event_ends(const struct event_options *options, const struct change *change);
/* Is the end of `proc` to be told? */
bool event_wants_end(const struct event_options *options, const struct proc *proc);

#endif
