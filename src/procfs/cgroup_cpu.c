/* CPUs of a cgroup. Key decision: what is not exactly of the form that the kernel writes is refused. */
#include "procfs/cgroup_cpu.h"

#include "procfs/words.h"

#include <errno.h>

#define CPUS_MOST 65536 /* CONFIG_NR_CPUS is 8192 at most */

static struct str line_of(struct str text)
{
	return str_cut(&text, '\n');
}

static bool take_rest(struct str *rest, uint64_t *ret_value)
{
	return procfs_take_u64(rest, 10, ret_value) == 0 && procfs_skip_blanks(*rest).n == 0;
}

static int share(uint64_t quota, uint64_t period, uint64_t *ret_millicores)
{
	uint64_t scaled;

	if (period == 0 || __builtin_mul_overflow(quota, UINT64_C(1000), &scaled))
		return -EINVAL;
	*ret_millicores = scaled / period;
	return 0;
}

int procfs_cpu_max_parse(struct str text, uint64_t *ret_millicores)
{
	struct str rest = line_of(text), word = str_cut(&rest, ' ');
	uint64_t quota, period;

	if (!rest.p || !take_rest(&rest, &period) || period == 0)
		return -EINVAL;
	if (str_is(word, "max")) {
		*ret_millicores = UINT64_MAX;
		return 0;
	}
	return take_rest(&word, &quota) ? share(quota, period, ret_millicores) : -EINVAL;
}

int procfs_cfs_quota_parse(struct str quota, struct str period, uint64_t *ret_millicores)
{
	struct str quota_line = line_of(quota), period_line = line_of(period);
	uint64_t quota_us, period_us;

	if (str_is(quota_line, "-1")) {
		*ret_millicores = UINT64_MAX;
		return 0;
	}
	if (!take_rest(&quota_line, &quota_us) || !take_rest(&period_line, &period_us))
		return -EINVAL;
	return share(quota_us, period_us, ret_millicores);
}

int procfs_cpu_list_count(struct str text, uint64_t *ret_count)
{
	struct str rest = line_of(text);
	uint64_t count = 0;

	while (rest.n > 0) {
		struct str range = str_cut(&rest, ',');
		uint64_t first, last;

		if (procfs_take_u64(&range, 10, &first) < 0)
			return -EINVAL;
		last = first;
		if (str_starts(range, STR("-"))) {
			range = str_skip(range, 1);
			if (procfs_take_u64(&range, 10, &last) < 0)
				return -EINVAL;
		}
		if (range.n > 0 || last < first || last >= CPUS_MOST)
			return -EINVAL;
		count += last - first + 1;
	}
	*ret_count = count;
	return 0;
}

int procfs_key_parse(struct str text, struct str key, uint64_t *ret_value)
{
	while (text.p) {
		struct str line = str_cut(&text, '\n');

		if (str_eq(str_cut(&line, ' '), key) && line.p && take_rest(&line, ret_value))
			return 0;
	}
	return -ENOENT;
}
