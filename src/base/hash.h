/* uthash with pscope's allocation: a table that cannot grow ends the program, see mem.h. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/mem.h"

#include <stdint.h>

/* FNV-1a with a last mix, because uthash looks at the low bits. Its own default is one macro of
 * fall-throughs that clang warns of in every file. */
static inline unsigned hash_bytes(const void *key, size_t n)
{
	const unsigned char *p = key;
	uint32_t hash = 2166136261u;

	while (n--)
		hash = (hash ^ *p++) * 16777619u;
	return hash ^ hash >> 15;
}

#define uthash_malloc(size)                  mem_alloc(size)
#define uthash_fatal(message)                __builtin_unreachable() /* mem_alloc never fails */
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = hash_bytes(keyptr, keylen))

#include <uthash.h>

#endif
