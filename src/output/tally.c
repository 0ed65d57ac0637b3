/*
 * Figures of a whole run. Key decision: nothing is kept for the dead but sums and the few
 * largest, so a run of a million processes is summed up in a few kilobytes.
 */
#include "output/tally.h"

#include "base/hash.h"
#include "base/text.h"
#include "output/value.h"

#include <stdio.h>
#include <stdlib.h>

#define PROGRAMS_MAX   512  /* names; who comes later is counted together */
#define CORRIGIBLE_MAX 4096 /* inexact costs that a late settling can still put right */

struct tally_life {
	uint64_t id;
	uint64_t rss_bytes;
	bool counted; /* user and system are in the total, and inexact */
	uint64_t cpu_user_ns, cpu_sys_ns;
	UT_hash_handle hh;
};

struct tally_programs {
	struct tally_program program;
	UT_hash_handle hh; /* by name */
};

static struct tally_life *find_life(const struct tally *tally, uint64_t id)
{
	struct tally_life *life;

	HASH_FIND(hh, tally->lives, &id, sizeof id, life);
	return life;
}

static struct tally_life *get_life(struct tally *tally, uint64_t id)
{
	struct tally_life *life = find_life(tally, id);

	if (life)
		return life;
	life = mem_alloc(sizeof *life);
	life->id = id;
	HASH_ADD(hh, tally->lives, id, sizeof life->id, life);
	return life;
}

static void drop_life(struct tally *tally, struct tally_life *life)
{
	HASH_DEL(tally->lives, life);
	free(life);
}

void tally_init(struct tally *tally)
{
	*tally = (struct tally){0};
}

void tally_deinit(struct tally *tally)
{
	while (tally->lives)
		drop_life(tally, tally->lives);
	while (tally->programs) {
		struct tally_programs *first = tally->programs;

		HASH_DEL(tally->programs, first);
		free(first);
	}
}

static void span(struct tally *tally, int64_t from_ns, int64_t to_ns)
{
	if (!tally->any || from_ns < tally->begin_ns)
		tally->begin_ns = from_ns;
	if (!tally->any || to_ns > tally->end_ns)
		tally->end_ns = to_ns;
	tally->any = true;
}

static void name_entry(struct tally_entry *entry, const struct proc *proc, uint64_t value)
{
	struct buf command = BUF_INIT;

	*entry = (struct tally_entry){
		.id = proc->id,
		.value = value,
		.pid = proc->pid,
		.status = proc->status,
		.killer_pid = proc->killer_pid,
		.core_dumped = proc->core_dumped,
		.bound = proc->usage.bound & USAGE_BIT(USAGE_RSS_PEAK_BYTES),
	};
	/* four bytes a character at most, so the cut never splits one */
	value_add_process(&command, proc, COMMAND_SHORT, sizeof entry->command / 4 - 1);
	if (command.n >= sizeof entry->command)
		command.n = sizeof entry->command - 1;
	memcpy(entry->command, buf_str(&command).p, command.n);
	buf_deinit(&command);
}

/* Keeps the TALLY_TOP largest; equal ones in the order in which they came. */
static void offer(struct tally_entry *top, unsigned *count, const struct proc *proc, uint64_t value)
{
	unsigned at;

	for (unsigned i = 0; i < *count; i++) {
		if (top[i].id != proc->id)
			continue;
		/* it is there already: its corrected figure takes its place */
		memmove(&top[i], &top[i + 1], (*count - i - 1) * sizeof *top);
		(*count)--;
		break;
	}
	for (at = *count; at > 0 && top[at - 1].value < value; at--)
		;
	if (at >= TALLY_TOP || value == 0)
		return;
	if (*count < TALLY_TOP)
		(*count)++;
	memmove(&top[at + 1], &top[at], (*count - at - 1) * sizeof *top);
	name_entry(&top[at], proc, value);
}

static void offer_both(struct tally *tally, const struct proc *proc, const struct usage *usage)
{
	enum usage_field memory =
		usage_knows(usage, USAGE_RSS_PEAK_BYTES) ? USAGE_RSS_PEAK_BYTES : USAGE_RSS_BYTES;

	offer(tally->cpu, &tally->cpu_count, proc, usage_cpu_ns(usage));
	if (usage_knows(usage, memory))
		offer(tally->memory, &tally->memory_count, proc, usage->value[memory]);
}

static struct tally_programs *find_program(const struct tally *tally, const char *name)
{
	struct tally_programs *found;

	HASH_FIND_STR(tally->programs, name, found);
	return found;
}

static struct tally_program *program_of(struct tally *tally, const struct proc *proc)
{
	struct tally_programs *found;
	struct buf name = BUF_INIT;

	text_add_safe_cut(&name, proc_name(proc), sizeof found->program.name / 4 - 1);
	found = find_program(tally, buf_cstr(&name));
	if (!found && HASH_COUNT(tally->programs) >= PROGRAMS_MAX) {
		buf_clear(&name);
		buf_add_text(&name, "(more)");
		found = find_program(tally, buf_cstr(&name));
	}
	if (!found) {
		found = mem_alloc(sizeof *found);
		snprintf(found->program.name, sizeof found->program.name, "%s", buf_cstr(&name));
		HASH_ADD_STR(tally->programs, program.name, found);
	}
	buf_deinit(&name);
	return &found->program;
}

/* Its cost is known, or as known as it will be. */
static void add_cost(struct tally *tally, const struct proc *proc)
{
	const struct usage used = proc_used(proc), *usage = &used;
	struct tally_program *program = program_of(tally, proc);
	struct tally_life *life;

	program->count++;
	program->cpu_ns += usage_cpu_ns(usage);
	usage_add(&tally->total, usage);
	offer_both(tally, proc, usage);
	if (proc->exact || proc->state == PROC_LIVING)
		return;
	tally->inexact++;
	if (tally->corrigible >= CORRIGIBLE_MAX)
		return;
	tally->corrigible++;
	life = get_life(tally, proc->id);
	life->counted = true;
	life->cpu_user_ns =
		usage_knows(usage, USAGE_CPU_USER_NS) ? usage->value[USAGE_CPU_USER_NS] : 0;
	life->cpu_sys_ns =
		usage_knows(usage, USAGE_CPU_SYS_NS) ? usage->value[USAGE_CPU_SYS_NS] : 0;
}

/* The exact cost of one that had been given up on. Only CPU time is a sum that must balance. */
static void correct_cost(struct tally *tally, const struct proc *proc)
{
	struct tally_life *life = find_life(tally, proc->id);
	struct tally_program *program;

	if (!life || !life->counted)
		return;
	program = program_of(tally, proc);
	program->count--;
	program->cpu_ns -= life->cpu_user_ns + life->cpu_sys_ns;
	tally->total.value[USAGE_CPU_USER_NS] -= life->cpu_user_ns;
	tally->total.value[USAGE_CPU_SYS_NS] -= life->cpu_sys_ns;
	tally->inexact--;
	tally->corrigible--;
	drop_life(tally, life);
	add_cost(tally, proc);
}

static void end_life(struct tally *tally, const struct proc *proc)
{
	struct tally_life *life = find_life(tally, proc->id);

	span(tally, proc->end_ns, proc->end_ns);
	if (life) {
		tally->rss_bytes -= life->rss_bytes;
		drop_life(tally, life);
	}
	if (!status_failed(proc->status))
		return;
	if (tally->failures < TALLY_FAILURES)
		name_entry(&tally->failed[tally->failures], proc, 0);
	tally->failures++;
}

static void sample(struct tally *tally, const struct record *record, const struct proc *proc)
{
	struct tally_life *life;

	if (proc->state != PROC_LIVING || !usage_knows(&record->usage, USAGE_RSS_BYTES))
		return;
	life = get_life(tally, proc->id);
	tally->rss_bytes += record->usage.value[USAGE_RSS_BYTES] - life->rss_bytes;
	life->rss_bytes = record->usage.value[USAGE_RSS_BYTES];
	if (tally->rss_bytes > tally->rss_peak_bytes)
		tally->rss_peak_bytes = tally->rss_bytes;
}

/* Equal notes are one. */
static void note(struct tally_note *notes, unsigned *count, struct str text, uint64_t lost)
{
	struct buf safe = BUF_INIT;
	unsigned kept = *count < TALLY_NOTES ? *count : TALLY_NOTES;
	struct tally_note *at;

	text_add_safe_cut(&safe, text, sizeof at->text / 4 - 1);
	for (unsigned i = 0; i < kept; i++) {
		if (strcmp(notes[i].text, buf_cstr(&safe)) != 0)
			continue;
		notes[i].lost += lost;
		buf_deinit(&safe);
		return;
	}
	if (kept < TALLY_NOTES) {
		at = &notes[kept];
		at->lost = lost;
		memcpy(at->text, buf_cstr(&safe), safe.n + 1);
	}
	(*count)++;
	buf_deinit(&safe);
}

void tally_record(struct tally *tally, const struct record *record, const struct change *change)
{
	const struct proc *proc = change->proc;

	if (record->kind == RECORD_GAP)
		note(tally->gaps, &tally->gap_count, record->gap.reason, record->gap.lost);
	if (record->kind == RECORD_MARK)
		note(tally->notes, &tally->note_count, record->mark, 0);
	if (!proc || change->flags & CHANGE_DUPLICATE)
		return;
	if (change->flags & CHANGE_NEW) {
		tally->processes++;
		tally->seen += record->kind == RECORD_SEEN;
		span(tally, record->time_ns, record->time_ns);
	}
	tally->execs += record->kind == RECORD_EXEC;
	tally->bad_execs += record->kind == RECORD_BAD_EXEC;
	if (record->kind == RECORD_SAMPLE)
		sample(tally, record, proc);
	if (change->flags & CHANGE_ENDED)
		end_life(tally, proc);
	if (change->flags & CHANGE_FINISHED)
		add_cost(tally, proc);
	if (change->flags & CHANGE_CORRECTED)
		correct_cost(tally, proc);
}

void tally_finish(struct tally *tally, const struct table *table, const struct run *run)
{
	for (const struct proc *proc = table->first; proc; proc = proc->next) {
		if (!proc->member || proc->state == PROC_FINISHED)
			continue;
		add_cost(tally, proc);
		if (proc->state != PROC_LIVING)
			continue;
		if (tally->living < TALLY_FAILURES)
			name_entry(&tally->running[tally->living], proc, 0);
		tally->living++;
		if (run->ended)
			span(tally, run->end_ns, run->end_ns);
	}
}

unsigned tally_top_programs(const struct tally *tally, struct tally_program *ret, unsigned max,
			    struct tally_program *ret_rest)
{
	unsigned count = 0;

	*ret_rest = (struct tally_program){0};
	for (const struct tally_programs *p = tally->programs; p; p = p->hh.next) {
		unsigned at = count;

		while (at > 0 && ret[at - 1].cpu_ns < p->program.cpu_ns)
			at--;
		if (count == max) {
			const struct tally_program *out = at < max ? &ret[max - 1] : &p->program;

			ret_rest->count++;
			ret_rest->cpu_ns += out->cpu_ns;
			if (at == max)
				continue;
		} else {
			count++;
		}
		memmove(&ret[at + 1], &ret[at], (count - at - 1) * sizeof *ret);
		ret[at] = p->program;
	}
	return count;
}
