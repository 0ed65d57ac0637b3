/*
 * The lives. Key decision: the table numbers members from 1 on without a gap, so the array needs no
 * index; a life is written when it begins and completed when it ends, so the table may forget it.
 */
#include "analysis/history.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>

struct history_text {
	uint32_t index;
	struct str text; /* owned */
	UT_hash_handle hh;
};

void history_deinit(struct history *history)
{
	struct history_text *text, *next;

	HASH_ITER(hh, history->texts, text, next)
	{
		HASH_DEL(history->texts, text);
		mem_str_free(&text->text);
		free(text);
	}
	free(history->by_index);
	free(history->lives);
	*history = HISTORY_INIT;
}

/* ---- texts ---- */

static uint32_t intern(struct history *h, struct str text)
{
	struct history_text *found;

	if (text.n > HISTORY_COMMAND)
		text.n = HISTORY_COMMAND;
	HASH_FIND(hh, h->texts, text.p ? text.p : "", text.n, found);
	if (found)
		return found->index;
	if (h->text_count == h->text_capacity) {
		h->text_capacity = h->text_capacity ? 2 * h->text_capacity : 64;
		h->by_index = mem_realloc(h->by_index, h->text_capacity, sizeof *h->by_index);
	}
	found = mem_alloc(sizeof *found);
	found->index = h->text_count;
	found->text = mem_str(text.p ? text : STR(""));
	HASH_ADD_KEYPTR(hh, h->texts, found->text.p, found->text.n, found);
	h->by_index[h->text_count++] = found;
	return found->index;
}

struct str history_text(const struct history *history, uint32_t index)
{
	return index < history->text_count ? history->by_index[index]->text : STR("");
}

/* ---- lives ---- */

/* Those in between are filled when their turn comes. */
static struct history_life *life_at(struct history *h, uint64_t id)
{
	if (id == 0 || id > UINT32_MAX - 2)
		return NULL;
	while (h->capacity < id) {
		h->capacity = h->capacity ? 2 * h->capacity : 256;
		h->lives = mem_realloc(h->lives, h->capacity, sizeof *h->lives);
	}
	for (; h->count < id; h->count++)
		h->lives[h->count] = (struct history_life){
			.parent = HISTORY_NONE,
			.command = HISTORY_NONE,
			.program = HISTORY_NONE,
			.cwd = HISTORY_NONE,
			.killer = HISTORY_NONE,
			.status = STATUS_UNKNOWN,
			.uid = UID_UNKNOWN,
			.inherited = true,
			.living = true,
		};
	return &h->lives[id - 1];
}

/* The file; what it was called by; or the name of the process, if nobody could look at the image. */
static struct str name_of(const struct proc_exec *image, struct str comm)
{
	struct str words = image ? image->argv : STR_NONE, word;

	if (image && image->filename.n > 0)
		return str_basename(image->filename);
	if (words.n > 0 && text_next_word(&words, &word)) {
		word = str_basename(word);
		word = str_skip(word, str_starts(word, STR("-"))); /* a login shell */
		if (word.n > 0)
			return word;
	}
	return comm;
}

static void take_image(struct history *h, struct history_life *life, const struct proc_exec *image,
		       struct str comm)
{
	struct str name = name_of(image, comm);

	life->program = intern(h, name);
	life->command = intern(h, image && image->argv.n ? image->argv : name);
	life->cwd = image && image->cwd.n ? intern(h, image->cwd) : HISTORY_NONE;
	if (!h->cwd.p && life->cwd != HISTORY_NONE && !image->cwd_truncated)
		h->cwd = history_text(h, life->cwd);
}

/* Who starts as a fork runs what its parent runs, until it execs. */
static void inherit(struct history *h, struct history_life *life, const struct proc *proc)
{
	const struct history_life *parent =
		life->parent < h->count ? &h->lives[life->parent] : NULL;

	if (parent && parent->program != HISTORY_NONE) {
		life->program = parent->program;
		life->command = parent->command;
	} else {
		take_image(h, life, NULL, proc->comm);
	}
}

static void begin_life(struct history *h, struct history_life *life, const struct proc *proc)
{
	uint64_t parent = proc->birth_parent && proc->birth_parent->member ? proc->birth_parent->id
									   : proc->birth_parent_id;

	life->pid = proc->pid;
	life->parent = parent > 0 && parent != proc->id && parent < HISTORY_NONE
			       ? (uint32_t)parent - 1
			       : HISTORY_NONE;
	life->begin_ns = life->start_ns = proc->start_ns;
	life->ran_before = proc->ran_before;
}

static uint64_t known(const struct usage *usage, enum usage_field field)
{
	return usage_knows(usage, field) ? usage->value[field] : 0;
}

/* All that is known of it by now. */
static void update(struct history *h, struct history_life *life, const struct proc *proc)
{
	struct usage used = proc_used(proc);

	begin_life(h, life, proc);
	life->status = proc->status;
	life->living = proc->state == PROC_LIVING;
	life->end_ns = life->living ? INT64_MAX : proc->end_ns;
	life->uid = proc->uid.real;
	life->execs = proc->exec_count;
	life->exact = proc->exact;
	life->core_dumped = proc->core_dumped;
	life->cpu_ns = usage_cpu_ns(&used);
	life->rss_peak_bytes = known(&used, USAGE_RSS_PEAK_BYTES);
	life->io_bytes = known(&used, USAGE_READ_BYTES) + known(&used, USAGE_WRITE_BYTES);
	if (status_decode(proc->status).signal &&
	    proc->killer_signal == status_decode(proc->status).signal) {
		life->killer_pid = proc->killer_pid;
		life->killer = intern(h, str_of(proc->killer_comm));
	}
}

void history_record(struct history *h, const struct record *record, const struct change *change)
{
	const struct proc *proc = change->proc;
	struct history_life *life;

	if (record->kind == RECORD_GAP)
		h->lost += record->gap.lost;
	if (!proc || change->flags & CHANGE_DUPLICATE)
		return;
	life = life_at(h, proc->id);
	if (!life)
		return;
	if (change->flags & (CHANGE_NEW | CHANGE_LINKED)) {
		begin_life(h, life, proc);
		if (proc->last_exec) {
			life->inherited = false;
			take_image(h, life, proc->last_exec, proc->comm);
		} else {
			inherit(h, life, proc);
		}
	}
	if (record->kind == RECORD_EXEC || (record->kind == RECORD_COMM && !life->inherited &&
					    proc->last_exec && !proc->last_exec->argv.n)) {
		life->inherited = false;
		take_image(h, life, proc->last_exec, proc->comm);
	}
	if (change->flags & (CHANGE_ENDED | CHANGE_FINISHED | CHANGE_CORRECTED))
		update(h, life, proc);
}

/* Nobody is outside of the run, or ends before he begins, or is born before his parent. */
static void bound(struct history *h)
{
	for (uint32_t i = 0; i < h->count; i++) {
		struct history_life *life = &h->lives[i];

		if (life->parent >= h->count)
			life->parent = HISTORY_NONE;
		if (life->begin_ns < h->begin_ns)
			life->begin_ns = h->begin_ns;
		if (life->end_ns > h->end_ns)
			life->end_ns = h->end_ns;
		if (life->begin_ns > life->end_ns)
			life->begin_ns = life->end_ns;
	}
}

void history_finish(struct history *h, const struct table *table, const struct run *run)
{
	table_each(table, proc)
	{
		struct history_life *life =
			proc->member && proc->state != PROC_FINISHED ? life_at(h, proc->id) : NULL;

		if (life)
			update(h, life, proc);
	}
	h->begin_ns = run->start_ns;
	h->end_ns = run->end_ns > run->start_ns ? run->end_ns : run->start_ns;
	bound(h);
}

/* ---- children ---- */

struct by_end {
	uint32_t parent, life;
	int64_t end_ns;
};

static int compare_ends(const void *a, const void *b)
{
	const struct by_end *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return x->life < y->life ? -1 : x->life > y->life;
}

struct history_children history_children(const struct history *h)
{
	struct by_end *sorted = mem_alloc((h->count + (size_t)1) * sizeof *sorted);
	struct history_children ret = {
		.first = mem_alloc((h->count + (size_t)2) * sizeof *ret.first),
		.all = mem_alloc((h->count + (size_t)1) * sizeof *ret.all),
	};
	uint32_t at = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		uint32_t parent = h->lives[i].parent;

		sorted[i] = (struct by_end){parent == HISTORY_NONE ? h->count : parent, i,
					    h->lives[i].end_ns};
	}
	if (h->count > 1)
		qsort(sorted, h->count, sizeof *sorted, compare_ends);
	for (uint32_t i = 0; i < h->count; i++) {
		for (; at <= sorted[i].parent; at++)
			ret.first[at] = i;
		ret.all[i] = sorted[i].life;
	}
	for (; at < h->count + 2; at++)
		ret.first[at] = h->count;
	free(sorted);
	return ret;
}

void history_children_deinit(struct history_children *children)
{
	free(children->first);
	free(children->all);
	*children = (struct history_children){0};
}
