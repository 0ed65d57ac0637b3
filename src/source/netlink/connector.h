/*
 * The kernel's process connector (CONFIG_PROC_EVENTS): what happens to the processes of the whole
 * machine, as datagrams over netlink, in pids of the initial namespace. drivers/connector/cn_proc.c
 */
#ifndef SOURCE_NETLINK_CONNECTOR_H
#define SOURCE_NETLINK_CONNECTOR_H

#include "base/root.h"
#include "source/netlink/sequence.h"

/* Kinds of events, as the kernel numbers them. */
#define CONNECTOR_FORK   0x00000001u
#define CONNECTOR_EXEC   0x00000002u
#define CONNECTOR_UID    0x00000004u
#define CONNECTOR_GID    0x00000040u
#define CONNECTOR_SID    0x00000080u
#define CONNECTOR_PTRACE 0x00000100u
#define CONNECTOR_COMM   0x00000200u
#define CONNECTOR_CORE   0x40000000u
#define CONNECTOR_EXIT   0x80000000u

struct connector_event {
	bool counted;           /* the kernel numbered it: cpu and sequence mean something */
	uint32_t what;          /* one kind; 0: of no interest, or what cannot be */
	uint32_t cpu, sequence; /* each CPU counts its own */
	int64_t monotonic_ns;
	int32_t tid, tgid; /* whom it is about; FORK: the child */
	union {
		/* FORK: the real_parent (of a thread: its process's). PTRACE: the tracer, 0 when it
		 * lets go. */
		struct {
			int32_t tid, tgid;
		} other;
		struct {
			uint32_t real, effective;
		} ids; /* UID, GID */
		struct {
			int32_t status;      /* as wait would have it, of this thread */
			int32_t parent_tgid; /* 0: it was reaped already */
		} exit;
		char comm[16];
	};
};

/*
 * Reads the first message of a datagram. Total: returns how many bytes it took, at most `size`;
 * 0 when the rest is no message.
 */
size_t connector_decode(const void *bytes, size_t size, struct connector_event *ret);

struct connector_inbox;

struct connector {
	int fd;
	uint32_t events; /* what was asked for; 0: everything */
	bool drained;    /* the last connector_receive left nothing behind */
	uint64_t received;
	/* private */
	struct connector_inbox *inbox;
	struct sequence sequence;
	uint64_t dropped_before;
	bool listening;
};

/*
 * Listens to `events` (0: everything) with room for `buffer_bytes` (0: what the system gives) and
 * makes sure that they come. `root`: whose namespaces are asked for. Never blocks. Fills `err` when
 * it fails with what is missing and what would help; -EOPNOTSUPP where a choice of events is not
 * understood (before 6.6). connector_close is due either way.
 */
int connector_open(struct connector *connector, const struct root *root, uint32_t events,
		   uint64_t buffer_bytes, struct error *err);
/*
 * A second socket that receives one kind of event only, so that it can be waited for: where the
 * first one listens. What it loses does not matter. -errno; connector_close is due either way.
 */
int connector_open_bell(struct connector *bell, uint32_t event);
/* Tells the kernel that nobody listens any more; what waits can still be received. */
void connector_stop(struct connector *connector);
void connector_close(struct connector *connector);

#define CONNECTOR_BATCH 64
/* Takes what waits, up to CONNECTOR_BATCH events; returns how many. */
unsigned connector_receive(struct connector *connector,
			   struct connector_event ret[CONNECTOR_BATCH]);
/* How many events were lost since it was opened. Exact when `drained`. */
uint64_t connector_lost(const struct connector *connector);
/* Bytes that the kernel keeps for us at most, as SO_RCVBUF counts them. */
uint64_t connector_buffer_bytes(const struct connector *connector);

#endif
