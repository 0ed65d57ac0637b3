/*
 * From events of the connector to records: lives instead of pids, processes instead of threads,
 * arguments, costs. Fed with a batch of events it looks at proc for them, then hands out records.
 */
#ifndef SOURCE_NETLINK_DIGEST_H
#define SOURCE_NETLINK_DIGEST_H

#include "base/root.h"
#include "model/record.h"
#include "source/netlink/connector.h"
#include "source/netlink/taskstats.h"
#include "source/pick.h"

struct digest_options {
	const struct root *root;
	const struct cgroup_ref *cgroups;
	unsigned cgroup_count;
	bool threads;
	struct taskstats_reader *taskstats; /* NULL: no costs */
	int64_t opened_ns;                  /* boot time from which on every event came */
	int32_t own_tgid;                   /* pscope's own number and name: */
	char own_comm[16];                  /* its command begins as a copy of it */
};

struct digest;

struct digest *digest_new(const struct digest_options *options);
struct digest *digest_free(struct digest *digest); /* the taskstats stay the caller's */

/* Somebody executes something, as is heard before its event is taken in: it can be looked at. */
void digest_bell(struct digest *digest, int32_t tgid, int64_t time_ns);
/* Takes the next event in; `time_ns`: its boot time. */
void digest_event(struct digest *digest, const struct connector_event *event, int64_t time_ns);
/* Events were lost behind those taken in, between these times. `reason` must outlive the record. */
void digest_loss(struct digest *digest, uint64_t lost, struct str reason, int64_t from_ns,
		 int64_t to_ns);
/*
 * Looks at one process that has executed something, the latest first; false when nobody waits for
 * that. In between more events may be taken in.
 */
bool digest_look(struct digest *digest);
/* How many records wait at least. */
size_t digest_waiting(const struct digest *digest);
/* The batch is complete: from here on digest_next hands out its records. */
void digest_finish(struct digest *digest);
/* False at the end of the batch; the next one may begin. Slices are valid until then. */
bool digest_next(struct digest *digest, struct record *ret);

#endif
