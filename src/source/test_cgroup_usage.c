/* What cgroups have used, of both versions, as their files say it. */
#include "source/cgroup_usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

struct machine {
	char dir[64];
	struct root root;
	struct cgroup_usage *usage;
};

/* Makes a file with the directories above it. */
static void put(struct machine *m, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", m->dir, name);
	for (char *at = strchr(path + strlen(m->dir) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(path, 0755);
		*at = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	struct machine *m = calloc(1, sizeof *m);

	strcpy(m->dir, "/tmp/pscope-cgroup-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->root = (struct root){-1, -1, false};
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;
	char line[128];

	snprintf(line, sizeof line, "rm -rf %s", m->dir);
	assert_int_equal(system(line), 0);
	cgroup_usage_free(m->usage);
	root_close(&m->root);
	free(m);
	return 0;
}

/* Reads the groups of a machine whose files are there. */
static struct usage read_groups(struct machine *m, const struct cgroup_ref *refs, unsigned count)
{
	struct usage usage;

	if (m->root.proc_fd < 0)
		assert_int_equal(root_open(&m->root, m->dir, NULL), 0);
	cgroup_usage_free(m->usage);
	m->usage = cgroup_usage_new(&m->root, refs, count);
	cgroup_usage_read(m->usage, &usage);
	return usage;
}

#define V2_LINE "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

static void test_v2(void **state)
{
	struct machine *m = *state;
	const struct cgroup_ref refs[] = {{.path = "/a"}, {.path = "/b/c"}, {.path = "/gone"}};
	struct usage usage;

	put(m, "proc/self/mountinfo", V2_LINE);
	put(m, "proc/self/cgroup", "0::/\n");
	put(m, "sys/fs/cgroup/a/cpu.stat",
	    "usage_usec 7000\nuser_usec 5000\nsystem_usec 2000\nnice_usec 9\n");
	put(m, "sys/fs/cgroup/a/memory.current", "4096\n");
	put(m, "sys/fs/cgroup/a/io.stat",
	    "8:0 rbytes=100 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2\n");
	put(m, "sys/fs/cgroup/a/pids.current", "3\n");
	put(m, "sys/fs/cgroup/b/c/cpu.stat", "user_usec 1\nsystem_usec 1\n");
	put(m, "sys/fs/cgroup/b/c/io.stat", "");
	put(m, "sys/fs/cgroup/b/c/memory.peak", "8192\n");
	usage = read_groups(m, refs, 3);
	assert_int_equal(usage.value[USAGE_CPU_USER_NS], 5001000);
	assert_int_equal(usage.value[USAGE_CPU_SYS_NS], 2001000);
	assert_int_equal(usage.value[USAGE_RSS_BYTES], 4096);
	assert_int_equal(usage.value[USAGE_RSS_PEAK_BYTES], 8192);
	assert_int_equal(usage.value[USAGE_READ_BYTES], 101);
	assert_int_equal(usage.value[USAGE_WRITE_BYTES], 22);
	assert_int_equal(usage.value[USAGE_THREADS], 3);
	usage = read_groups(m, &refs[2], 1);
	assert_int_equal(usage.known, 0);
}

static void test_v1(void **state)
{
	struct machine *m = *state;
	const struct cgroup_ref ref = {.hierarchy = 5, .path = "/system.slice/x.service"};
	struct usage usage;

	put(m, "proc/self/mountinfo",
	    "25 24 0:21 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
	    "26 24 0:22 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	    "29 24 0:25 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
	    "27 24 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n");
	put(m, "proc/self/cgroup", "5:name=systemd:/\n3:blkio:/\n2:memory:/\n1:cpu,cpuacct:/\n");
	put(m, "sys/fs/cgroup/systemd/system.slice/x.service/cgroup.procs", "");
	put(m, "sys/fs/cgroup/cpu,cpuacct/system.slice/x.service/cpuacct.usage_user", "70\n");
	put(m, "sys/fs/cgroup/cpu,cpuacct/system.slice/x.service/cpuacct.usage_sys", "30\n");
	put(m, "sys/fs/cgroup/memory/system.slice/x.service/memory.usage_in_bytes", "1 kB\n");
	put(m, "sys/fs/cgroup/memory/system.slice/x.service/memory.max_usage_in_bytes", "512\n");
	put(m, "sys/fs/cgroup/blkio/system.slice/x.service/blkio.throttle.io_service_bytes",
	    "8:0 Read 5\n8:0 Write 6\n8:0 Total 11\n8:16 Read 1\nTotal 12\n");
	usage = read_groups(m, &ref, 1);
	assert_int_equal(usage_cpu_ns(&usage), 100);
	/* what is no number is not known */
	assert_false(usage_knows(&usage, USAGE_RSS_BYTES));
	assert_int_equal(usage.value[USAGE_RSS_PEAK_BYTES], 512);
	assert_int_equal(usage.value[USAGE_READ_BYTES], 6);
	assert_int_equal(usage.value[USAGE_WRITE_BYTES], 6);
	assert_false(usage_knows(&usage, USAGE_THREADS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_v2, setup, teardown),
		cmocka_unit_test_setup_teardown(test_v1, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
