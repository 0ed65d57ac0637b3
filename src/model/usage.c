/* Counters of cost. Key decision: unknown is a missing bit, never a zero. */
#include "model/usage.h"

const char *const usage_names[USAGE_FIELDS] = {
	[USAGE_CPU_USER_NS] = "cpu_user_ns",
	[USAGE_CPU_SYS_NS] = "cpu_sys_ns",
	[USAGE_RSS_PEAK_BYTES] = "rss_peak_bytes",
	[USAGE_READ_BYTES] = "read_bytes",
	[USAGE_WRITE_BYTES] = "write_bytes",
	[USAGE_READ_CHARS] = "read_chars",
	[USAGE_WRITE_CHARS] = "write_chars",
	[USAGE_MINOR_FAULTS] = "minor_faults",
	[USAGE_MAJOR_FAULTS] = "major_faults",
	[USAGE_VOLUNTARY_SWITCHES] = "voluntary_switches",
	[USAGE_INVOLUNTARY_SWITCHES] = "involuntary_switches",
	[USAGE_THREADS] = "threads",
	[USAGE_CPU_WAIT_NS] = "cpu_wait_ns",
	[USAGE_RSS_BYTES] = "rss_bytes",
	[USAGE_PSS_BYTES] = "pss_bytes",
	[USAGE_FDS] = "fds",
};

void usage_add(struct usage *sum, const struct usage *part)
{
	const uint32_t peaks = USAGE_BIT(USAGE_RSS_PEAK_BYTES) | USAGE_BIT(USAGE_RSS_BYTES) |
			       USAGE_BIT(USAGE_PSS_BYTES) | USAGE_BIT(USAGE_FDS);

	for (unsigned i = 0; i < USAGE_FIELDS; i++) {
		if (!(part->known & USAGE_BIT(i)))
			continue;
		if (!(sum->known & USAGE_BIT(i)))
			sum->value[i] = part->value[i];
		else if (!(peaks & USAGE_BIT(i)))
			sum->value[i] += part->value[i];
		else if (part->value[i] > sum->value[i])
			sum->value[i] = part->value[i];
	}
	sum->known |= part->known;
	sum->bound |= part->bound;
}

/* Not counters but states, which no difference makes sense of. */
#define STATES                                                                                     \
	(USAGE_BIT(USAGE_RSS_PEAK_BYTES) | USAGE_BIT(USAGE_RSS_BYTES) | USAGE_BIT(USAGE_THREADS))

static uint64_t grown(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

struct usage usage_since(const struct usage *before, const struct usage *now)
{
	const uint32_t cpu = USAGE_BIT(USAGE_CPU_USER_NS) | USAGE_BIT(USAGE_CPU_SYS_NS);
	struct usage since = {.bound = now->bound};
	uint64_t all = grown(usage_cpu_ns(before), usage_cpu_ns(now)), user;

	for (unsigned i = 0; i < USAGE_FIELDS; i++) {
		if (now->known & STATES & USAGE_BIT(i))
			usage_set(&since, (enum usage_field)i, now->value[i]);
		else if (now->known & before->known & ~cpu & USAGE_BIT(i))
			usage_set(&since, (enum usage_field)i,
				  grown(before->value[i], now->value[i]));
	}
	if (!(now->known & cpu) || !(before->known & cpu))
		return since;
	user = grown(before->value[USAGE_CPU_USER_NS], now->value[USAGE_CPU_USER_NS]);
	usage_set(&since, USAGE_CPU_USER_NS, user < all ? user : all);
	usage_set(&since, USAGE_CPU_SYS_NS, all - (user < all ? user : all));
	return since;
}

void usage_set_cpu(struct usage *usage, uint64_t run_ns, uint64_t utime, uint64_t stime)
{
	uint64_t sys_ns = 0;

	if (utime == 0 && stime > 0)
		sys_ns = run_ns;
	else if (stime > 0)
		sys_ns = (uint64_t)((__uint128_t)stime * run_ns / ((__uint128_t)utime + stime));
	usage_set(usage, USAGE_CPU_USER_NS, run_ns - sys_ns);
	usage_set(usage, USAGE_CPU_SYS_NS, sys_ns);
}
