/*
 * A sweep over all starts and ends. Key decision: who is at work is kept as a count and as the sum of
 * the indices, so that when it is one its index is known without a search.
 */
#include "analysis/busy.h"

#include "base/mem.h"

#include <stdlib.h>

struct moment {
	int64_t time_ns;
	uint32_t life;
	bool end;
};

struct worker {
	uint32_t children; /* that live */
	bool living, at_work;
};

struct sweep {
	const struct history *history;
	struct busy *busy;
	struct worker *workers; /* by index of the life */
	uint64_t at_work, sum;
	int64_t now_ns;
	struct busy_single single; /* the stretch that goes on; life_ns of the longest in it */
	uint32_t current;          /* whose turn in it this is, since current_ns */
	int64_t current_ns;
	bool is_single;
};

void busy_deinit(struct busy *busy)
{
	free(busy->buckets);
	*busy = (struct busy){0};
}

static int compare_moments(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->end != y->end)
		return x->end ? -1 : 1;
	return x->life < y->life ? -1 : x->life > y->life;
}

/* The part of a life that is looked at; false: none. Who lived for no time was never at work. */
static bool part_of(const struct busy *busy, const struct history_life *life, int64_t *ret_begin_ns,
		    int64_t *ret_end_ns)
{
	*ret_begin_ns = life->begin_ns > busy->begin_ns ? life->begin_ns : busy->begin_ns;
	*ret_end_ns = life->end_ns < busy->end_ns ? life->end_ns : busy->end_ns;
	return *ret_end_ns > *ret_begin_ns;
}

static size_t list_moments(const struct busy *busy, const struct history *h, struct moment **ret)
{
	struct moment *moments = mem_alloc((2 * (size_t)h->count + 1) * sizeof *moments);
	size_t count = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		int64_t begin_ns, end_ns;

		if (!part_of(busy, &h->lives[i], &begin_ns, &end_ns))
			continue;
		moments[count++] = (struct moment){begin_ns, i, false};
		moments[count++] = (struct moment){end_ns, i, true};
	}
	if (count > 1)
		qsort(moments, count, sizeof *moments, compare_moments);
	*ret = moments;
	return count;
}

/* ---- one alone ---- */

static void end_turn(struct sweep *sweep)
{
	int64_t ns = sweep->now_ns - sweep->current_ns;

	if (ns > sweep->single.life_ns) {
		sweep->single.life_ns = ns;
		sweep->single.life = sweep->current;
	}
}

static void keep_single(struct busy *busy, const struct busy_single *single)
{
	int64_t ns = single->end_ns - single->begin_ns;
	unsigned at = busy->single_count;

	while (at > 0 && busy->singles[at - 1].end_ns - busy->singles[at - 1].begin_ns < ns)
		at--;
	if (at == BUSY_SINGLES)
		return;
	if (busy->single_count < BUSY_SINGLES)
		busy->single_count++;
	memmove(&busy->singles[at + 1], &busy->singles[at],
		(busy->single_count - at - 1) * sizeof *single);
	busy->singles[at] = *single;
}

static void end_single(struct sweep *sweep)
{
	if (!sweep->is_single)
		return;
	end_turn(sweep);
	sweep->single.end_ns = sweep->now_ns;
	sweep->is_single = false;
	if (sweep->single.end_ns > sweep->single.begin_ns)
		keep_single(sweep->busy, &sweep->single);
}

static void follow_single(struct sweep *sweep)
{
	uint32_t life = (uint32_t)sweep->sum;

	if (sweep->at_work != 1) {
		end_single(sweep);
		return;
	}
	if (!sweep->is_single) {
		sweep->single = (struct busy_single){.begin_ns = sweep->now_ns, .life = life};
		sweep->is_single = true;
	} else if (life == sweep->current) {
		return;
	} else {
		end_turn(sweep);
	}
	sweep->current = life;
	sweep->current_ns = sweep->now_ns;
}

/* ---- the sweep ---- */

/* Somebody began or ended, or a child of his did. */
static void weigh(struct sweep *sweep, uint32_t index)
{
	struct worker *worker = &sweep->workers[index];
	bool at_work = worker->living && worker->children == 0;

	if (at_work == worker->at_work)
		return;
	worker->at_work = at_work;
	sweep->at_work += at_work ? 1 : (uint64_t)-1;
	sweep->sum += at_work ? index : (uint64_t)0 - index;
}

static void take_moment(struct sweep *sweep, const struct moment *moment)
{
	uint32_t parent = sweep->history->lives[moment->life].parent;

	sweep->workers[moment->life].living = !moment->end;
	weigh(sweep, moment->life);
	if (parent == HISTORY_NONE)
		return;
	sweep->workers[parent].children += moment->end ? UINT32_MAX : 1;
	weigh(sweep, parent);
}

static void add_to_buckets(const struct busy *busy, int64_t begin_ns, int64_t end_ns, double amount,
			   size_t offset)
{
	int64_t width_ns =
		busy->bucket_count ? (busy->end_ns - busy->begin_ns) / busy->bucket_count + 1 : 0;

	if (busy->bucket_count == 0 || amount == 0)
		return;
	for (int64_t at = begin_ns; at < end_ns;) {
		int64_t index = (at - busy->begin_ns) / width_ns;
		int64_t next = busy->begin_ns + (index + 1) * width_ns;
		double *value = (double *)(void *)((char *)&busy->buckets[index] + offset);

		next = next < end_ns ? next : end_ns;
		*value += amount * (double)(next - at) / (double)width_ns;
		at = next;
	}
}

static void pass(struct sweep *sweep, int64_t until_ns)
{
	struct busy *busy = sweep->busy;
	uint64_t level = sweep->at_work < BUSY_LEVELS ? sweep->at_work : BUSY_LEVELS;

	if (until_ns <= sweep->now_ns)
		return;
	busy->level_ns[level] += until_ns - sweep->now_ns;
	if (sweep->at_work > busy->most)
		busy->most = (unsigned)sweep->at_work;
	add_to_buckets(busy, sweep->now_ns, until_ns, (double)sweep->at_work,
		       offsetof(struct busy_bucket, at_work));
	sweep->now_ns = until_ns;
}

static void spread_cpu(struct busy *busy, const struct history *h)
{
	for (uint32_t i = 0; i < h->count; i++) {
		const struct history_life *life = &h->lives[i];
		int64_t begin_ns, end_ns, ns = life->end_ns - life->begin_ns;

		busy->cpu_ns += life->cpu_ns;
		if (part_of(busy, life, &begin_ns, &end_ns))
			add_to_buckets(busy, begin_ns, end_ns, (double)life->cpu_ns / (double)ns,
				       offsetof(struct busy_bucket, cpus));
	}
	if (busy->end_ns > busy->begin_ns)
		busy->cpus = (double)busy->cpu_ns / (double)(busy->end_ns - busy->begin_ns);
}

void busy_find(struct busy *ret, const struct history *history, uint32_t root, unsigned buckets)
{
	const struct history_life *life = root < history->count ? &history->lives[root] : NULL;
	struct sweep sweep = {.history = history, .busy = ret};
	struct moment *moments;
	size_t count;

	*ret = (struct busy){.begin_ns = life ? life->begin_ns : history->begin_ns,
			     .end_ns = life ? life->end_ns : history->end_ns};
	sweep.now_ns = ret->begin_ns;
	count = list_moments(ret, history, &moments);
	if (buckets > 0 && ret->end_ns > ret->begin_ns) {
		ret->buckets = mem_alloc(buckets * sizeof *ret->buckets);
		ret->bucket_count = buckets;
	}
	sweep.workers = mem_alloc((history->count + (size_t)1) * sizeof *sweep.workers);
	for (size_t i = 0; i < count; i++) {
		if (moments[i].time_ns > sweep.now_ns) {
			follow_single(&sweep);
			pass(&sweep, moments[i].time_ns);
		}
		take_moment(&sweep, &moments[i]);
	}
	follow_single(&sweep);
	pass(&sweep, ret->end_ns);
	end_single(&sweep);
	spread_cpu(ret, history);
	free(sweep.workers);
	free(moments);
}
