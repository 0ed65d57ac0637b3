/*
 * Who lives, as the connector's events tell: they have bare pids and come per thread. Here a pid
 * gets its life back, and a process ends when its last thread does.
 */
#ifndef SOURCE_NETLINK_LIVES_H
#define SOURCE_NETLINK_LIVES_H

#include "base/hash.h"
#include "model/record.h"
#include "source/netlink/taskstats.h"

struct life {
	int32_t tgid;
	struct ident ident; /* provisional until its start is known */
	/* Born under our eyes and nothing lost since: `threads` is exact. Else it is the least that
	 * there are. */
	bool sure;
	bool born;     /* under our eyes: `threads_ever` counts from its first one */
	bool nameless; /* of its last image not even the name is known */
	bool covered, covered_known;
	uint32_t threads; /* whose end will come */
	uint32_t threads_ever;
	uint32_t strays; /* ends to come of who had the number before */
	uint32_t epoch;
	int64_t end_ns; /* latest end of a thread */
	int32_t status; /* as the ends of its threads tell so far */
	bool leader_ended;
	int32_t unsure_tid;    /* the caller's: the thread with whose end it may have ended; 0 */
	char comm[16];         /* the leader's at its end */
	struct ids uid, gid;   /* as far as known */
	struct task_cost cost; /* of the threads that ended */
	uint32_t costs, ends;  /* how many told it, how many ended */
	uint64_t group_run_ns;
	UT_hash_handle hh;
};

struct lives {
	struct life *by_tgid;
	uint32_t epoch; /* counts losses */
};

enum life_end {
	LIFE_GOES_ON,
	LIFE_ENDS,
	LIFE_UNSURE /* the kernel has to be asked */
};

void lives_deinit(struct lives *lives);
/* Events were lost: nobody's threads are counted for sure any more. */
void lives_lose(struct lives *lives);
/* A process was forked. Who had its number before is forgotten. Valid until it is forgotten. */
struct life *lives_born(struct lives *lives, int32_t tgid, struct ident ident);
struct life *lives_find(const struct lives *lives, int32_t tgid);
/* The same, or a new one that was there before us. */
struct life *lives_get(struct lives *lives, int32_t tgid);
void lives_forget(struct lives *lives, struct life *life);

void lives_thread_born(const struct lives *lives, struct life *life);
enum life_end lives_thread_ended(const struct lives *lives, struct life *life, int32_t status,
				 bool leader, int64_t time_ns);

#endif
