/* What the two halves of the digest share: events, and looking at who has executed something. */
#ifndef SOURCE_NETLINK_DIGEST_INTERNAL_H
#define SOURCE_NETLINK_DIGEST_INTERNAL_H

#include "base/arena.h"
#include "source/netlink/digest.h"
#include "source/netlink/lives.h"
#include "source/netlink/look.h"

/* An exec of this batch. */
struct exec {
	size_t record; /* its place; the one before it may hold a birth */
	size_t below;  /* on the stack that it is on, from 1 on */
	int32_t tgid;
	int64_t time_ns, looked_ns; /* looked_ns: when its arguments began to be read; 0: not yet */
	bool over;                  /* it ended, or executed something else: nothing can be seen */
	bool succeeded;             /* by another one */
	struct look look;
	char comm[16]; /* as its end told it */
};

struct digest {
	struct digest_options options;
	struct lives lives;
	struct arena arena;
	struct record *records; /* of this batch */
	size_t count, given, capacity;
	struct exec *execs;
	size_t exec_count, exec_capacity;
	size_t fresh, looked; /* tops of stacks: who waits for a first look; for a second one */
	int32_t *unsure;      /* of whom the kernel has to be asked whether they ended */
	size_t unsure_count, unsure_capacity;
	bool lost;
};

struct record *digest_add(struct digest *d, enum record_kind kind, int64_t time_ns,
			  struct ident ident, int32_t pid);
struct ident digest_ident(const struct digest *d, int32_t tgid);

void digest_exec(struct digest *d, int32_t tgid, int64_t time_ns);
/* The last exec of that life in this batch, or NULL. */
struct exec *digest_exec_of(const struct digest *d, const struct life *life);
/* All has been seen that will be: the records of the execs are completed. */
void digest_finish_execs(struct digest *d);

#endif
