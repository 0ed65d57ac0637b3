/* What table.c offers to table_apply.c, and to nobody else. */
#ifndef MODEL_TABLE_INTERNAL_H
#define MODEL_TABLE_INTERNAL_H

#include "model/table.h"

/* A new life, living, without a parent. */
struct proc *table_add(struct table *table, struct ident ident, int32_t pid, int64_t start_ns);
/* Sets the birth parent once; ignores what would make a circle. */
void table_link_parent(struct proc *proc, struct proc *parent);
/* Queues a finished life for reaping. */
void table_bury(struct table *table, struct proc *proc);
/* Appends a copy of `exec` to the images of `proc`. */
void table_add_exec(struct table *table, struct proc *proc, const struct proc_exec *exec);

#endif
