/*
 * Key decision: one pass over the lives for each question, groups by the index of a text, so that a
 * million lives take a second and nothing is compared as text.
 */
#include "analysis/report.h"

#include "base/mem.h"
#include "model/status.h"

#include <stdlib.h>

#define CHAIN_SHARE 0.95 /* of a subtree's CPU that makes its child the one worth naming */

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int64_t wall_of(const struct history_life *life)
{
	return life->end_ns - life->begin_ns;
}

static bool failed(const struct history_life *life)
{
	return !life->living && status_failed(life->status);
}

/* ---- sums ---- */

static void add_life(struct report *report, const struct history_life *life)
{
	report->execs += life->execs;
	report->cpu_ns += life->cpu_ns;
	report->io_bytes += life->io_bytes;
	report->rss_peak_bytes = larger(report->rss_peak_bytes, life->rss_peak_bytes);
	report->failures += failed(life);
	report->core_dumps += life->core_dumped;
	report->inexact += !life->exact;
	report->ran_before += life->ran_before;
	if (life->living || life->ran_before || wall_of(life) >= REPORT_SHORT_NS)
		return;
	report->short_count++;
	report->short_cpu_ns += life->cpu_ns;
	report->short_wall_ns += wall_of(life);
}

/* ---- groups ---- */

static void add_to_group(struct report_group *group, const struct history *h, uint32_t index)
{
	const struct history_life *life = &h->lives[index];

	if (group->count++ == 0)
		group->first = index;
	group->failures += failed(life);
	group->cpu_ns += life->cpu_ns;
	group->wall_ns += wall_of(life);
	group->io_bytes += life->io_bytes;
	group->rss_peak_bytes = larger(group->rss_peak_bytes, life->rss_peak_bytes);
}

static int by_cpu(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;

	if (x->cpu_ns != y->cpu_ns)
		return x->cpu_ns > y->cpu_ns ? -1 : 1;
	if (x->wall_ns != y->wall_ns)
		return x->wall_ns > y->wall_ns ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* All but one of them could be spared. */
static uint64_t spared_ns(const struct report_group *group)
{
	return group->cpu_ns / group->count * (group->count - 1);
}

static int by_spared(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;

	if (spared_ns(x) != spared_ns(y))
		return spared_ns(x) > spared_ns(y) ? -1 : 1;
	return by_cpu(a, b);
}

static uint32_t program_of(const struct history_life *life)
{
	return life->program;
}

/* A fork that went on as its parent's program has run no command. */
static uint32_t command_of(const struct history_life *life)
{
	return life->inherited || life->ran_before ? HISTORY_NONE : life->command;
}

static struct report_group *group_by(const struct history *h,
				     uint32_t (*text_of)(const struct history_life *life),
				     uint64_t at_least, size_t *ret_count)
{
	struct report_group *groups = mem_alloc((h->text_count + (size_t)1) * sizeof *groups);
	size_t count = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		uint32_t text = text_of(&h->lives[i]);

		if (text < h->text_count)
			add_to_group(&groups[text], h, i);
	}
	for (uint32_t i = 0; i < h->text_count; i++) {
		if (groups[i].count < at_least)
			continue;
		groups[count] = groups[i];
		groups[count++].text = i;
	}
	*ret_count = count;
	return groups;
}

static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(items, count, size, compare);
}

/* ---- subtrees ---- */

static int by_subtree_cpu(const void *a, const void *b)
{
	const struct report_subtree *x = a, *y = b;

	if (x->cpu_ns != y->cpu_ns)
		return x->cpu_ns > y->cpu_ns ? -1 : 1;
	return x->life < y->life ? -1 : x->life > y->life;
}

/* Lives in an order in which each stands after its parent; who is in a circle is left out. */
static uint32_t order_by_descent(const struct history *h, const struct history_children *children,
				 uint32_t *order)
{
	uint32_t count = 0;

	for (uint32_t i = children->first[h->count]; i < children->first[h->count + 1]; i++)
		order[count++] = children->all[i];
	for (uint32_t at = 0; at < count; at++)
		for (uint32_t i = children->first[order[at]]; i < children->first[order[at] + 1];
		     i++)
			order[count++] = children->all[i];
	return count;
}

static void add_subtree(struct report_subtree *sum, const struct report_subtree *part)
{
	sum->processes += part->processes;
	sum->failures += part->failures;
	sum->cpu_ns += part->cpu_ns;
	sum->io_bytes += part->io_bytes;
	sum->rss_peak_bytes = larger(sum->rss_peak_bytes, part->rss_peak_bytes);
}

/* Is it a link only: nearly all that it cost, one child did with all below it? */
static bool is_link(const struct report_subtree *sums, const struct history_children *children,
		    uint32_t life)
{
	for (uint32_t i = children->first[life]; i < children->first[life + 1]; i++)
		if ((double)sums[children->all[i]].cpu_ns >=
		    CHAIN_SHARE * (double)sums[life].cpu_ns)
			return true;
	return false;
}

static void find_subtrees(struct report *report, const struct history *h,
			  const struct history_children *children)
{
	struct report_subtree *sums = mem_alloc((h->count + (size_t)1) * sizeof *sums);
	uint32_t *order = mem_alloc((h->count + (size_t)1) * sizeof *order);
	uint32_t count = order_by_descent(h, children, order);
	size_t kept = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		const struct history_life *life = &h->lives[i];

		sums[i] = (struct report_subtree){
			i, 1, failed(life), life->cpu_ns, life->rss_peak_bytes, life->io_bytes};
	}
	for (uint32_t at = count; at-- > 0;)
		if (h->lives[order[at]].parent != HISTORY_NONE)
			add_subtree(&sums[h->lives[order[at]].parent], &sums[order[at]]);
	report->subtrees = mem_alloc((count + (size_t)1) * sizeof *sums);
	for (uint32_t at = 0; at < count; at++) {
		const struct report_subtree *sum = &sums[order[at]];

		if (order[at] != report->root && sum->processes > 1 &&
		    !is_link(sums, children, order[at]))
			report->subtrees[kept++] = *sum;
	}
	report->subtree_count = kept;
	sort(report->subtrees, kept, sizeof *sums, by_subtree_cpu);
	free(order);
	free(sums);
}

/* ---- shells ---- */

static bool is_shell(struct str program)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ksh", "zsh", "ash", "busybox"};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (str_eq(program, str_of(shells[i])))
			return true;
	return false;
}

/* Its only child was there for nearly as long as itself, and is another program. */
static bool is_wrapper(const struct history *h, const struct history_children *children,
		       uint32_t index)
{
	const struct history_life *life = &h->lives[index], *child;

	if (life->inherited || life->living || life->ran_before ||
	    children->first[index + 1] - children->first[index] != 1 ||
	    !is_shell(history_text(h, life->program)))
		return false;
	child = &h->lives[children->all[children->first[index]]];
	return !child->inherited && child->end_ns <= life->end_ns &&
	       wall_of(life) - wall_of(child) < REPORT_SHORT_NS + wall_of(life) / 10;
}

/* ---- lists ---- */

struct ended {
	int64_t end_ns;
	uint32_t life;
};

static int by_end(const void *a, const void *b)
{
	const struct ended *x = a, *y = b;

	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return x->life < y->life ? -1 : x->life > y->life;
}

static bool is_left(const struct report *report, const struct history *h, uint32_t index)
{
	const struct history_life *life = &h->lives[index];

	return report->root != HISTORY_NONE && !h->lives[report->root].living &&
	       index != report->root && !life->ran_before &&
	       (life->living || life->end_ns > h->lives[report->root].end_ns);
}

static uint32_t *list(const struct report *report, const struct history *h,
		      bool (*belongs)(const struct report *, const struct history *, uint32_t),
		      uint64_t *ret_count)
{
	struct ended *ended = mem_alloc((h->count + (size_t)1) * sizeof *ended);
	uint32_t *ret;
	size_t count = 0;

	for (uint32_t i = 0; i < h->count; i++)
		if (belongs(report, h, i))
			ended[count++] = (struct ended){h->lives[i].end_ns, i};
	sort(ended, count, sizeof *ended, by_end);
	ret = mem_alloc((count + 1) * sizeof *ret);
	for (size_t i = 0; i < count; i++)
		ret[i] = ended[i].life;
	free(ended);
	*ret_count = count;
	return ret;
}

static bool has_failed(const struct report *report, const struct history *h, uint32_t index)
{
	(void)report;
	return failed(&h->lives[index]);
}

/* ---- all of it ---- */

static uint32_t find_root(const struct history *h, const struct history_children *children,
			  const struct run *run)
{
	const uint32_t *roots = &children->first[h->count];

	if (h->count > 0 && run->command.n > 0)
		return 0;
	return roots[1] - roots[0] == 1 ? children->all[roots[0]] : HISTORY_NONE;
}

void report_make(struct report *ret, const struct history *h, const struct run *run,
		 unsigned buckets)
{
	struct history_children children = history_children(h);

	*ret = (struct report){
		.root = find_root(h, &children, run),
		.cpus = run->cpus,
		.processes = h->count,
		.lost = h->lost,
	};
	for (uint32_t i = 0; i < h->count; i++) {
		add_life(ret, &h->lives[i]);
		if (is_wrapper(h, &children, i))
			add_to_group(&ret->shells, h, i);
	}
	ret->programs = group_by(h, program_of, 1, &ret->program_count);
	sort(ret->programs, ret->program_count, sizeof *ret->programs, by_cpu);
	ret->repeated = group_by(h, command_of, 2, &ret->repeated_count);
	sort(ret->repeated, ret->repeated_count, sizeof *ret->repeated, by_spared);
	find_subtrees(ret, h, &children);
	busy_find(&ret->busy, h, ret->root, buckets);
	critical_find(&ret->path, h, &children, ret->root);
	ret->share_count = critical_shares(&ret->path, &ret->shares);
	ret->wall_ns = ret->path.end_ns - ret->path.begin_ns;
	ret->failed = list(ret, h, has_failed, &ret->failed_count);
	ret->left = list(ret, h, is_left, &ret->left_count);
	history_children_deinit(&children);
}

void report_deinit(struct report *report)
{
	busy_deinit(&report->busy);
	critical_deinit(&report->path);
	free(report->shares);
	free(report->programs);
	free(report->repeated);
	free(report->subtrees);
	free(report->failed);
	free(report->left);
	*report = (struct report){0};
}
