/*
 * Wire records out of the ptrace helper. Key decision: one write a batch. A write per record wakes
 * pscope per record, and on a full machine that is time taken from the command.
 */
#include "source/ptrace/tracer_wire.h"

#include "base/clock.h"
#include "model/ident.h"

#include <errno.h>
#include <unistd.h>

void *tracer_wire_add(struct tracer_wire *wire, enum wire_kind kind, size_t size, size_t more,
		      struct tracer_ident who, int32_t tid)
{
	size_t whole = (size + more + 7) & ~(size_t)7;
	struct wire_header *h = (void *)buf_reserve(&wire->pending, whole);

	memset(h, 0, whole);
	*h = (struct wire_header){
		.size = (uint32_t)whole,
		.kind = (uint16_t)kind,
		.time_ns = (uint64_t)clock_boot_ns(),
		.start_ns = who.start_ns,
		.tgid = who.tgid,
		.pid = who.tgid,
		.tid = tid,
		.start_grain_ns = IDENT_GRAIN_TICKS,
	};
	if (!wire->pending.n)
		wire->first_ns = (int64_t)h->time_ns;
	wire->pending.n += whole;
	return h;
}

void tracer_wire_mark(struct tracer_wire *wire, const char *text)
{
	size_t n = strlen(text);
	struct wire_mark *w =
		tracer_wire_add(wire, WIRE_MARK, sizeof *w, n, (struct tracer_ident){0}, 0);

	w->text_size = (uint32_t)n;
	memcpy(w + 1, text, n);
}

void tracer_wire_gap(struct tracer_wire *wire, uint64_t lost, const char *reason)
{
	size_t n = strlen(reason);
	struct wire_gap *w =
		tracer_wire_add(wire, WIRE_GAP, sizeof *w, n, (struct tracer_ident){0}, 0);

	w->lost = lost;
	w->from_ns = w->h.time_ns;
	w->text_size = (uint32_t)n;
	memcpy(w + 1, reason, n);
}

int tracer_wire_flush(struct tracer_wire *wire)
{
	size_t done = 0;

	while (done < wire->pending.n && !wire->broken) {
		ssize_t n = write(wire->fd, wire->pending.p + done, wire->pending.n - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			wire->broken = true;
	}
	buf_clear(&wire->pending);
	return wire->broken ? -EPIPE : 0;
}
