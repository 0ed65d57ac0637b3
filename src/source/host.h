/* Reads how the machine as a whole stands. */
#ifndef SOURCE_HOST_H
#define SOURCE_HOST_H

#include "base/error.h"
#include "base/root.h"
#include "model/field.h"
#include "model/host.h"

enum host_part {
	HOST_BASIS = 0,     /* always: clocks, memory total, page size: what fields need */
	HOST_LOAD = 1 << 0, /* loadavg, uptime, users */
	HOST_CPU = 1 << 1,  /* stat, per CPU too */
	HOST_MEMORY_ALL = 1 << 2,
	HOST_PRESSURE = 1 << 3,
	HOST_ALL = HOST_LOAD | HOST_CPU | HOST_MEMORY_ALL | HOST_PRESSURE,
};

/*
 * Reads the parts into `ret` (host_deinit). A file that is not there leaves its facts unknown; 0,
 * or -errno with a sentence when there is no /proc at all. Of a captured tree the clocks are as
 * they were when it was captured: uptime and btime of its files.
 */
int host_read(const struct root *root, unsigned parts, struct host *ret, struct error *err);

/*
 * Names of users, groups and terminals, each looked up once: for field_context. The system's
 * databases for the machine itself, etc/passwd and etc/group beside a captured tree's proc.
 */
struct names_cache;
struct names_cache *names_cache_new(const struct root *root);
struct names_cache *names_cache_free(struct names_cache *cache);
const struct names *names_cache_names(struct names_cache *cache);

#endif
