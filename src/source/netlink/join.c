/*
 * Events and the lives that they belong to. Key decision: bounded and best effort, because who is
 * missed here is inferred from the process's next record as if there were no netlink.
 */
#include "source/netlink/join.h"

#include "base/clock.h"
#include "base/hash.h"
#include "source/netlink/translate.h"

#include <stdlib.h>

#define WAITING_MAX  1024
#define RECEIVES_MAX 128 /* at a time: a storm elsewhere must not hold the reader for ever */

struct life {
	int32_t tgid, pid;
	struct ident ident;
	UT_hash_handle hh;
};

struct heard {
	struct connector_event event;
	int64_t time_ns;
	uint64_t batch; /* in which it was heard */
};

struct join {
	struct join_options options;
	struct life *lives;
	struct heard waiting[WAITING_MAX]; /* oldest first */
	struct heard given;                /* what the last record points to */
	unsigned count;
	uint64_t batch;
	int64_t reached_ns;
};

struct join *join_new(const struct join_options *options)
{
	struct join *join = mem_alloc(sizeof *join);

	join->options = *options;
	return join;
}

static void forget(struct join *join, struct life *life)
{
	HASH_DEL(join->lives, life);
	free(life);
}

struct join *join_free(struct join *join)
{
	struct life *life, *next;

	if (!join)
		return NULL;
	HASH_ITER(hh, join->lives, life, next)
	{
		forget(join, life);
	}
	free(join);
	return NULL;
}

static struct life *find(struct join *join, int32_t tgid)
{
	struct life *life;

	HASH_FIND_INT(join->lives, &tgid, life);
	return life;
}

void join_note(struct join *join, const struct record *record)
{
	bool begins = record->kind == RECORD_FORK || record->kind == RECORD_SEEN;
	struct life *life;

	if (!join || (!begins && record->kind != RECORD_EXIT))
		return;
	life = find(join, record->ident.tgid);
	if (begins && !life) {
		life = mem_alloc(sizeof *life);
		life->tgid = record->ident.tgid;
		HASH_ADD_INT(join->lives, tgid, life);
	}
	if (begins) {
		life->ident = record->ident;
		life->pid = record->pid;
	} else if (life && ident_match(life->ident, record->ident)) {
		forget(join, life);
	}
}

void join_hear(struct join *join, const struct connector_event *event, int64_t time_ns)
{
	if (join && event->what & TRANSLATE_KINDS && join->count < WAITING_MAX)
		join->waiting[join->count++] = (struct heard){*event, time_ns, join->batch};
}

void join_receive(struct join *join, struct connector *connector)
{
	struct connector_event events[CONNECTOR_BATCH];
	int64_t suspended_ns = -1;

	if (!join)
		return;
	for (unsigned i = 0; i < RECEIVES_MAX; i++) {
		unsigned count = connector_receive(connector, events);

		if (count && suspended_ns < 0)
			suspended_ns = clock_suspended_ns();
		for (unsigned at = 0; at < count; at++)
			join_hear(join, &events[at], events[at].monotonic_ns + suspended_ns);
		if (connector->drained)
			return;
	}
}

void join_reach(struct join *join, int64_t time_ns)
{
	if (join)
		join->reached_ns = time_ns;
}

void join_end_batch(struct join *join)
{
	if (join)
		join->batch++;
}

/* Who was born after its batch began may be unknown at the end of it: not at that of the next. */
static bool is_final(const struct join *join, const struct heard *heard)
{
	return heard->batch + 1 < join->batch;
}

/* Fills `ret` when the event is somebody's; *ret_done when it need not wait any longer. */
static bool settle(struct join *join, const struct heard *heard, struct record *ret, bool *ret_done)
{
	bool final = is_final(join, heard);
	struct life *life =
		final || heard->time_ns <= join->reached_ns ? find(join, heard->event.tgid) : NULL;
	bool holds = life && (int64_t)life->ident.start_ns <= heard->time_ns;
	int32_t tgid = heard->event.tgid;

	*ret_done = holds || final;
	if (holds)
		return translate_event(&heard->event, heard->time_ns, life->ident, life->pid,
				       join->options.threads, ret);
	return final && !life && join->options.everything &&
	       translate_event(&heard->event, heard->time_ns, ident_provisional(tgid), tgid,
			       join->options.threads, ret);
}

bool join_next(struct join *join, struct record *ret)
{
	for (unsigned i = 0; join && i < join->count;) {
		bool done, found;

		join->given = join->waiting[i];
		found = settle(join, &join->given, ret, &done);
		if (!done) {
			i++;
			continue;
		}
		join->count--;
		memmove(&join->waiting[i], &join->waiting[i + 1],
			(join->count - i) * sizeof *join->waiting);
		if (found)
			return true;
	}
	return false;
}
