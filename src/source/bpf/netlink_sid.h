/*
 * New sessions as the kernel's process connector (netlink) tells them: exact where a BPF program
 * may not look at setsid. The socket hears of the whole machine, in pids of the initial namespace.
 */
#ifndef SOURCE_BPF_NETLINK_SID_H
#define SOURCE_BPF_NETLINK_SID_H

#include <stddef.h>
#include <stdint.h>

enum netlink_sid_kind {
	NETLINK_SID_OTHER,
	NETLINK_SID_SESSION, /* who leads a new one */
	NETLINK_SID_RENAME   /* asked for to see that events come */
};

struct netlink_sid_event {
	enum netlink_sid_kind kind;
	int32_t tgid;
	int64_t monotonic_ns;
};

/*
 * Reads the first message of a datagram. Total: returns how many bytes it took, at most `size`;
 * 0 when the rest is no message.
 */
size_t netlink_sid_decode(const void *bytes, size_t size, struct netlink_sid_event *ret);

/*
 * A socket that hears of new sessions only. -errno where the kernel has no connector, does not
 * take a choice of events (before 6.6) or does not talk to pscope's namespaces. Never blocks.
 */
int netlink_sid_open(void);
/* Takes the fd of netlink_sid_open, or a negative number. */
void netlink_sid_close(int fd);
/* Reads all that waits and calls `session` with boot times. What the kernel dropped is missing. */
void netlink_sid_receive(int fd, void (*session)(void *context, int32_t tgid, int64_t time_ns),
			 void *context);

#endif
