/* uthash with pscope's allocation: a table that cannot grow ends the program, see mem.h. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/mem.h"

#define uthash_malloc(size) mem_alloc(size)

#include <uthash.h>

#endif
