/*
 * From a process's number to what is kept of it: for each record of a storm, several look-ups. Open
 * addressing; numbers that follow each other lie beside each other in memory.
 */
#ifndef MODEL_NUMBER_INDEX_H
#define MODEL_NUMBER_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct proc;

struct number_slot {
	int32_t number;
	struct proc *proc; /* NULL: free */
};

struct number_index {
	struct number_slot *slots;
	size_t capacity, count; /* capacity: a power of two, or 0 */
};

void number_index_deinit(struct number_index *index);
/* NULL: nobody. */
struct proc *number_index_get(const struct number_index *index, int32_t number);
/* Instead of whom it had; `proc` is not NULL. */
void number_index_set(struct number_index *index, int32_t number, struct proc *proc);
void number_index_remove(struct number_index *index, int32_t number);

#endif
