/* The Time column: the time of an event in the form that was asked for. */
#ifndef OUTPUT_EVENTS_EVENT_CLOCK_H
#define OUTPUT_EVENTS_EVENT_CLOCK_H

#include "model/run.h"
#include "output/events/events.h"

struct event_clock {
	enum event_stamp stamp;
	int64_t start_ns, real_ns; /* the same moment; real_ns 0: not known */
	int64_t last_ns;           /* of the line before */
	bool any;                  /* there was one */
	int64_t second;            /* that `text` says */
	char text[80], zone[8];
};

void event_clock_init(struct event_clock *clock, enum event_stamp stamp, const struct run *run);
/* Columns that it takes; a time of many days may take more. */
unsigned event_clock_width(const struct event_clock *clock);
/* `time_ns` is boot time. */
void event_clock_add(struct event_clock *clock, struct buf *out, int64_t time_ns);

#endif
