/* What table.c offers to table_apply.c, and to nobody else. */
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
/* Puts it in the place of all images so far; if it is empty there are none. */
void table_replace_execs(struct table *table, struct proc *proc, const struct proc_exec *exec);

#endif
