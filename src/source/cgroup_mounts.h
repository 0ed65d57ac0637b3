/* Where the hierarchies of cgroups are mounted, as this process sees it. */
#ifndef SOURCE_CGROUP_MOUNTS_H
#define SOURCE_CGROUP_MOUNTS_H

#include "base/root.h"

#include <stdint.h>

#define CGROUP_MOUNTS_MAX 64

struct cgroup_mount {
	uint32_t hierarchy;     /* 0: cgroup v2; else the number in /proc/PID/cgroup */
	struct str controllers; /* "cpu,cpuacct", "name=systemd"; empty: v2 */
	/* What of the hierarchy is mounted, as a path of /proc/PID/cgroup: "/" is the root of our
	 * cgroup namespace, "/.." lies above it. */
	const char *root;
	const char *point;
};

/* v2 first, then systemd's own of v1, then the others as they were mounted. */
struct cgroup_mounts {
	struct cgroup_mount items[CGROUP_MOUNTS_MAX];
	unsigned count;
	struct buf names;  /* /proc/self/cgroup */
	struct buf *texts; /* root and point of each */
};

/* Returns 0, also when there is none; or -errno with a sentence. */
int cgroup_mounts_read(const struct root *root, struct cgroup_mounts *ret, struct error *err);
void cgroup_mounts_deinit(struct cgroup_mounts *mounts);
/* Opens the directory `below` ("a/b", or "") a mount's point: O_PATH, or -errno. */
int cgroup_mount_open(const struct root *root, const struct cgroup_mount *mount, const char *below);
/*
 * The mount of that hierarchy that shows the cgroup `path`, and where below its point: NULL when none
 * does. And its directory: O_PATH, or -errno.
 */
const struct cgroup_mount *cgroup_mount_of(const struct cgroup_mounts *mounts, uint32_t hierarchy,
					   struct str path, struct str *ret_below);
int cgroup_open(const struct root *root, const struct cgroup_mounts *mounts, uint32_t hierarchy,
		struct str path);
/* The kernel's number of a cgroup's directory. */
uint64_t cgroup_id(int fd);
/* Is `path` at `top` or below, both as /proc/PID/cgroup has them? *ret_rest: "a/b", or "". What
 * lies above our namespace ("/../x") is not below "/". */
bool cgroup_path_below(struct str path, const char *top, struct str *ret_rest);
/* For sentences: "v2 at /sys/fs/cgroup", "v1 cpu,cpuacct at ...". */
void cgroup_mount_describe(const struct cgroup_mount *mount, struct buf *out);

#endif
