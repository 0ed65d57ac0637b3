/* Does a life that the table takes for living still go on? Asked where records were lost. */
#ifndef SOURCE_ALIVE_H
#define SOURCE_ALIVE_H

#include "base/root.h"
#include "model/table.h"

/*
 * False when the number is free, belongs to somebody else by now, or to a zombie: as EXIT means
 * it, a process has ended then. True when it lives, and when it cannot be told.
 */
bool alive_check(const struct root *root, const struct proc *proc);

#endif
