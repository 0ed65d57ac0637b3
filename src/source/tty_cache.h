/* Controlling terminals of lives, of the dead too. */
#ifndef SOURCE_TTY_CACHE_H
#define SOURCE_TTY_CACHE_H

#include "base/root.h"
#include "model/table.h"

struct tty_cache;

struct tty_cache *tty_cache_new(const struct root *root);
struct tty_cache *tty_cache_free(struct tty_cache *cache);
/*
 * The device number of the terminal, as struct names takes it; 0: none, or nobody knows any more. Where a
 * session's leader lived for a second without one, one that it gets by `now_ns` (boot time) may be
 * seen a second late.
 */
int32_t tty_cache_device(struct tty_cache *cache, const struct proc *proc, int64_t now_ns);

#endif
