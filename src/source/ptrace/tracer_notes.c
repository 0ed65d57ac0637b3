/*
 * What ptrace keeps a command from doing, noted when it happens. Key decision: only what costs next
 * to nothing to see is looked for; a program's file is looked at once per name.
 */
#include "source/ptrace/tracer_notes.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Younger processes are not asked for untraced children: the question is a tenth of their price. */
#define NOTE_YOUNG_NS (5 * NS_PER_MS)

void tracer_notes_init(struct tracer_notes *notes)
{
	*notes = (struct tracer_notes){
		.self = getpid(),
		.powerful = prctl(PR_CAPBSET_READ, 19 /* CAP_SYS_PTRACE */) > 0 && geteuid() == 0,
	};
}

static void note_once(struct tracer_notes *notes, struct lives *lives, enum note note,
		      const struct life *life)
{
	static const char *const texts[NOTE_COUNT] = {
		[NOTE_PRIVILEGE] =
			"has setuid, setgid or file capabilities, which the kernel does not "
			"grant under ptrace; use --source bpf",
		[NOTE_TRACER] =
			"cannot trace here: a process has one tracer, and under --source ptrace "
			"that is pscope; use --source bpf",
	};
	char text[256];

	if (notes->noted[note])
		return;
	notes->noted[note] = true;
	snprintf(text, sizeof text, "%.16s (pid %d) %s", life->comm, life->tgid, texts[note]);
	tracer_wire_mark(&lives->wire, text);
}

static uint32_t hash_of(struct str text)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 16777619u;
	return hash | 1;
}

void tracer_notes_program(struct tracer_notes *notes, struct lives *lives, const struct life *life)
{
	static const char *const tracers[] = {"strace", "ltrace", "gdb", "lldb", "rr"};
	struct str name = str_of(life->comm);
	uint32_t hash, *seen;

	for (size_t i = 0; i < sizeof tracers / sizeof *tracers; i++) {
		if (str_is(name, tracers[i]))
			note_once(notes, lives, NOTE_TRACER, life);
	}
	if (notes->powerful || notes->noted[NOTE_PRIVILEGE])
		return;
	hash = hash_of(name);
	seen = &notes->plain_programs[hash % NOTE_PROGRAMS];
	if (*seen == hash)
		return;
	if (tracer_proc_is_privileged(&lives->proc, life->tgid))
		note_once(notes, lives, NOTE_PRIVILEGE, life);
	else
		*seen = hash;
}

void tracer_notes_children(struct tracer_notes *notes, struct lives *lives, const struct life *life,
			   pid_t tid)
{
	pid_t unknown[32];
	unsigned count = 0, lost = 0;
	struct str text;
	char *at, *end;

	if (clock_boot_ns() - life->born_ns < NOTE_YOUNG_NS ||
	    tracer_proc_children(&lives->proc, life->tgid, tid, &text) < 0 || !text.n)
		return;
	for (at = lives->proc.text.p; count < 32; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);

		if (end == at)
			break;
		if (!task_find(lives, pid) && !passed_find(lives, pid))
			unknown[count++] = pid;
	}
	for (unsigned i = 0; i < count; i++) {
		struct tracer_status status;

		lost += tracer_proc_status(&lives->proc, unknown[i], &status) == 0 &&
			status.tracer != notes->self;
	}
	if (lost)
		tracer_wire_gap(&lives->wire, lost,
				"untraced child: it was made with CLONE_UNTRACED");
}
