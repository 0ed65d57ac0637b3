/* What the files of the table offer to each other, and to nobody else. */
#ifndef MODEL_TABLE_INTERNAL_H
#define MODEL_TABLE_INTERNAL_H

#include "model/table.h"

/* A new life, living, without a parent, no member. */
struct proc *table_add(struct table *table, struct ident ident, int32_t pid, int64_t start_ns);
/* The visible number of a life that had none yet. */
void table_set_pid(struct table *table, struct proc *proc, int32_t pid);
/* Makes it a member, and counts it as it stands. */
void table_enlist(struct table *table, struct proc *proc);
/* Drops a life; if it is a member, one that no tombstone queue holds. */
void table_forget(struct table *table, struct proc *proc);
/* When it began, as far as is known. */
int64_t table_begun_ns(const struct proc *proc);
/* Sets the birth parent once; ignores what would make a circle. */
void table_link_parent(struct proc *proc, struct proc *parent);
/* The same, and of who was only seen also instead of an older parent. Is it another one now? */
bool table_link_nearer(struct proc *proc, struct proc *parent);
/* Queues a finished life for reaping. */
void table_bury(struct table *table, struct proc *proc);
/* Appends a copy of `exec` to the images of `proc`. */
void table_add_exec(struct table *table, struct proc *proc, const struct proc_exec *exec);
/* Puts it in the place of all images so far; NULL: there are none. */
void table_replace_execs(struct table *table, struct proc *proc, const struct proc_exec *exec);

/* One record on its way into the table. */
struct table_step {
	struct table *table;
	const struct record *record;
	struct change *change;
	struct proc *subject; /* whom it is about; NULL: somebody new */
	struct proc *ousted;  /* who lost his number to that one */
};

/* table_birth.c */
void table_apply_fork(struct table_step *step);
void table_apply_seen(struct table_step *step);
/* The subject, or a life that begins with this record for want of better. */
struct proc *table_find_or_make(struct table_step *step);
/* Whose child a life is of which the first that is heard is neither its FORK nor a SEEN. */
struct proc *table_present_parent(const struct table_step *step);
/* Takes the name over. Was it another one? */
bool table_adopt_name(struct str *name, struct str found);

/* table_apply.c: somebody else has its number now, so it ended, and nobody saw how. */
void table_end_unseen(struct table_step *step, struct proc *proc);

#endif
