/* What a record says in the cells of a line. */
#ifndef OUTPUT_EVENTS_EVENT_DESCRIBE_H
#define OUTPUT_EVENTS_EVENT_DESCRIBE_H

#include "output/events/event_line.h"

/* How many lines the record is: two where somebody bears somebody. */
unsigned event_describe_count(const struct record *record);
/* Fills the cleared `line` with the one of that index. */
void event_describe(struct event_line *line, const struct event_options *options,
		    const struct record *record, const struct change *change, unsigned index);
/* The end of a process, as the table knows it. */
void event_describe_end(struct event_line *line, const struct event_options *options,
			const struct proc *proc);

#endif
