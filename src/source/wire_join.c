/*
 * Joining what arrives in parts. Key decision: a process of one thread, which nearly all are,
 * never touches the hash: its peak waits in a direct-mapped slot between EXIT and SETTLED. Only
 * processes of several threads, and slots that collide, use the hash; that is bounded, the oldest
 * is forgotten first.
 */
#include "source/wire_join.h"

#include "base/mem.h"

#include "base/hash.h"

#define SLOTS     4096u  /* a power of two; processes between their EXIT and SETTLED */
#define JOINS_MAX 16384u /* processes of several threads whose parts are not all here */

/* The address of one life. Padding-free: it is a hash key. */
struct join_key {
	uint64_t start_ns;
	int64_t tgid;
};

struct peak {
	uint64_t bytes;
	unsigned flags; /* WIRE_PEAK_*; 0: nothing known */
};

struct join {
	struct join_key key;
	UT_hash_handle hh; /* keeps the order of insertion: the head is the oldest */
	struct peak peak;
	bool exited, inexact;
	uint32_t threads, settled; /* most that any part claimed; parts that came */
	struct wire_settled sum;
};

struct slot {
	struct join_key key; /* tgid 0: free */
	struct peak peak;
};

struct wire_joins {
	struct join *joins;
	struct slot slots[SLOTS];
};

static struct join_key key_of(const struct wire_header *h)
{
	return (struct join_key){.start_ns = h->start_ns, .tgid = h->tgid};
}

static bool key_eq(struct join_key a, struct join_key b)
{
	return a.start_ns == b.start_ns && a.tgid == b.tgid;
}

static struct join *join_find(struct wire_joins *all, struct join_key key)
{
	struct join *join;

	HASH_FIND(hh, all->joins, &key, sizeof key, join);
	return join;
}

static void join_drop(struct wire_joins *all, struct join *join)
{
	HASH_DEL(all->joins, join);
	free(join);
}

static struct join *join_get(struct wire_joins *all, struct join_key key)
{
	struct join *join = join_find(all, key);

	if (join)
		return join;
	if (HASH_COUNT(all->joins) >= JOINS_MAX)
		join_drop(all, all->joins);
	join = mem_alloc(sizeof *join);
	join->key = key;
	HASH_ADD(hh, all->joins, key, sizeof join->key, join);
	return join;
}

static struct slot *slot_of(struct wire_joins *all, struct join_key key)
{
	return &all->slots[(uint64_t)key.tgid & (SLOTS - 1)];
}

/* Keeps a peak until SETTLED asks for it. What stood in the slot and is not settled moves on. */
static void peak_hold(struct wire_joins *all, struct join_key key, struct peak peak)
{
	struct slot *slot = slot_of(all, key);

	if (slot->key.tgid && !key_eq(slot->key, key))
		join_get(all, slot->key)->peak = slot->peak;
	*slot = (struct slot){key, peak};
}

static struct peak peak_take(struct wire_joins *all, struct join_key key)
{
	struct slot *slot = slot_of(all, key);
	struct peak peak = {0};
	struct join *join;

	if (key_eq(slot->key, key)) {
		peak = slot->peak;
		slot->key.tgid = 0;
	} else if (all->joins && (join = join_find(all, key))) {
		peak = join->peak;
		join_drop(all, join);
	}
	return peak;
}

/* The larger; a known one counts more than a bound. */
static struct peak peak_max(struct peak a, struct peak b)
{
	if (!a.flags || !b.flags)
		return a.flags ? a : b;
	if (a.flags != b.flags)
		return a.flags & WIRE_PEAK_KNOWN ? a : b;
	return a.bytes > b.bytes ? a : b;
}

static struct peak peak_of(unsigned flags, uint64_t bytes)
{
	flags &= WIRE_PEAK_KNOWN | WIRE_PEAK_BOUND;
	if (flags & WIRE_PEAK_KNOWN)
		flags = WIRE_PEAK_KNOWN;
	return (struct peak){bytes, flags};
}

static void set_peak(struct usage *usage, struct peak peak)
{
	if (!peak.flags)
		return;
	usage_set(usage, USAGE_RSS_PEAK_BYTES, peak.bytes);
	if (peak.flags & WIRE_PEAK_BOUND)
		usage->bound |= USAGE_BIT(USAGE_RSS_PEAK_BYTES);
}

bool wire_joins_exit(struct wire_joins *all, const struct wire_exit *w)
{
	struct peak peak = peak_of(w->h.flags, w->rss_peak_bytes);
	struct join *join;
	bool first;

	if (w->threads <= 1) {
		if (peak.flags)
			peak_hold(all, key_of(&w->h), peak);
		return true;
	}
	join = join_get(all, key_of(&w->h));
	join->peak = peak_max(join->peak, peak);
	if (w->threads > join->threads)
		join->threads = w->threads;
	first = !join->exited;
	join->exited = true;
	return first;
}

/* The counters of struct wire_settled that are summed as they are. The bit is its place. */
static const struct {
	size_t offset;
	enum usage_field field;
	unsigned bit;
} counters[] = {
	{offsetof(struct wire_settled, cpu_wait_ns),          USAGE_CPU_WAIT_NS,          3 },
	{offsetof(struct wire_settled, minor_faults),         USAGE_MINOR_FAULTS,         4 },
	{offsetof(struct wire_settled, major_faults),         USAGE_MAJOR_FAULTS,         5 },
	{offsetof(struct wire_settled, voluntary_switches),   USAGE_VOLUNTARY_SWITCHES,   6 },
	{offsetof(struct wire_settled, involuntary_switches), USAGE_INVOLUNTARY_SWITCHES, 7 },
	{offsetof(struct wire_settled, read_bytes),           USAGE_READ_BYTES,           8 },
	{offsetof(struct wire_settled, write_bytes),          USAGE_WRITE_BYTES,          9 },
	{offsetof(struct wire_settled, read_chars),           USAGE_READ_CHARS,           10},
	{offsetof(struct wire_settled, write_chars),          USAGE_WRITE_CHARS,          11},
};
#define KNOWN_RUN     (1u << 0)
#define KNOWN_PEAK    (1u << 12)
#define KNOWN_THREADS (1u << 13)
#define KNOWN_ALL     0x3fffu

static uint64_t counter(const struct wire_settled *w, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)w + offset, sizeof value);
	return value;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static void sum_add(struct wire_settled *sum, const struct wire_settled *part)
{
	sum->run_ns = add_capped(sum->run_ns, part->run_ns);
	sum->utime = add_capped(sum->utime, part->utime);
	sum->stime = add_capped(sum->stime, part->stime);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		uint64_t total = add_capped(counter(sum, counters[i].offset),
					    counter(part, counters[i].offset));

		memcpy((char *)sum + counters[i].offset, &total, sizeof total);
	}
}

static void fill_settled(struct record_settled *ret, const struct wire_settled *w, unsigned known,
			 bool inexact, struct peak peak)
{
	struct usage *usage = &ret->usage;

	*ret = (struct record_settled){.exact = known & KNOWN_RUN && !inexact};
	if (known & KNOWN_RUN)
		usage_set_cpu(usage, w->run_ns, w->utime, w->stime);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		if (known & 1u << counters[i].bit)
			usage_set(usage, counters[i].field, counter(w, counters[i].offset));
	}
	if (known & KNOWN_THREADS)
		usage_set(usage, USAGE_THREADS, w->threads);
	set_peak(usage, peak);
}

/* One thread of several: adds it; true with the sum when it was the last. */
static bool settle_part(struct wire_joins *all, const struct wire_settled *w,
			struct record_settled *ret)
{
	struct join *join = join_get(all, key_of(&w->h));
	struct slot *slot = slot_of(all, join->key);

	sum_add(&join->sum, w);
	join->settled++;
	join->inexact |= w->h.flags & WIRE_SETTLED_INEXACT;
	if (w->threads > join->threads)
		join->threads = w->threads;
	if (join->settled < join->threads)
		return false;
	if (key_eq(slot->key, join->key)) {
		join->peak = peak_max(join->peak, slot->peak);
		slot->key.tgid = 0;
	}
	join->sum.threads = join->threads;
	fill_settled(ret, &join->sum, KNOWN_ALL, join->inexact, join->peak);
	join_drop(all, join);
	return true;
}

bool wire_joins_settled(struct wire_joins *all, const struct wire_settled *w,
			struct record_settled *ret)
{
	unsigned flags = w->h.flags, known = KNOWN_ALL;
	struct peak peak = peak_of(flags >> 8, w->rss_peak_bytes);

	if (!(flags & WIRE_SETTLED_PROCESS) && w->threads > 1)
		return settle_part(all, w, ret);
	if (flags & WIRE_SETTLED_PROCESS) {
		known = w->known;
		if (known & KNOWN_PEAK && !peak.flags)
			peak = peak_of(WIRE_PEAK_KNOWN, w->rss_peak_bytes);
	}
	peak = peak_max(peak_take(all, key_of(&w->h)), peak);
	fill_settled(ret, w, known, flags & WIRE_SETTLED_INEXACT, peak);
	return true;
}

struct wire_joins *wire_joins_new(void)
{
	return mem_alloc(sizeof(struct wire_joins));
}

struct wire_joins *wire_joins_free(struct wire_joins *all)
{
	if (all) {
		while (all->joins)
			join_drop(all, all->joins);
		free(all);
	}
	return NULL;
}
