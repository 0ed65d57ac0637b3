/*
 * Wire records out of the ptrace helper. Key decision: one write a batch. A write per record wakes
 * pscope per record, and on a full machine that is time taken from the command.
 */
#include "source/ptrace/tracer_wire.h"

#include "base/clock.h"
#include "model/ident.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define WAITING_MOST (64u << 20) /* bytes that may wait for a slow reader */

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

/* Writes what goes at once, and waits for room while more than `most` bytes are left. */
static int write_out(struct tracer_wire *wire, size_t most)
{
	while (wire->sent < wire->pending.n && !wire->broken) {
		struct pollfd room = {.fd = wire->fd, .events = POLLOUT};
		ssize_t n =
			write(wire->fd, wire->pending.p + wire->sent, wire->pending.n - wire->sent);

		if (n >= 0)
			wire->sent += (size_t)n;
		else if (errno == EAGAIN && wire->pending.n - wire->sent <= most)
			break;
		else if (errno == EAGAIN)
			(void)poll(&room, 1, -1);
		else if (errno != EINTR)
			wire->broken = true;
	}
	wire->full = wire->sent < wire->pending.n;
	if (!wire->full) {
		buf_clear(&wire->pending);
		wire->sent = 0;
	} else if (wire->sent > wire->pending.n / 2) {
		buf_consume(&wire->pending, wire->sent & ~(size_t)7); /* records stay aligned */
		wire->sent &= 7;
	}
	return wire->broken ? -EPIPE : 0;
}

int tracer_wire_flush(struct tracer_wire *wire)
{
	return write_out(wire, WAITING_MOST);
}

int tracer_wire_finish(struct tracer_wire *wire)
{
	return write_out(wire, 0);
}
