/* What ptrace keeps a command from doing: said when it is seen, each once. */
#ifndef SOURCE_PTRACE_TRACER_NOTES_H
#define SOURCE_PTRACE_TRACER_NOTES_H

#include "source/ptrace/tracer_life.h"

#define NOTE_PROGRAMS 64

enum note { NOTE_PRIVILEGE, NOTE_TRACER, NOTE_COUNT };

struct tracer_notes {
	bool noted[NOTE_COUNT];
	bool powerful; /* CAP_SYS_PTRACE: setuid programs keep their rights */
	pid_t self;
	uint32_t plain_programs[NOTE_PROGRAMS]; /* hashes of names without rights of their own */
};

void tracer_notes_init(struct tracer_notes *notes);
/* A program was executed: would it have had rights, or traced, were it not traced? */
void tracer_notes_program(struct tracer_notes *notes, struct lives *lives, const struct life *life);
/* The last thread stands in its exit stop: has the process children that are not traced? */
void tracer_notes_children(struct tracer_notes *notes, struct lives *lives, const struct life *life,
			   pid_t tid);

#endif
