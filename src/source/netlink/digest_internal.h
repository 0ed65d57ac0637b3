/* What the two halves of the digest share: events, and looking at who has executed something. */
#ifndef SOURCE_NETLINK_DIGEST_INTERNAL_H
#define SOURCE_NETLINK_DIGEST_INTERNAL_H

#include "base/arena.h"
#include "source/netlink/digest.h"
#include "source/netlink/lives.h"
#include "source/netlink/look.h"

/* One exec: from when it was first heard of until its record has been handed out. */
struct exec {
	int32_t tgid;
	int64_t time_ns;   /* with tgid: which one it is */
	int64_t looked_ns; /* when its arguments began to be read; 0: not (any more) */
	bool told;         /* its event is in this batch, and its record */
	bool over;         /* it ended, or executed something else: nothing can be seen */
	bool succeeded;    /* by another one */
	size_t record;     /* its place; the one before it may hold a birth */
	char comm[16];     /* as its end told it */
	struct look look;
	struct exec *older; /* of the same number */
	struct exec *below; /* on the stack that it is on */
	UT_hash_handle hh;  /* by number: the latest one */
};

struct digest {
	struct digest_options options;
	struct lives lives;
	struct arena arena;     /* of this batch */
	struct record *records; /* the same */
	size_t count, given, capacity;
	struct exec *execs;
	struct exec *fresh, *looked; /* stacks: who waits for a first look; for a second one */
	int32_t *unsure;             /* of whom the kernel has to be asked whether they ended */
	size_t unsure_count, unsure_capacity;
	int64_t newest_ns; /* time of any event */
	bool lost;
};

struct record *digest_add(struct digest *d, enum record_kind kind, int64_t time_ns,
			  struct ident ident, int32_t pid);
struct ident digest_ident(const struct digest *d, int32_t tgid);

void digest_exec(struct digest *d, int32_t tgid, int64_t time_ns);
/* That process ended: nothing can be seen of it any more. `comm`: its last name, or "". */
void digest_end_execs(struct digest *d, int32_t tgid, int64_t end_ns, const char comm[16]);
/* All has been seen that will be: the records of the execs are completed. */
void digest_complete_execs(struct digest *d);
/* Their records have been handed out. */
void digest_forget_execs(struct digest *d, bool all);

#endif
