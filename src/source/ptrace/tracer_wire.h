/* Wire records out of the ptrace helper: collected, written in batches, never lost. */
#ifndef SOURCE_PTRACE_TRACER_WIRE_H
#define SOURCE_PTRACE_TRACER_WIRE_H

#include "base/buf.h"
#include "source/bpf/wire.h"

struct tracer_wire {
	int fd;      /* does not block */
	bool broken; /* nobody reads any more */
	bool full;   /* the pipe was, when last tried */
	struct buf pending;
	size_t sent; /* of pending */
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
/*
 * Writes what the reader has room for; the rest waits in memory, so that whoever he waits for
 * himself is not stopped by it. Only when very much waits, waits this too: then a slow reader slows
 * the traced, but loses nothing. -EPIPE when nobody reads.
 */
int tracer_wire_flush(struct tracer_wire *wire);
/* Writes everything, however long that takes; -EPIPE when nobody reads. */
int tracer_wire_finish(struct tracer_wire *wire);

#endif
