/*
 * Lives that began before they were traced. Key decision: they are told by the helper too, not only
 * by a scan: one that ends before the scan comes to it would have an end and no beginning. What was
 * before stays unknown where the kernel keeps no sum that tells it apart.
 */
#include "source/ptrace/tracer_life.h"

#include "base/mem.h"

#include <stdlib.h>

#define MEASURE_TRIES 5

static void put_seen(struct lives *lives, const struct life *life)
{
	struct tracer_exec image = {
		.filename = {"", 0},
                  .argv = {"", 0}
        };
	struct wire_seen *w;
	char *at;

	(void)tracer_proc_image(&lives->proc, life->tgid, &image);
	w = tracer_wire_add(&lives->wire, WIRE_SEEN, sizeof *w, image.filename.n + image.argv.n,
			    life->ident, life->tgid);
	at = mempcpy(w + 1, image.filename.p, image.filename.n);
	memcpy(at, image.argv.p, image.argv.n);
	life_standing(life, &w->standing);
	w->parent_tgid = life->parent.tgid;
	w->parent_start_ns = life->parent.start_ns;
	w->filename_size = (uint32_t)image.filename.n;
	w->argv_size = (uint32_t)image.argv.n;
	memcpy(w->comm, life->comm, sizeof w->comm);
}

/* Its parent may be nobody of ours: that one's start is read. */
static struct life *new_seen(struct lives *lives, pid_t pid, const struct tracer_stat *stat)
{
	struct life *life = life_new(lives, pid, stat, NULL);
	struct passed *parent = passed_find(lives, stat->ppid);
	struct tracer_stat other;

	if (parent && !life->parent.start_ns)
		life->parent = parent->ident;
	else if (!life->parent.start_ns && tracer_proc_stat(&lives->proc, stat->ppid, &other) == 0)
		life->parent.start_ns = other.start_ns;
	return life;
}

struct life *life_attached(struct lives *lives, pid_t pid, const struct tracer_stat *stat)
{
	struct life *life = new_seen(lives, pid, stat);

	HASH_ADD_INT(lives->by_tgid, tgid, life);
	life->attached = life->unsure = true;
	life->children_unknown = stat->had_children;
	(void)tracer_proc_owner(&lives->proc, pid, &life->owner_uid, &life->owner_gid);
	put_seen(lives, life);
	return life;
}

void life_passed(struct lives *lives, pid_t pid, const struct tracer_stat *stat)
{
	struct passed *passed = mem_alloc(sizeof *passed);
	struct life *parent = life_find(lives, stat->ppid), *life;

	if (parent)
		parent->children_unknown = true;
	if (stat->state != 'Z') {
		life = new_seen(lives, pid, stat);
		put_seen(lives, life);
		free(life);
	}
	passed->pid = pid;
	passed->ident = (struct tracer_ident){pid, stat->start_ns};
	HASH_ADD_INT(lives->passed, pid, passed);
}

/* What all its threads ran, dead ones left out; false: not known. */
static bool sum_threads(struct lives *lives, pid_t tgid, uint64_t *ret_ns)
{
	struct buf tids = BUF_INIT;
	bool known = tracer_proc_list(&lives->proc, tgid, &tids) == 0;
	const pid_t *tid = (const void *)tids.p;

	*ret_ns = 0;
	for (size_t i = 0; known && i < tids.n / sizeof *tid; i++) {
		uint64_t ns = 0;

		known = tracer_proc_run_ns(&lives->proc, tgid, tid[i], &ns) == 0;
		*ret_ns += ns;
	}
	buf_deinit(&tids);
	return known;
}

void life_measure(struct lives *lives, struct life *life)
{
	uint64_t all, living;

	life->measured = life->threads_unknown = true;
	for (int i = 0; i < MEASURE_TRIES; i++) {
		if (tracer_proc_cpu_ns(life->tgid, &all) < 0 ||
		    !sum_threads(lives, life->tgid, &living))
			return;
		/* the kernel brings neither up to date for it: they differ by the dead, or by a
		 * thread that has been on a CPU in between */
		life->threads_unknown = all != living;
		if (all >= living)
			return;
	}
}
