/*
 * Key decision: one level of both trees after the other, sorted by parent, program and a key that
 * asks for less each time; the group of a life's parent stands for all above it, so a level needs to
 * know nothing but the one before, and everything takes n log n.
 */
#include "analysis/align.h"

#include "analysis/normal.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>

struct align_text {
	uint32_t index;
	struct str text; /* owned */
	UT_hash_handle hh;
};

struct side {
	const struct history *history;
	struct history_children children;
	uint32_t *order;     /* lives level by level */
	uint32_t begin, end; /* the level at hand in it */
	uint32_t *group;     /* of each life */
};

/* What must be equal, one after the other: who is left tries the next. */
enum {
	KEY_WORDS,    /* all arguments */
	KEY_OPERANDS, /* those that are no options: the same file, compiled in another way */
	KEY_FIRST,    /* the first of them: another list of objects for the same program */
	KEY_PROGRAM,  /* none */
	KEYS,
};

struct entry {
	uint32_t parent, program; /* a group, or HISTORY_NONE; a text */
	uint32_t keys[KEYS];      /* texts */
	uint32_t side, life;
	int64_t begin_ns;
};

struct pair {
	const struct entry *entry[ALIGN_SIDES];
};

struct work {
	struct align *align;
	struct side sides[ALIGN_SIDES];
	struct align_text *texts;
	struct buf words, operands;
	struct entry *entries; /* of the level at hand, those that found none yet */
	size_t count;
	struct pair *pairs;
};

void align_deinit(struct align *align)
{
	free(align->groups);
	for (int i = 0; i < ALIGN_SIDES; i++)
		free(align->group[i]);
	*align = (struct align){0};
}

/* ---- sums ---- */

/* The time in which no child lived: they are walked from the last end down. */
static uint64_t own_ns(const struct side *side, uint32_t index)
{
	const struct history_life *life = &side->history->lives[index];
	const uint32_t *first = &side->children.first[index];
	int64_t own = life->end_ns - life->begin_ns, from_ns = life->end_ns;

	for (uint32_t i = first[1]; i-- > first[0];) {
		const struct history_life *child = &side->history->lives[side->children.all[i]];
		int64_t end = child->end_ns < from_ns ? child->end_ns : from_ns;
		int64_t begin = child->begin_ns > life->begin_ns ? child->begin_ns : life->begin_ns;

		if (begin >= end)
			continue;
		own -= end - begin;
		from_ns = begin;
	}
	return (uint64_t)own;
}

static void add_life(struct work *work, uint32_t group, int side, uint32_t index)
{
	const struct history_life *life = &work->sides[side].history->lives[index];
	struct align_sum *sum = &work->align->groups[group].sum[side];

	work->sides[side].group[index] = group;
	sum->processes++;
	sum->cpu_ns += life->cpu_ns;
	sum->own_ns += own_ns(&work->sides[side], index);
	sum->io_bytes += life->io_bytes;
	if (life->rss_peak_bytes > sum->rss_peak_bytes)
		sum->rss_peak_bytes = life->rss_peak_bytes;
}

/* One that stands for the command itself, not for what is below it. */
static void add_head(struct work *work, uint32_t group, int side, uint32_t index)
{
	const struct history_life *life = &work->sides[side].history->lives[index];
	struct align_group *it = &work->align->groups[group];

	add_life(work, group, side, index);
	it->sum[side].count++;
	it->sum[side].wall_ns += (uint64_t)(life->end_ns - life->begin_ns);
	if (it->first[side] == HISTORY_NONE)
		it->first[side] = index;
}

static uint32_t new_group(struct work *work)
{
	struct align *align = work->align;

	if (align->count == align->capacity) {
		align->capacity = align->capacity ? 2 * align->capacity : 64;
		align->groups = mem_realloc(align->groups, align->capacity, sizeof *align->groups);
	}
	align->groups[align->count] = (struct align_group){
		.first = {HISTORY_NONE, HISTORY_NONE}
        };
	return align->count++;
}

static void add_pair(struct work *work, uint32_t group, uint32_t before, uint32_t after)
{
	add_head(work, group, ALIGN_BEFORE, before);
	add_head(work, group, ALIGN_AFTER, after);
	work->align->matched++;
	work->align->reworded += work->align->groups[group].reworded;
}

/* ---- keys ---- */

static uint32_t intern(struct work *work, struct str text)
{
	struct align_text *found;

	HASH_FIND(hh, work->texts, text.p, text.n, found);
	if (found)
		return found->index;
	found = mem_alloc(sizeof *found);
	found->index = HASH_COUNT(work->texts);
	found->text = mem_str(text);
	HASH_ADD_KEYPTR(hh, work->texts, found->text.p, found->text.n, found);
	return found->index;
}

static struct normal normal_of(const struct history *h, uint32_t life)
{
	struct normal ret = {.cwd = h->cwd};

	for (; life < h->count && ret.pid_count < NORMAL_PIDS; life = h->lives[life].parent)
		ret.pids[ret.pid_count++] = h->lives[life].pid;
	return ret;
}

/* The words behind the first that are no options. */
static struct str operands(struct work *work, struct str words, size_t most)
{
	struct str word;

	buf_clear(&work->operands);
	text_next_word(&words, &word);
	for (size_t i = 0; i < most && text_next_word(&words, &word);) {
		if (word.n > 0 && word.p[0] == '-')
			continue;
		buf_add_str(&work->operands, word);
		buf_add_char(&work->operands, '\0');
		i++;
	}
	return buf_str(&work->operands);
}

static struct entry entry_of(struct work *work, int side, uint32_t index)
{
	const struct history *h = work->sides[side].history;
	const struct history_life *life = &h->lives[index];
	struct normal normal = normal_of(h, index);
	struct entry ret = {.side = (uint32_t)side, .life = index, .begin_ns = life->begin_ns};

	ret.parent =
		life->parent == HISTORY_NONE ? HISTORY_NONE : work->sides[side].group[life->parent];
	/* a fork that goes on as its parent's program is another thing than what execs it */
	buf_clear(&work->words);
	buf_add_str(&work->words, history_text(h, life->program));
	buf_add_char(&work->words, life->inherited ? '\1' : '\0');
	ret.program = intern(work, buf_str(&work->words));
	buf_clear(&work->words);
	normal_add_words(&work->words, &normal, history_text(h, life->command));
	ret.keys[KEY_WORDS] = intern(work, buf_str(&work->words));
	ret.keys[KEY_OPERANDS] = intern(work, operands(work, buf_str(&work->words), SIZE_MAX));
	ret.keys[KEY_FIRST] = intern(work, operands(work, buf_str(&work->words), 1));
	return ret;
}

#define COMPARE(a, b, member)                                                                      \
	do {                                                                                       \
		if ((a)->member != (b)->member)                                                    \
			return (a)->member < (b)->member ? -1 : 1;                                 \
	} while (0)

static int by_start(const struct entry *x, const struct entry *y)
{
	COMPARE(x, y, begin_ns);
	COMPARE(x, y, life);
	return 0;
}

static int by_key(const void *a, const void *b, void *key)
{
	const struct entry *x = a, *y = b;

	COMPARE(x, y, parent);
	COMPARE(x, y, program);
	COMPARE(x, y, keys[*(unsigned *)key]);
	COMPARE(x, y, side);
	return by_start(x, y);
}

static int by_words(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	COMPARE(x, y, entry[ALIGN_BEFORE]->keys[KEY_WORDS]);
	COMPARE(x, y, entry[ALIGN_AFTER]->keys[KEY_WORDS]);
	return by_start(x->entry[ALIGN_BEFORE], y->entry[ALIGN_BEFORE]);
}

/* ---- matching ---- */

static bool same_words(const struct pair *a, const struct pair *b)
{
	return a->entry[ALIGN_BEFORE]->keys[KEY_WORDS] == b->entry[ALIGN_BEFORE]->keys[KEY_WORDS] &&
	       a->entry[ALIGN_AFTER]->keys[KEY_WORDS] == b->entry[ALIGN_AFTER]->keys[KEY_WORDS];
}

static void add_pairs(struct work *work, size_t count)
{
	struct pair *pairs = work->pairs;
	uint32_t group = HISTORY_NONE;

	if (count > 1)
		qsort(pairs, count, sizeof *pairs, by_words);
	for (size_t i = 0; i < count; i++) {
		const struct entry *before = pairs[i].entry[ALIGN_BEFORE];
		const struct entry *after = pairs[i].entry[ALIGN_AFTER];

		if (i == 0 || !same_words(&pairs[i - 1], &pairs[i])) {
			group = new_group(work);
			work->align->groups[group].reworded =
				before->keys[KEY_WORDS] != after->keys[KEY_WORDS];
		}
		add_pair(work, group, before->life, after->life);
	}
}

/* Entries of equal keys, those of the one side first. Who is left stands at `left`, their end. */
static struct entry *match_equal(struct work *work, const struct entry *entries, size_t count,
				 struct entry *left)
{
	size_t before = 0, pairs;

	while (before < count && entries[before].side == ALIGN_BEFORE)
		before++;
	pairs = before < count - before ? before : count - before;
	for (size_t i = 0; i < pairs; i++)
		work->pairs[i] = (struct pair){
			{&entries[i], &entries[before + i]}
                };
	add_pairs(work, pairs);
	for (size_t i = pairs; i < count; i++)
		if (i < before || i >= before + pairs)
			*left++ = entries[i];
	return left;
}

static bool same_key(const struct entry *a, const struct entry *b, unsigned key)
{
	return a->parent == b->parent && a->program == b->program && a->keys[key] == b->keys[key];
}

static void sort(struct work *work, unsigned key)
{
	if (work->count > 1)
		qsort_r(work->entries, work->count, sizeof *work->entries, by_key, &key);
}

static void match(struct work *work, unsigned key)
{
	const struct entry *entries = work->entries;
	struct entry *left = work->entries;

	sort(work, key);
	for (size_t at = 0, next; at < work->count; at = next) {
		for (next = at + 1;
		     next < work->count && same_key(&entries[at], &entries[next], key);)
			next++;
		left = match_equal(work, &entries[at], next - at, left);
	}
	work->count = (size_t)(left - work->entries);
}

static void match_level(struct work *work)
{
	uint32_t group = HISTORY_NONE;

	for (unsigned key = 0; key < KEYS; key++)
		match(work, key);
	sort(work, KEY_WORDS);
	for (size_t i = 0; i < work->count; i++) {
		const struct entry *entry = &work->entries[i];

		if (i == 0 || entry->side != entry[-1].side ||
		    !same_key(entry, entry - 1, KEY_WORDS))
			group = new_group(work);
		add_head(work, group, (int)entry->side, entry->life);
		work->align->alone[entry->side]++;
	}
}

/* ---- levels ---- */

static void open_side(struct work *work, int index, const struct history *h)
{
	struct side *side = &work->sides[index];
	const uint32_t *roots;

	side->history = h;
	side->children = history_children(h);
	side->order = mem_alloc((h->count + (size_t)1) * sizeof *side->order);
	side->group = mem_alloc((h->count + (size_t)1) * sizeof *side->group);
	for (uint32_t i = 0; i < h->count; i++)
		side->group[i] = HISTORY_NONE;
	roots = &side->children.first[h->count];
	side->end = roots[1] - roots[0];
	memcpy(side->order, side->children.all + roots[0], side->end * sizeof *side->order);
}

static void close_side(struct side *side)
{
	history_children_deinit(&side->children);
	free(side->order);
}

/* What is below somebody without a counterpart has none either, and counts with it. */
static bool follows_parent(struct work *work, int side, uint32_t index)
{
	uint32_t parent = work->sides[side].history->lives[index].parent;
	uint32_t group = parent == HISTORY_NONE ? HISTORY_NONE : work->sides[side].group[parent];

	if (group == HISTORY_NONE || work->align->groups[group].first[!side] != HISTORY_NONE)
		return false;
	add_life(work, group, side, index);
	work->align->alone[side]++;
	return true;
}

static void gather_level(struct work *work)
{
	work->count = 0;
	for (int side = 0; side < ALIGN_SIDES; side++) {
		struct side *it = &work->sides[side];

		for (uint32_t i = it->begin; i < it->end; i++) {
			uint32_t life = it->order[i];

			if (it->group[life] == HISTORY_NONE && !follows_parent(work, side, life))
				work->entries[work->count++] = entry_of(work, side, life);
		}
	}
}

static void next_level(struct side *side)
{
	uint32_t end = side->end;

	for (uint32_t i = side->begin; i < side->end; i++) {
		const uint32_t *first = &side->children.first[side->order[i]];

		memcpy(side->order + end, side->children.all + first[0],
		       (first[1] - first[0]) * sizeof *side->order);
		end += first[1] - first[0];
	}
	side->begin = side->end;
	side->end = end;
}

/* The commands that were recorded are what is compared. */
static void match_roots(struct work *work, const uint32_t roots[ALIGN_SIDES])
{
	uint32_t group;
	bool equal;

	for (int side = 0; side < ALIGN_SIDES; side++)
		if (roots[side] >= work->sides[side].history->count ||
		    work->sides[side].history->lives[roots[side]].parent != HISTORY_NONE)
			return;
	equal = entry_of(work, 0, roots[0]).keys[KEY_WORDS] ==
		entry_of(work, 1, roots[1]).keys[KEY_WORDS];
	group = new_group(work);
	work->align->groups[group].reworded = !equal;
	add_pair(work, group, roots[0], roots[1]);
}

void align_make(struct align *ret, const struct history *const histories[ALIGN_SIDES],
		const uint32_t roots[ALIGN_SIDES])
{
	struct work work = {.align = ret};
	struct side *sides = work.sides;
	struct align_text *text, *next;

	*ret = (struct align){0};
	for (int i = 0; i < ALIGN_SIDES; i++)
		open_side(&work, i, histories[i]);
	work.entries = mem_alloc((histories[0]->count + (size_t)histories[1]->count + 1) *
				 sizeof *work.entries);
	work.pairs = mem_alloc((histories[0]->count + (size_t)1) * sizeof *work.pairs);
	match_roots(&work, roots);
	while (sides[0].begin < sides[0].end || sides[1].begin < sides[1].end) {
		gather_level(&work);
		match_level(&work);
		next_level(&sides[0]);
		next_level(&sides[1]);
	}
	HASH_ITER(hh, work.texts, text, next)
	{
		HASH_DEL(work.texts, text);
		mem_str_free(&text->text);
		free(text);
	}
	for (int i = 0; i < ALIGN_SIDES; i++) {
		ret->group[i] = sides[i].group;
		close_side(&sides[i]);
	}
	free(work.entries);
	free(work.pairs);
	buf_deinit(&work.words);
	buf_deinit(&work.operands);
}
