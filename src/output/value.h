/* What several formats say of a process: how long it lived, how it ended, what it ran. */
#ifndef OUTPUT_VALUE_H
#define OUTPUT_VALUE_H

#include "base/buf.h"
#include "model/run.h"
#include "model/table.h"

/* From its start to `end_ns`, never negative; false when nobody knows when it started. */
bool value_duration(const struct proc *proc, int64_t end_ns, int64_t *ret_ns);
/* When it ended, or until when it was seen living. */
int64_t value_end(const struct proc *proc, const struct run *run, int64_t last_ns);
static inline bool value_living(const struct proc *proc)
{
	return proc->state == PROC_LIVING;
}

/* "exit 2", "SIGSEGV, core"; nothing for success and the unknown. */
void value_add_failure(struct buf *out, const struct proc *proc);
/* The same from a raw status; "exit 0" too. */
void value_add_status(struct buf *out, int32_t status, bool core_dumped);

enum value_command_form {
	COMMAND_FULL,  /* as it was called */
	COMMAND_SHORT, /* without the directories of argv[0]: what a person scans */
};

/* Did somebody who is known kill it? Then killer_pid, and killer_comm if not empty, tell who. */
bool value_killed_by(const struct proc *proc);
/* One word, quoted as a shell reads it where it must be. Not made safe. */
void value_add_word(struct buf *out, struct str word);
/* One image's command line, quoted as a shell reads it, safe on a terminal, cut to `columns`. */
void value_add_command(struct buf *out, const struct proc_exec *exec, enum value_command_form form,
		       size_t columns);
/* An image of which nothing is known: the process had gone before anybody could look. */
bool value_is_unseen(const struct proc_exec *exec);
/* The last image; how it came to be without one, "(fork) make"; or under which name it goes when nobody
 * could see what it executed, "(make)". */
void value_add_process(struct buf *out, const struct proc *proc, enum value_command_form form,
		       size_t columns);
/* What it is called in a picture: "cc", of a fork that nobody named "(fork) make". Not made safe. */
void value_add_name(struct buf *out, const struct proc *proc);
/* What was run, or who was looked at: "make -j2", "pid 12". Not made safe. */
void value_add_run(struct buf *out, const struct run *run);
/* 1,234,567 */
void value_add_count(struct buf *out, uint64_t count);
/* "1 process", "1,234 processes" */
void value_add_counted(struct buf *out, uint64_t count, const char *one, const char *many);
/* Columns that UTF-8 text takes, one a character. */
size_t value_columns(struct str text);

#endif
