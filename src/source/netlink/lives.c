/*
 * The bookkeeping of lives. Key decision: every thread tells its end exactly once, also one that
 * an exec in another thread killed and whose end comes after that exec; so ends are counted, and
 * neither an exec nor the leader's own end means anything for the count.
 */
#include "source/netlink/lives.h"

#include <stdlib.h>

void lives_deinit(struct lives *lives)
{
	while (lives->by_tgid)
		lives_forget(lives, lives->by_tgid);
}

void lives_lose(struct lives *lives)
{
	lives->epoch++;
}

struct life *lives_find(const struct lives *lives, int32_t tgid)
{
	struct life *life;

	HASH_FIND_INT(lives->by_tgid, &tgid, life);
	return life;
}

void lives_forget(struct lives *lives, struct life *life)
{
	HASH_DEL(lives->by_tgid, life);
	free(life);
}

static struct life *add(struct lives *lives, int32_t tgid)
{
	struct life *life = mem_alloc(sizeof *life);

	life->tgid = tgid;
	life->ident = ident_provisional(tgid);
	life->epoch = lives->epoch;
	life->uid = life->gid = (struct ids){UID_UNKNOWN, UID_UNKNOWN, UID_UNKNOWN};
	HASH_ADD_INT(lives->by_tgid, tgid, life);
	return life;
}

struct life *lives_born(struct lives *lives, int32_t tgid, struct ident ident)
{
	struct life *before = lives_find(lives, tgid), *life;
	uint32_t strays = 0;

	if (before) {
		/* reaped, but its last thread has not come to tell: it may still do so */
		if (before->sure && before->epoch == lives->epoch)
			strays = before->threads;
		lives_forget(lives, before);
	}
	life = add(lives, tgid);
	life->ident = ident;
	life->born = life->sure = true;
	life->threads = life->threads_ever = 1;
	life->strays = strays;
	return life;
}

struct life *lives_get(struct lives *lives, int32_t tgid)
{
	struct life *life = lives_find(lives, tgid);

	return life ? life : add(lives, tgid);
}

/* After a loss what was counted means nothing: ends may be missing as well as births. */
static void catch_up(const struct lives *lives, struct life *life)
{
	if (life->epoch == lives->epoch)
		return;
	life->epoch = lives->epoch;
	life->sure = life->born = false;
	life->threads = 0;
	life->strays = 0;
}

void lives_thread_born(const struct lives *lives, struct life *life)
{
	catch_up(lives, life);
	life->threads++;
	life->threads_ever++;
}

/*
 * The status is the leader's, or when that ended before the others, of the call that ended the rest:
 * then they all have it. A thread that ends by itself has 0, as those have that the kernel makes for
 * io_uring before 5.12, and says nothing.
 */
static void take_status(struct life *life, int32_t status, bool leader)
{
	if (leader || !life->leader_ended || status)
		life->status = status;
	life->leader_ended |= leader;
}

enum life_end lives_thread_ended(const struct lives *lives, struct life *life, int32_t status,
				 bool leader, int64_t time_ns)
{
	catch_up(lives, life);
	life->ends++;
	take_status(life, status, leader);
	if (time_ns > life->end_ns)
		life->end_ns = time_ns;
	if (life->threads > 0)
		life->threads--;
	if (life->threads > 0)
		return LIFE_GOES_ON;
	return life->sure ? LIFE_ENDS : LIFE_UNSURE;
}
