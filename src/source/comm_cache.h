/* Names of processes by number, each read once. */
#ifndef SOURCE_COMM_CACHE_H
#define SOURCE_COMM_CACHE_H

#include "base/root.h"

struct comm_cache;

struct comm_cache *comm_cache_new(const struct root *root);
struct comm_cache *comm_cache_free(struct comm_cache *cache);
/* The name, or STR_NONE when the process has gone; valid as long as the cache. */
struct str comm_cache_get(void *cache, int32_t pid);

#endif
