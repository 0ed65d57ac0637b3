/*
 * What /proc tells of a process that has just executed something. It is a race: the arguments are
 * read at once and alone, the rest when nobody else waits for his.
 */
#ifndef SOURCE_NETLINK_LOOK_H
#define SOURCE_NETLINK_LOOK_H

#include "base/root.h"
#include "model/record.h"
#include "source/pick.h"

struct look {
	int dirfd; /* of the process: it never shows another one; -1: none */
	struct str argv, filename, cwd, comm; /* its own; STR_NONE: not known */
	uint64_t args_bytes;
	struct standing standing;
	uint64_t start_ns; /* in ticks; 0: not known */
	bool covered;      /* in one of the cgroups */
};

/* Opens the process and reads its arguments. False when it has gone; look_deinit is due either way. */
bool look_at_arguments(struct look *look, const struct root *root, int32_t pid);
/* Reads what it is called, whose child it is and where it is. False when it has gone meanwhile. */
bool look_at_rest(struct look *look);
/* Reads its users and groups. */
void look_at_ids(struct look *look);
/* Reads whether it is in one of the cgroups. */
void look_at_cgroups(struct look *look, const struct cgroup_ref *cgroups, unsigned cgroup_count);
/* Nothing more can be read. */
void look_close(struct look *look);
void look_deinit(struct look *look);

/* Is that process in one of the cgroups? False also when it has gone. */
bool look_at_cgroup(const struct root *root, int32_t pid, const struct cgroup_ref *cgroups,
		    unsigned cgroup_count);
/* When the process of that number started, in ticks: 0, or -ESRCH when nobody has it. */
int look_at_start(const struct root *root, int32_t pid, uint64_t *ret_ns);
/* Does a thread of the process live? `start_ns`: when it started, if that is known; else 0. */
bool look_lives(const struct root *root, int32_t pid, uint64_t start_ns);

#endif
