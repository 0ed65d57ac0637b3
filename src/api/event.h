/* One event of a stream: a record, and what the table knew of its life at that moment. */
#ifndef API_EVENT_H
#define API_EVENT_H

#include "api/api.h"
#include "model/table.h"

/* What is known of the life that an event is about. */
struct event_life {
	uint64_t id, parent_id; /* 0: nobody, unknown */
	int64_t start_ns, end_ns;
	bool start_known, ended;
	int32_t status; /* raw wait status or STATUS_UNKNOWN */
	struct str name, command, executable;
};

struct pscope_event {
	struct pscope_event *next;
	const struct api_object *owner;
	struct record record;
	struct event_life life;
	unsigned flags; /* enum pscope_event_flag */
};

/* A copy in one allocation, strings included, each with a NUL behind it; free() it. */
struct pscope_event *event_new(const struct api_object *owner, const struct record *record,
			       const struct change *change);

#endif
