/* Cgroups by name, of trees that hold what machines of every kind show. */
#include "source/test_cgroup.h"
#include "base/cleanup.h"
#include "source/cgroup_members.h"

#include <errno.h>
#include <fcntl.h>

static uint64_t inode(struct machine *m, const char *name)
{
	struct stat status;
	char path[512];

	snprintf(path, sizeof path, "%s/sys/fs/cgroup/%s", m->dir, name);
	assert_int_equal(stat(path, &status), 0);
	return status.st_ino;
}

/* `text` means the cgroup of that directory below /sys/fs/cgroup. */
static void means(struct machine *m, const char *text, uint32_t hierarchy, const char *path,
		  const char *dir)
{
	if (cgroup_resolve(&m->root, text, &m->path, &m->ref, &m->err) < 0)
		fail_msg("%s: %s", text, m->err.text);
	assert_string_equal(m->ref.path, path);
	assert_int_equal(m->ref.hierarchy, hierarchy);
	assert_int_equal(m->ref.id, inode(m, dir));
	assert_true(m->ref.top_id != 0);
	assert_string_equal(m->ref.path + strlen(path) - strlen(m->ref.below), m->ref.below);
}

static void fails(struct machine *m, const char *text, int error, const char *sentence)
{
	assert_int_equal(cgroup_resolve(&m->root, text, &m->path, &m->ref, &m->err), -error);
	assert_string_equal(m->err.text, sentence);
}

static void test_v2(void **state)
{
	struct machine *m = *state;

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/system.slice/ssh.service", NULL);
	machine_put(m, "sys/fs/cgroup/system.slice/cri:a: b", NULL);
	machine_put(m, "sys/fs/cgroup/cpu:/jobs", NULL);
	means(m, "/system.slice/ssh.service", 0, "/system.slice/ssh.service",
	      "system.slice/ssh.service");
	means(m, "system.slice/ssh.service///", 0, "/system.slice/ssh.service",
	      "system.slice/ssh.service");
	means(m, "//system.slice/./x/../ssh.service/.", 0, "/system.slice/ssh.service",
	      "system.slice/ssh.service");
	means(m, "/sys/fs/cgroup/system.slice", 0, "/system.slice", "system.slice");
	means(m, "/sys/fs/../fs/cgroup/", 0, "/", ".");
	means(m, "/", 0, "/", ".");
	assert_string_equal(m->ref.below, "");
	means(m, "/system.slice/ssh.service", 0, "/system.slice/ssh.service",
	      "system.slice/ssh.service");
	assert_string_equal(m->ref.below, "system.slice/ssh.service");
	assert_int_equal(m->ref.top_id, inode(m, "."));
	means(m, "/system.slice/cri:a: b", 0, "/system.slice/cri:a: b", "system.slice/cri:a: b");
	means(m, "system.slice/cri:a: b", 0, "/system.slice/cri:a: b", "system.slice/cri:a: b");
	means(m, "0::/system.slice", 0, "/system.slice", "system.slice");
	means(m, ":/system.slice", 0, "/system.slice", "system.slice");
	means(m, "0:/system.slice", 0, "/system.slice", "system.slice");
	/* a name that looks like a hierarchy of v1 where there is none */
	means(m, "cpu:/jobs", 0, "/cpu:/jobs", "cpu:/jobs");
}

static void test_v1(void **state)
{
	struct machine *m = *state;

	machine_use(m, V1_MOUNTS, V1_NAMES);
	machine_put(m, "sys/fs/cgroup/memory/jobs", NULL);
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/jobs", NULL);
	machine_put(m, "sys/fs/cgroup/systemd/system.slice", NULL);
	machine_put(m, "sys/fs/cgroup/memory/system.slice", NULL);
	means(m, "/system.slice", 5, "/system.slice", "systemd/system.slice");
	means(m, "/jobs", 2, "/jobs", "memory/jobs");
	means(m, "cpuacct:/jobs", 1, "/jobs", "cpu,cpuacct/jobs");
	means(m, "cpu,cpuacct:/jobs/", 1, "/jobs", "cpu,cpuacct/jobs");
	means(m, "1:cpu,cpuacct:/jobs", 1, "/jobs", "cpu,cpuacct/jobs");
	means(m, "memory:/system.slice", 2, "/system.slice", "memory/system.slice");
	means(m, "name=systemd:/", 5, "/", "systemd");
	means(m, "5:/", 5, "/", "systemd");
	means(m, "/sys/fs/cgroup/cpu,cpuacct/jobs", 1, "/jobs", "cpu,cpuacct/jobs");
	fails(m, "memroy:/jobs", ENOENT,
	      "there is no cgroup 'memroy:/jobs' (v1 name=systemd at /sys/fs/cgroup/systemd): / "
	      "has no 'memroy:'; hierarchies: v1 name=systemd at /sys/fs/cgroup/systemd, v1 memory "
	      "at /sys/fs/cgroup/memory, v1 cpu,cpuacct at /sys/fs/cgroup/cpu,cpuacct");
}

static void test_mixed(void **state)
{
	struct machine *m = *state;

	machine_use(m, MIXED_MOUNTS, MIXED_NAMES);
	machine_put(m, "sys/fs/cgroup/unified/system.slice/cron.service", NULL);
	machine_put(m, "sys/fs/cgroup/systemd/system.slice/ssh.service", NULL);
	machine_put(m, "sys/fs/cgroup/systemd/system.slice/cron.service", NULL);
	machine_put(m, "sys/fs/cgroup/memory/system.slice", NULL);
	means(m, "/system.slice/cron.service", 0, "/system.slice/cron.service",
	      "unified/system.slice/cron.service");
	means(m, "/system.slice/ssh.service", 5, "/system.slice/ssh.service",
	      "systemd/system.slice/ssh.service");
	means(m, "memory:/system.slice", 2, "/system.slice", "memory/system.slice");
	means(m, "/sys/fs/cgroup/systemd/system.slice/cron.service", 5,
	      "/system.slice/cron.service", "systemd/system.slice/cron.service");
	fails(m, "/sys/fs/cgroup", ENOENT,
	      "there is no cgroup '/sys/fs/cgroup' (v2 at /sys/fs/cgroup/unified): / has no 'sys'; "
	      "hierarchies: v2 at /sys/fs/cgroup/unified, v1 name=systemd at "
	      "/sys/fs/cgroup/systemd, "
	      "v1 memory at /sys/fs/cgroup/memory, v1 cpu,cpuacct at /sys/fs/cgroup/cpu,cpuacct");
}

static void test_sentences(void **state)
{
	struct machine *m = *state;

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/system.slice/ssh.service", NULL);
	machine_put(m, "sys/fs/cgroup/system.slice/cgroup.procs", "1\n");
	fails(m, "/system.slice/shs.service", ENOENT,
	      "there is no cgroup '/system.slice/shs.service' (v2 at /sys/fs/cgroup): "
	      "/system.slice "
	      "has no 'shs.service'; did you mean /system.slice/ssh.service?");
	fails(m, "/sys/fs/cgroup/sytem.slice/ssh.service", ENOENT,
	      "there is no cgroup '/sys/fs/cgroup/sytem.slice/ssh.service' (v2 at /sys/fs/cgroup): "
	      "/ "
	      "has no 'sytem.slice'; did you mean /system.slice?");
	fails(m, "/system.slice/ssh.service/a/b", ENOENT,
	      "there is no cgroup '/system.slice/ssh.service/a/b' (v2 at /sys/fs/cgroup): "
	      "/system.slice/ssh.service has no 'a'");
	fails(m, "/sys/fs/cgroup/system.slice/cgroup.procs", ENOTDIR,
	      "'/sys/fs/cgroup/system.slice/cgroup.procs' is a file of the cgroup /system.slice; "
	      "give "
	      "--cgroup /system.slice");
	fails(m, "system.slice/cgroup.procs/x", ENOENT,
	      "there is no cgroup 'system.slice/cgroup.procs/x' (v2 at /sys/fs/cgroup): "
	      "/system.slice has no 'cgroup.procs'");
	fails(m, "", EINVAL, "the name of a cgroup is empty");
	fails(m, "/../x", ENOENT,
	      "no cgroup '/../x' can be seen from here; hierarchies: v2 at /sys/fs/cgroup");
	machine_use(m, "22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n", "");
	fails(m, "/x", ENOENT,
	      "no hierarchy of cgroups is mounted here, so there is no cgroup '/x'; as root: mount "
	      "-t cgroup2 none /sys/fs/cgroup");
	/* a mount of v1 without its line, one of what cannot be reached */
	machine_use(m, "30 22 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n", "1:cpu:/\n");
	fails(m, "/x", ENOENT,
	      "no hierarchy of cgroups is mounted here, so there is no cgroup '/x'; as root: mount "
	      "-t cgroup2 none /sys/fs/cgroup");
	machine_use(m, "30 22 0:26 / /run/cg rw - cgroup2 cgroup rw\n", "0::/\n");
	fails(m, "/", ENOENT,
	      "the cgroup '/' cannot be opened below /run/cg: No such file or directory");
}

/* root in mountinfo: what of the hierarchy is mounted, as our cgroup namespace names it. */
static void test_namespaces(void **state)
{
	struct machine *m = *state;

	/* a container of v1 without a namespace of its own */
	machine_use(
		m,
		"30 22 0:26 /docker/4f1c /sys/fs/cgroup/mem\\040ory ro - cgroup cgroup rw,memory\n",
		"3:memory:/docker/4f1c\n");
	machine_put(m, "sys/fs/cgroup/mem ory/job", NULL);
	means(m, "/docker/4f1c/job", 3, "/docker/4f1c/job", "mem ory/job");
	means(m, "/docker/4f1c", 3, "/docker/4f1c", "mem ory");
	means(m, "/job", 3, "/docker/4f1c/job", "mem ory/job");
	assert_string_equal(m->ref.below, "job");
	assert_int_equal(m->ref.top_id, inode(m, "mem ory"));
	means(m, "/sys/fs/cgroup/mem ory/job", 3, "/docker/4f1c/job", "mem ory/job");
	/* a namespace, and the host's tree mounted in it */
	machine_use(m, "30 22 0:26 /../.. /sys/fs/cgroup/host ro - cgroup2 cgroup2 rw\n", "0::/\n");
	machine_put(m, "sys/fs/cgroup/host/system.slice", NULL);
	means(m, "/system.slice", 0, "/../../system.slice", "host/system.slice");
	means(m, "/../../system.slice", 0, "/../../system.slice", "host/system.slice");
	means(m, "/sys/fs/cgroup/host", 0, "/../..", "host");
	assert_true(cgroup_covers(&m->ref, 1, STR("0::/../../system.slice\n")));
	assert_false(cgroup_covers(&m->ref, 1, STR("0::/x\n")));
}

static void test_expect(void **state)
{
	struct machine *m = *state;

	machine_use(m, MIXED_MOUNTS, MIXED_NAMES);
	machine_put(m, "sys/fs/cgroup/unified", NULL);
	machine_put(m, "sys/fs/cgroup/systemd/system.slice/ssh.service", NULL);
	/* where its slice is */
	assert_int_equal(
		cgroup_expect(&m->root, "/system.slice/new.service", &m->path, &m->ref, &m->err),
		0);
	assert_int_equal(m->ref.hierarchy, 5);
	assert_int_equal(m->ref.id, 0);
	assert_string_equal(m->ref.path, "/system.slice/new.service");
	assert_int_equal(cgroup_expect(&m->root, "/other.slice/x", &m->path, &m->ref, &m->err), 0);
	assert_int_equal(m->ref.hierarchy, 0);
	assert_int_equal(
		cgroup_expect(&m->root, "/system.slice/ssh.service", &m->path, &m->ref, &m->err),
		0);
	assert_int_equal(m->ref.id, inode(m, "systemd/system.slice/ssh.service"));
	machine_use(m, "", "");
	assert_int_equal(cgroup_expect(&m->root, "/x", &m->path, &m->ref, &m->err), -ENOENT);
}

static void test_covers(void **state)
{
	const struct cgroup_ref ref = {1, 0, "/a/b"}, v1 = {1, 4, "/a: b"}, top = {1, 0, "/"};
	const struct cgroup_ref both[] = {
		{1, 0, "/x"   },
                {1, 4, "/a: b"}
        };

	assert_true(cgroup_covers(&ref, 1, STR("1:cpu:/\n0::/a/b\n")));
	assert_true(cgroup_covers(&ref, 1, STR("0::/a/b/c")));
	assert_true(cgroup_covers(&ref, 1, STR("0::/a/b (deleted)\n")));
	assert_false(cgroup_covers(&ref, 1, STR("0::/a/bc\n")));
	assert_false(cgroup_covers(&ref, 1, STR("0::/a\n")));
	assert_false(cgroup_covers(&ref, 1, STR("0::/../a/b\n")));
	assert_false(cgroup_covers(&ref, 1, STR("1:cpu:/a/b\n0::/\n")));
	assert_true(cgroup_covers(&v1, 1, STR("4:memory:/a: b/c:d\n0::/\n")));
	assert_false(cgroup_covers(&v1, 1, STR("14:memory:/a: b\n0::/a: b\n")));
	assert_true(cgroup_covers(both, 2, STR("4:memory:/a: b\n0::/\n")));
	assert_false(cgroup_covers(both, 0, STR("4:memory:/a: b\n0::/\n")));
	assert_true(cgroup_covers(&top, 1, STR("0::/\n")));
	assert_true(cgroup_covers(&top, 1, STR("0::/..a/b\n")));
	assert_false(cgroup_covers(&top, 1, STR("0::/..\n")));
	assert_false(cgroup_covers(&top, 1, STR("0::/../b\n")));
	assert_false(cgroup_covers(&top, 1, STR("")));
	assert_false(cgroup_covers(&top, 1, STR("0\n0:\n0::\nx::/\n")));
}

static void test_watch(void **state)
{
	struct machine *m = *state;
	struct cgroup_ref refs[3];
	struct cgroup_watch *watch;
	char line[256];

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/system.slice/ssh.service", NULL);
	means(m, "/system.slice/ssh.service", 0, "/system.slice/ssh.service",
	      "system.slice/ssh.service");
	refs[0] = m->ref;
	refs[1] = (struct cgroup_ref){0, 0, "/new.slice/x.service"};
	refs[2] = (struct cgroup_ref){7, 3, "/of/another/hierarchy"};
	watch = cgroup_watch_new(&m->root, refs, 3);
	assert_int_equal(cgroup_watch_look(watch), 0);
	/* it stops, ... */
	snprintf(line, sizeof line, "%s/sys/fs/cgroup/system.slice/ssh.service", m->dir);
	assert_int_equal(rmdir(line), 0);
	assert_int_equal(cgroup_watch_look(watch), 1);
	assert_int_equal(refs[0].id, 0);
	assert_int_equal(cgroup_watch_look(watch), 0);
	/* ... it and another start */
	machine_put(m, "sys/fs/cgroup/system.slice/spacer", NULL);
	machine_put(m, "sys/fs/cgroup/system.slice/ssh.service", NULL);
	machine_put(m, "sys/fs/cgroup/new.slice/x.service", NULL);
	assert_int_equal(cgroup_watch_look(watch), 2);
	assert_int_equal(refs[0].id, inode(m, "system.slice/ssh.service"));
	assert_int_equal(refs[1].id, inode(m, "new.slice/x.service"));
	assert_int_equal(refs[2].id, 7);
	cgroup_watch_free(watch);
	cgroup_watch_free(NULL);
}

/* How many processes of a captured machine are in the cgroup that `text` means there. */
static unsigned members(struct machine *m, const char *text)
{
	char pattern[256];
	unsigned count = 0;
	struct buf cgroup = BUF_INIT;

	if (cgroup_expect(&m->root, text, &m->path, &m->ref, &m->err) < 0)
		fail_msg("%s: %s", text, m->err.text);
	for (int pid = 1; pid < 2000; pid++) {
		snprintf(pattern, sizeof pattern, "%d/cgroup", pid);
		buf_clear(&cgroup);
		if (root_read(m->root.proc_fd, pattern, &cgroup, 1 << 16) == 0)
			count += cgroup_covers(&m->ref, 1, buf_str(&cgroup));
	}
	buf_deinit(&cgroup);
	return count;
}

static void unpack(struct machine *m, const char *name, const char *mounts)
{
	char line[512];
	int r;

	snprintf(line, sizeof line,
		 "mkdir -p %s/proc && tar -xJf '" FIXTURES "/machines/%s.tar.xz' -C %s ./proc 2>&1",
		 m->dir, name, m->dir);
	r = system(line);
	if (r)
		fail_msg("%s: %d", line, r);
	machine_use(m, mounts,
		    "0::/\n5:name=systemd:/\n4:freezer:/\n3:pids:/\n2:memory:/\n1:cpu,cpuacct:/\n");
}

static void test_v1_machine(void **state)
{
	struct machine *m = *state;

	unpack(m, "debian-5.10-cgroup-v1", V1_MOUNTS);
	assert_int_equal(members(m, "name=systemd:/user.slice/user-0.slice/session-3.scope"), 25);
	assert_int_equal(members(m, "cpu:/user.slice"), 25);
	assert_int_equal(members(m, "cpu:/"), 71);
	assert_int_equal(members(m, "/user.slice"), 25);
}

static void test_mixed_machine(void **state)
{
	struct machine *m = *state;

	unpack(m, "debian-6.1-cgroup-mixed", MIXED_MOUNTS);
	assert_int_equal(members(m, "/system.slice/cron.service"), 25);
	assert_int_equal(members(m, "memory:/user.slice/user-0.slice"), 24);
	assert_int_equal(members(m, "memory:/system.slice"), 0);
	assert_int_equal(members(m, "/odd: a:b (121)"), 1);
}

static void test_systemd_machine(void **state)
{
	struct machine *m = *state;

	unpack(m, "systemd-6.18", V2_MOUNTS);
	assert_int_equal(members(m, "/batch.slice/batch-nightly.slice"), 4);
	assert_int_equal(members(m, "/batch.slice/batch-nightly.slice/worker@a\\x2db.service"), 2);
	assert_int_equal(members(m, "/"), 27); /* two came from outside */
}

/* The machine that this runs on, whatever it has mounted. */
static void test_here(void **state)
{
	struct machine *m = *state;

	assert_int_equal(root_open(&m->root, NULL, NULL), 0);
	if (cgroup_resolve(&m->root, "/", &m->path, &m->ref, &m->err) < 0)
		assert_non_null(strstr(m->err.text, "mounted"));
	else
		assert_true(m->ref.id != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_v2, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_v1, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_mixed, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_sentences, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_namespaces, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_expect, machine_setup, machine_teardown),
		cmocka_unit_test(test_covers),
		cmocka_unit_test_setup_teardown(test_watch, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_v1_machine, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_mixed_machine, machine_setup,
						machine_teardown),
		cmocka_unit_test_setup_teardown(test_systemd_machine, machine_setup,
						machine_teardown),
		cmocka_unit_test_setup_teardown(test_here, machine_setup, machine_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
