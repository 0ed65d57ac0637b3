/* What the Process column calls a process, and what the statistics count it under. */
#ifndef OUTPUT_EVENTS_EVENT_PROCESS_H
#define OUTPUT_EVENTS_EVENT_PROCESS_H

#include "output/events/events.h"

enum event_name_mark {
	NAME_OWN,
	NAME_KERNEL,    /* of a kernel thread: [name] */
	NAME_INHERITED, /* it ran a program that nobody saw; this is its parent's: (name) */
};

struct event_process_name {
	struct str text; /* STR_NONE: not known */
	enum event_name_mark mark;
};

/* It ran a program, and what that was came too late to be read. */
bool event_process_missed_exec(const struct proc *proc);
/*
 * The program that it runs: the basename of argv[0] or of the file; with -c, and where both are not
 * known, the comm. A slice of what the table holds.
 */
struct event_process_name event_process_name(const struct proc *proc,
					     const struct event_options *options);
/* The same as text, safe on a terminal, with its mark. NULL: "(unknown)". */
void event_process_add_name(struct buf *out, const struct proc *proc,
			    const struct event_options *options);
/*
 * The command line as -c, -d and -s want it. Commands are quoted where they hold brackets, so none
 * can pretend to be marked.
 */
void event_process_add(struct buf *out, const struct proc *proc,
		       const struct event_options *options);
/* A comm or a path as one word, quoted where it must be. */
void event_process_add_word(struct buf *out, struct str word);

#endif
