/*
 * Sessions and the lives that they belong to. Key decision: bounded and best effort, because who
 * is missed here is inferred from the process's next record as if there were no netlink.
 */
#include "source/bpf/sid_join.h"

#include "base/hash.h"

#include <stdlib.h>

#define WAITING_MAX 1024

struct life {
	int32_t tgid, pid;
	struct ident ident;
	UT_hash_handle hh;
};

struct heard {
	int32_t tgid;
	int64_t time_ns;
	uint64_t batch; /* in which it was heard */
};

struct sid_join {
	struct life *lives;
	struct heard waiting[WAITING_MAX];
	unsigned count;
	uint64_t batch;
	int64_t reached_ns;
};

struct sid_join *sid_join_new(void)
{
	return mem_alloc(sizeof(struct sid_join));
}

static void forget(struct sid_join *join, struct life *life)
{
	HASH_DEL(join->lives, life);
	free(life);
}

struct sid_join *sid_join_free(struct sid_join *join)
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

static struct life *find(struct sid_join *join, int32_t tgid)
{
	struct life *life;

	HASH_FIND_INT(join->lives, &tgid, life);
	return life;
}

void sid_join_note(struct sid_join *join, const struct record *record)
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

void sid_join_hear(void *context, int32_t tgid, int64_t time_ns)
{
	struct sid_join *join = context;

	if (join && join->count < WAITING_MAX)
		join->waiting[join->count++] = (struct heard){tgid, time_ns, join->batch};
}

void sid_join_reach(struct sid_join *join, int64_t time_ns)
{
	if (join)
		join->reached_ns = time_ns;
}

void sid_join_end_batch(struct sid_join *join)
{
	if (join)
		join->batch++;
}

/* Who was born after its batch began may be unknown at the end of it: not at that of the next. */
static bool is_final(const struct sid_join *join, const struct heard *heard)
{
	return heard->batch + 1 < join->batch;
}

bool sid_join_next(struct sid_join *join, struct record *ret)
{
	for (unsigned i = 0; join && i < join->count;) {
		struct heard heard = join->waiting[i];
		bool final = is_final(join, &heard);
		struct life *life =
			final || heard.time_ns <= join->reached_ns ? find(join, heard.tgid) : NULL;
		bool holds = life && (int64_t)life->ident.start_ns <= heard.time_ns;

		if (!holds && !final) {
			i++;
			continue;
		}
		join->waiting[i] = join->waiting[--join->count];
		if (!holds)
			continue;
		*ret = record_make(RECORD_SID, heard.time_ns, life->ident, life->pid);
		ret->new_id = life->pid;
		return true;
	}
	return false;
}
