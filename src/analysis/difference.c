/* Key decision: each kind is a row that weighs a group; what weighs nothing is not of the kind. */
#include "analysis/difference.h"

#include "analysis/comparison.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* ---- values ---- */

struct figure_change figure_change(const struct figure *figure,
				   const struct report *const reports[ALIGN_SIDES])
{
	struct figure_change ret = {.unit = figure->unit};

	for (int side = 0; side < ALIGN_SIDES; side++) {
		ret.known[side] = figure_is_known(figure, reports[side]);
		ret.value[side] = figure_value(figure, reports[side]);
	}
	return ret;
}

bool figure_change_known(const struct figure_change *change)
{
	return change->known[ALIGN_BEFORE] && change->known[ALIGN_AFTER];
}

int64_t figure_change_difference(const struct figure_change *change)
{
	return (int64_t)(change->value[ALIGN_AFTER] - change->value[ALIGN_BEFORE]);
}

double figure_change_ratio(const struct figure_change *change)
{
	int64_t difference = figure_change_difference(change);

	return difference == 0 ? 0 : (double)difference / (double)change->value[ALIGN_BEFORE];
}

/* ---- noise ---- */

int difference_parse_noise(struct str text, struct difference_noise *noise, struct error *err)
{
	struct difference_noise ret = *noise;

	do {
		struct str part = str_trim(str_cut(&text, ','));
		int r = part.n > 0 && part.p[part.n - 1] == '%'
				? figure_parse_percent(part, &ret.ratio)
				: -EINVAL;
		uint64_t ns;

		if (r < 0 && figure_parse_value(FIGURE_DURATION, part, &ns) == 0) {
			ret.ns = (int64_t)ns;
			r = 0;
		}
		if (r < 0)
			return error_set(err, EINVAL,
					 "'%.*s' is no percentage and no time with its unit, such "
					 "as 5%% or 10ms",
					 COMPARISON_SHOWN(part));
	} while (text.p);
	*noise = ret;
	return 0;
}

/* The difference, or 0 if it is noise. */
static int64_t beyond(uint64_t before, uint64_t after, double ratio, uint64_t least)
{
	int64_t difference = (int64_t)(after - before);
	uint64_t size = (uint64_t)(difference < 0 ? -difference : difference);

	return size == 0 || size < least || (double)size < ratio * (double)before ? 0 : difference;
}

/* ---- kinds ---- */

static bool is_matched(const struct align_group *group)
{
	return group->first[ALIGN_BEFORE] != HISTORY_NONE &&
	       group->first[ALIGN_AFTER] != HISTORY_NONE;
}

/* By how much it is slower. CPU says it surer than time does, which others on the machine change. */
static int64_t slower_ns(const struct align_group *group, const struct difference_noise *noise)
{
	const struct align_sum *was = &group->sum[ALIGN_BEFORE], *is = &group->sum[ALIGN_AFTER];
	uint64_t least = (uint64_t)noise->ns;
	int64_t cpu = beyond(was->cpu_ns, is->cpu_ns, noise->ratio, least);
	int64_t own = beyond(was->own_ns, is->own_ns, noise->ratio, least);

	return !is_matched(group) ? 0 : cpu ? cpu : own;
}

static int64_t weigh_slower(const struct align_group *group, const struct difference_noise *noise)
{
	return slower_ns(group, noise);
}

static int64_t weigh_faster(const struct align_group *group, const struct difference_noise *noise)
{
	return -slower_ns(group, noise);
}

/* What one side has alone weighs what it cost, and at least something. */
static int64_t weigh_alone(const struct align_group *group, int side)
{
	const struct align_sum *sum = &group->sum[side];

	if (group->first[!side] != HISTORY_NONE)
		return 0;
	return 1 + (int64_t)(sum->cpu_ns > sum->own_ns ? sum->cpu_ns : sum->own_ns);
}

static int64_t weigh_new(const struct align_group *group, const struct difference_noise *noise)
{
	return weigh_alone(group, ALIGN_AFTER);
}

static int64_t weigh_vanished(const struct align_group *group, const struct difference_noise *noise)
{
	return weigh_alone(group, ALIGN_BEFORE);
}

static int64_t weigh_memory(const struct align_group *group, const struct difference_noise *noise)
{
	uint64_t was = group->sum[ALIGN_BEFORE].rss_peak_bytes;
	uint64_t is = group->sum[ALIGN_AFTER].rss_peak_bytes;

	/* nobody has no memory: it is not known */
	if (!is_matched(group) || was == 0 || is == 0)
		return 0;
	return llabs(beyond(was, is, noise->ratio, DIFFERENCE_BYTES));
}

static int64_t weigh_io(const struct align_group *group, const struct difference_noise *noise)
{
	if (!is_matched(group))
		return 0;
	return llabs(beyond(group->sum[ALIGN_BEFORE].io_bytes, group->sum[ALIGN_AFTER].io_bytes,
			    noise->ratio, DIFFERENCE_BYTES));
}

static int64_t (*const kinds[])(const struct align_group *group,
				const struct difference_noise *noise) = {
	[DIFFERENCE_SLOWER] = weigh_slower, [DIFFERENCE_FASTER] = weigh_faster,
	[DIFFERENCE_NEW] = weigh_new,       [DIFFERENCE_VANISHED] = weigh_vanished,
	[DIFFERENCE_MEMORY] = weigh_memory, [DIFFERENCE_IO] = weigh_io,
};

struct weighed {
	int64_t weight;
	uint32_t group;
};

static int by_weight(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static void make_list(struct difference *it, enum difference_kind kind,
		      const struct difference_noise *noise)
{
	struct weighed *found = mem_alloc((it->align.count + (size_t)1) * sizeof *found);
	size_t count = 0;

	for (uint32_t i = 0; i < it->align.count; i++) {
		int64_t weight = kinds[kind](&it->align.groups[i], noise);

		if (weight > 0)
			found[count++] = (struct weighed){weight, i};
	}
	if (count > 1)
		qsort(found, count, sizeof *found, by_weight);
	it->groups[kind] = mem_alloc((count + 1) * sizeof *it->groups[kind]);
	for (size_t i = 0; i < count; i++)
		it->groups[kind][i] = found[i].group;
	it->count[kind] = count;
	free(found);
}

void difference_make(struct difference *ret, const struct history *const histories[ALIGN_SIDES],
		     const struct report *const reports[ALIGN_SIDES],
		     const struct difference_noise *noise)
{
	const uint32_t roots[] = {reports[ALIGN_BEFORE]->root, reports[ALIGN_AFTER]->root};

	*ret = (struct difference){0};
	align_make(&ret->align, histories, roots);
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		make_list(ret, (enum difference_kind)kind, noise);
}

void difference_deinit(struct difference *difference)
{
	align_deinit(&difference->align);
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		free(difference->groups[kind]);
	*difference = (struct difference){0};
}
