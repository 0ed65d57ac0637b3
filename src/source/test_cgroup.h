/* Trees that hold what machines of every kind show of their cgroups. */
#ifndef SOURCE_TEST_CGROUP_H
#define SOURCE_TEST_CGROUP_H

#include "source/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* What the kernel shows of its mounts. Debian 12 or 13: v2 and nothing else. */
#define V2_MOUNTS                                                                                  \
	"22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"                                  \
	"30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V2_NAMES "0::/user.slice/user-0.slice/session-3.scope\n"

/* Debian 10: systemd's own hierarchy and those of the controllers; links for joint ones. */
#define V1_MOUNTS                                                                                  \
	"24 22 0:20 / /sys/fs/cgroup ro shared:9 - tmpfs tmpfs ro,mode=755\n"                      \
	"25 24 0:21 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"              \
	"26 24 0:22 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"              \
	"27 24 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup "                                  \
	"rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd\n"
#define V1_NAMES                                                                                   \
	"5:name=systemd:/user.slice/user-0.slice/session-3.scope\n2:memory:/user.slice\n"          \
	"1:cpu,cpuacct:/\n"

#define MIXED_MOUNTS                                                                               \
	V1_MOUNTS "28 24 0:24 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
#define MIXED_NAMES V1_NAMES "0::/system.slice/cron.service\n"

struct machine {
	char dir[64];
	struct root root;
	struct buf path;
	struct cgroup_ref ref;
	struct error err;
};

static inline int machine_setup(void **state)
{
	struct machine *m = calloc(1, sizeof *m);

	strcpy(m->dir, "/tmp/pscope-cgroup-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->root = (struct root){-1, -1, false};
	*state = m;
	return 0;
}

static inline int machine_teardown(void **state)
{
	struct machine *m = *state;
	char line[128];

	snprintf(line, sizeof line, "rm -rf %s", m->dir);
	assert_int_equal(system(line), 0);
	root_close(&m->root);
	buf_deinit(&m->path);
	free(m);
	return 0;
}

/* Makes a directory with those above it; with `text` a file that has it. */
static inline void machine_put(struct machine *m, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s%s", m->dir, name, text ? "" : "/");
	for (char *at = strchr(path + strlen(m->dir) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(path, 0755);
		*at = '/';
	}
	if (!text)
		return;
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static inline void machine_use(struct machine *m, const char *mounts, const char *names)
{
	machine_put(m, "proc/self/mountinfo", mounts);
	machine_put(m, "proc/self/cgroup", names);
	machine_put(m, "sys/fs/cgroup", NULL);
	root_close(&m->root);
	if (root_open(&m->root, m->dir, &m->err) < 0)
		fail_msg("%s", m->err.text);
}

#endif
