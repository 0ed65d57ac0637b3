/*
 * What a record says in the cells of a line. Key decision: whatever has no column (a core dump, who
 * killed, what was inferred) is a note in brackets behind the command, so the columns stay those
 * that forkstat's users cut by number.
 */
#include "output/events/event_describe.h"

#include "base/text.h"
#include "base/units.h"
#include "output/events/event_choice.h"
#include "output/events/event_process.h"
#include "output/value.h"

#include <string.h>

/* What all describing functions get. */
struct scene {
	struct event_line *line;
	const struct event_options *options;
	const struct record *record;
	const struct change *change;
	unsigned index;
};

static void set_text(struct event_line *line, const char *text)
{
	line->info_left = true;
	buf_add_text(&line->info, text);
}

static void set_number(struct event_line *line, int64_t number)
{
	buf_add_i64(&line->info, number);
}

static void set_duration(struct event_line *line, const struct proc *proc, int64_t end_ns)
{
	bool known = value_duration(proc, end_ns, &line->duration_ns);

	line->duration = known ? DURATION_KNOWN : DURATION_UNKNOWN;
}

static void add_signal(struct buf *out, int number)
{
	const char *name = signal_name(number);

	if (name)
		buf_add_text(out, name);
	else
		buf_printf(out, "SIG%d", number);
}

/* "(sent by 4242 bash)" */
static void note_sender(struct event_line *line, const char *what, int32_t pid, struct str name)
{
	struct buf *notes = event_line_note(line);

	if (pid == line->pid) {
		buf_printf(notes, "(%s by itself)", what);
		return;
	}
	buf_printf(notes, "(%s by %d", what, pid);
	if (name.n > 0) {
		buf_add_char(notes, ' ');
		event_process_add_word(notes, name);
	}
	buf_add_char(notes, ')');
}

static void note_inferred(struct event_line *line, bool inferred)
{
	if (inferred)
		buf_add_text(event_line_note(line), "(inferred)");
}

/* The number of the thread, where the event is one of a thread, and whose it is. */
static void set_thread(struct event_line *line, int32_t tid)
{
	if (!tid || tid == line->pid)
		return;
	buf_printf(event_line_note(line), "(thread of %d)", line->pid);
	line->pid = tid;
}

/* -- births -- */

static void describe_fork(const struct scene *scene)
{
	const struct record *record = scene->record;
	const struct proc *parent = scene->change->parent;
	struct event_line *line = scene->line;

	if (scene->index == 1) {
		line->glyph = GLYPH_CHILD;
		set_text(line, "child");
		if (record->fork.forker.tgid)
			buf_printf(event_line_note(line), "(forked by %d)",
				   record->fork.forker_pid);
		return;
	}
	line->glyph = GLYPH_PARENT;
	line->proc = parent;
	line->pid = record->standing.ppid ? record->standing.ppid
		    : parent              ? parent->pid
		    : scene->change->proc ? scene->change->proc->birth_ppid
					  : 0;
	/* a stranger, as is pscope itself to its command: a child begins with the name of who forked it */
	if (!parent && !record->fork.forker.tgid && record->fork.comm.n > 0) {
		buf_clear(&line->process);
		event_process_add_word(&line->process, record->fork.comm);
	}
	set_text(line, "parent");
}

static void describe_clone(const struct scene *scene)
{
	struct event_line *line = scene->line;

	if (scene->index == 1) {
		line->glyph = GLYPH_CHILD;
		set_thread(line, scene->record->tid);
		set_text(line, "thread");
		return;
	}
	line->glyph = GLYPH_PARENT;
	set_thread(line, scene->record->new_id);
	set_text(line, "parent");
}

static void describe_thread_exit(const struct scene *scene)
{
	scene->line->glyph = GLYPH_EXIT;
	set_thread(scene->line, scene->record->tid);
	set_text(scene->line, "ended");
}

/* -- programs and names -- */

static void describe_exec(const struct scene *scene)
{
	scene->line->tone = TONE_EXEC;
	scene->line->in_full = true;
	scene->line->glyph = GLYPH_EXEC;
}

static void describe_bad_exec(const struct scene *scene)
{
	const struct record_bad_exec *bad = &scene->record->bad_exec;
	const char *name = strerrorname_np(bad->error);

	scene->line->tone = TONE_FAILED;
	if (name)
		set_text(scene->line, name);
	else
		set_number(scene->line, bad->error);
	buf_add_text(&scene->line->process, " -> ");
	event_process_add_word(&scene->line->process, bad->filename.p ? bad->filename : STR("?"));
}

static void describe_comm(const struct scene *scene)
{
	struct event_line *line = scene->line;
	struct str old = scene->change->old_comm;

	line->tone = TONE_CHANGE;
	line->glyph = GLYPH_COMM;
	buf_clear(&line->process);
	if (old.n > 0)
		event_process_add_word(&line->process, old);
	else
		buf_add_text(&line->process, "(unknown)");
	buf_add_text(&line->process, " -> ");
	event_process_add_word(&line->process, scene->record->comm.comm);
	set_thread(line, scene->record->tid);
}

/* -- who it runs as, and with whom -- */

static void add_id(struct buf *out, const struct scene *scene, uint32_t id)
{
	const struct event_options *options = scene->options;
	struct str (*name_of)(void *, uint32_t) =
		scene->record->kind == RECORD_UID ? options->user_name : options->group_name;
	struct str name =
		name_of && id != UID_UNKNOWN ? name_of(options->name_context, id) : STR_NONE;

	if (name.n > 0)
		text_add_safe(out, name);
	else if (id != UID_UNKNOWN)
		buf_add_u64(out, id);
	else
		buf_add_char(out, '?');
}

/* The effective id, or which of the others changed alone. */
static void describe_ids(const struct scene *scene)
{
	const struct ids *old = &scene->change->old_ids;
	const struct ids *now = scene->record->kind == RECORD_UID ? &scene->change->proc->uid
								  : &scene->change->proc->gid;
	const struct {
		const char *prefix;
		uint32_t old, now;
	} which[] = {
		{"",       old->effective, now->effective},
		{"real ",  old->real,      now->real     },
		{"saved ", old->saved,     now->saved    },
	};
	size_t i = 0;

	while (i < 3 && (which[i].old == UID_UNKNOWN || which[i].old == which[i].now))
		i++;
	scene->line->tone = TONE_CHANGE;
	scene->line->info_left = true;
	if (i == 3) {
		add_id(&scene->line->info, scene, now->effective);
		return;
	}
	buf_add_text(&scene->line->info, which[i].prefix);
	add_id(&scene->line->info, scene, which[i].old);
	buf_add_text(&scene->line->info, " -> ");
	add_id(&scene->line->info, scene, which[i].now);
}

static void describe_new_id(const struct scene *scene)
{
	scene->line->tone = TONE_CHANGE;
	if (scene->record->new_id > 0)
		set_number(scene->line, scene->record->new_id);
	else
		buf_add_char(&scene->line->info, '?');
}

static void describe_ptrace(const struct scene *scene)
{
	const struct proc *tracer = scene->change->tracer;
	struct event_line *line = scene->line;

	line->tone = TONE_CHANGE;
	set_text(line, scene->record->new_id ? "attach" : "detach");
	set_thread(line, scene->record->tid);
	if (!scene->record->new_id)
		return;
	buf_printf(event_line_note(line), "(by %d", scene->record->new_id);
	if (tracer) {
		buf_add_char(&line->notes, ' ');
		event_process_add_name(&line->notes, tracer, scene->options);
	}
	buf_add_char(&line->notes, ')');
}

/* -- ends -- */

static void describe_core(const struct scene *scene)
{
	struct event_line *line = scene->line;

	line->tone = TONE_FAILED;
	line->glyph = GLYPH_CORE;
	if (scene->record->core_signal)
		add_signal(&line->info, scene->record->core_signal);
	set_duration(line, scene->change->proc, scene->record->time_ns);
}

static void describe_signal(const struct scene *scene)
{
	const struct record_signal *signal = &scene->record->signal;

	scene->line->tone = TONE_FAILED;
	add_signal(&scene->line->info, signal->signal);
	if (signal->sender_pid > 0)
		note_sender(scene->line, "sent", signal->sender_pid, signal->sender_comm);
}

static void describe_oom(const struct scene *scene)
{
	const struct usage *usage = &scene->record->usage;

	scene->line->tone = TONE_FAILED;
	if (usage_knows(usage, USAGE_RSS_BYTES))
		units_add_bytes(&scene->line->info, usage->value[USAGE_RSS_BYTES]);
}

static void add_status(struct buf *out, const struct proc *proc, bool raw)
{
	struct ending ending = status_decode(proc->status);

	if (!ending.known)
		buf_add_char(out, '?');
	else if (raw)
		buf_add_i64(out, proc->status);
	else if (ending.signal)
		add_signal(out, ending.signal);
	else
		buf_add_i64(out, ending.exit_code);
}

void event_describe_end(struct event_line *line, const struct event_options *options,
			const struct proc *proc)
{
	struct ending ending = status_decode(proc->status);

	line->label = event_label(EVENT_EXIT);
	line->tone = status_failed(proc->status) ? TONE_FAILED : TONE_PLAIN;
	line->glyph = GLYPH_EXIT;
	line->pid = proc->pid;
	line->proc = proc;
	event_process_add(&line->process, proc, options);
	add_status(&line->info, proc, options->raw_status);
	set_duration(line, proc, proc->end_ns);
	if (ending.core_dumped || proc->core_dumped)
		buf_add_text(event_line_note(line), "(core dumped)");
	if (value_killed_by(proc))
		note_sender(line, "killed", proc->killer_pid, str_of(proc->killer_comm));
	note_inferred(line, proc->inferred_end);
}

/* -- all of them -- */

static void (*const describers[RECORD_KINDS])(const struct scene *scene) = {
	[RECORD_FORK] = describe_fork,
	[RECORD_CLONE] = describe_clone,
	[RECORD_THREAD_EXIT] = describe_thread_exit,
	[RECORD_EXEC] = describe_exec,
	[RECORD_BAD_EXEC] = describe_bad_exec,
	[RECORD_COMM] = describe_comm,
	[RECORD_UID] = describe_ids,
	[RECORD_GID] = describe_ids,
	[RECORD_SID] = describe_new_id,
	[RECORD_PGID] = describe_new_id,
	[RECORD_PTRACE] = describe_ptrace,
	[RECORD_CORE] = describe_core,
	[RECORD_SIGNAL] = describe_signal,
	[RECORD_OOM] = describe_oom,
};

unsigned event_describe_count(const struct record *record)
{
	return record->kind == RECORD_FORK || record->kind == RECORD_CLONE ? 2 : 1;
}

void event_describe(struct event_line *line, const struct event_options *options,
		    const struct record *record, const struct change *change, unsigned index)
{
	const struct scene scene = {line, options, record, change, index};

	if (!describers[record->kind])
		return;
	line->label = event_label(event_kind_of(record));
	line->pid = record->pid > 0 || !change->proc ? record->pid : change->proc->pid;
	line->proc = change->proc;
	event_process_add(&line->process,
			  record->kind == RECORD_FORK && index == 0 ? change->parent : change->proc,
			  options);
	describers[record->kind](&scene);
	/* of an exec it means the name, which has its own mark */
	note_inferred(line, record->inferred && record->kind != RECORD_EXEC);
}
