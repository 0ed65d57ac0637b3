/* Wire records out of the ptrace helper: collected, written in batches, never lost. */
#ifndef SOURCE_PTRACE_TRACER_WIRE_H
#define SOURCE_PTRACE_TRACER_WIRE_H

#include "base/buf.h"
#include "source/bpf/wire.h"

struct tracer_wire {
	int fd;      /* blocking: a reader that is slow slows the command, it loses nothing */
	bool broken; /* nobody reads any more */
	struct buf pending;
	int64_t first_ns; /* when the oldest pending record was made */
};

/* Whose record it is. */
struct tracer_ident {
	int32_t tgid;
	uint64_t start_ns;
};

/*
 * Appends a record of `size` bytes, zeroed but for its header, with room for `more` bytes behind
 * it; returns it. Valid until the next call.
 */
void *tracer_wire_add(struct tracer_wire *wire, enum wire_kind kind, size_t size, size_t more,
		      struct tracer_ident who, int32_t tid);
void tracer_wire_mark(struct tracer_wire *wire, const char *text);
void tracer_wire_gap(struct tracer_wire *wire, uint64_t lost, const char *reason);
/* Writes what is pending; -EPIPE when nobody reads. */
int tracer_wire_flush(struct tracer_wire *wire);

#endif
