/* Containers by id and by name, of trees as the runtimes make them. */
#include "source/container.h"

#include "source/test_cgroup.h"

#include <errno.h>

#define ID   "3f4a0c9d8e7b6a5f4e3d2c1b0a99887766554433221100ffeeddccbbaa998877"
#define ID2  "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999"
#define NEAR "3f4a0c9d000000000000000000000000000000000000000000000000000000ff"

static void means(struct machine *m, const char *text, uint32_t hierarchy, const char *path)
{
	if (container_resolve(&m->root, text, &m->path, &m->ref, &m->err) < 0)
		fail_msg("%s: %s", text, m->err.text);
	assert_string_equal(m->ref.path, path);
	assert_int_equal(m->ref.hierarchy, hierarchy);
	assert_true(m->ref.id != 0);
}

static void fails(struct machine *m, const char *text, int error, const char *sentence)
{
	assert_int_equal(container_resolve(&m->root, text, &m->path, &m->ref, &m->err), -error);
	assert_string_equal(m->err.text, sentence);
}

#define NAMES                                                                                      \
	"; the names that docker, podman and Kubernetes give do not stand there: give the id "     \
	"that they show"

static void test_v2(void **state)
{
	static const char *const paths[] = {
		"/system.slice/docker-" ID ".scope",
		"/machine.slice/libpod-" ID ".scope",
		"/kubepods.slice/kubepods-burstable.slice/crio-" ID ".scope",
		"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope",
		"/kubepods/burstable/pod1/" ID,
		"/docker/" ID,
	};
	struct machine *m = *state;

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char name[256];

		machine_use(m, V2_MOUNTS, V2_NAMES);
		snprintf(name, sizeof name, "sys/fs/cgroup%s/init.scope/inner", paths[i]);
		machine_put(m, name, NULL);
		means(m, ID, 0, paths[i]);
		means(m, "3f4a0c", 0, paths[i]);
		means(m, "3f4a0c9d8e7b", 0, paths[i]);
		snprintf(name, sizeof name, "rm -rf %s/sys", m->dir);
		assert_int_equal(system(name), 0);
	}
}

static void test_names(void **state)
{
	struct machine *m = *state;

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/lxc.payload.web/system.slice/x.service", NULL);
	machine_put(m, "sys/fs/cgroup/lxc/old", NULL);
	machine_put(m, "sys/fs/cgroup/machine.slice/machine-guest.scope", NULL);
	machine_put(m, "sys/fs/cgroup/machine.slice/systemd-nspawn@build.service", NULL);
	machine_put(m, "sys/fs/cgroup/lxc/abcdef", NULL);
	means(m, "web", 0, "/lxc.payload.web");
	means(m, "old", 0, "/lxc/old");
	means(m, "guest", 0, "/machine.slice/machine-guest.scope");
	means(m, "build", 0, "/machine.slice/systemd-nspawn@build.service");
	means(m, "abcdef", 0, "/lxc/abcdef");
	/* the beginning of a name is none */
	assert_int_equal(container_resolve(&m->root, "we", &m->path, &m->ref, &m->err), -ENOENT);
}

static void test_v1(void **state)
{
	struct machine *m = *state;

	machine_use(m, V1_MOUNTS, V1_NAMES);
	machine_put(m, "sys/fs/cgroup/memory/docker/" ID, NULL);
	machine_put(m, "sys/fs/cgroup/cpu,cpuacct/docker/" ID, NULL);
	machine_put(m, "sys/fs/cgroup/memory/docker/" ID2, NULL);
	machine_put(m, "sys/fs/cgroup/systemd/docker/" ID, NULL);
	/* systemd's own comes first; who is not in it has another */
	means(m, "3f4a0c9d", 5, "/docker/" ID);
	means(m, ID2, 2, "/docker/" ID2);
}

static void test_mixed(void **state)
{
	struct machine *m = *state;

	machine_use(m, MIXED_MOUNTS, MIXED_NAMES);
	machine_put(m, "sys/fs/cgroup/unified/system.slice/docker-" ID ".scope", NULL);
	machine_put(m, "sys/fs/cgroup/systemd/system.slice/docker-" ID ".scope", NULL);
	means(m, ID, 0, "/system.slice/docker-" ID ".scope");
}

/* A container in a container is one of its own. */
static void test_nested(void **state)
{
	struct machine *m = *state;

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/docker/" ID "/docker/" ID2 "/x", NULL);
	means(m, "3f4a0c9d", 0, "/docker/" ID);
	means(m, "aaaabbbb", 0, "/docker/" ID "/docker/" ID2);
}

/* In a container of its own: what is mounted is below the root of the host. */
static void test_inside(void **state)
{
	struct machine *m = *state;

	machine_use(m, "30 22 0:26 /docker/" ID " /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		    "0::/docker/" ID "\n");
	machine_put(m, "sys/fs/cgroup/docker/" ID2, NULL);
	machine_put(m, "sys/fs/cgroup/system.slice", NULL);
	means(m, ID2, 0, "/docker/" ID "/docker/" ID2);
	/* ours has no directory that could be seen */
	assert_int_equal(container_resolve(&m->root, ID, &m->path, &m->ref, &m->err), -ENOENT);
}

static void test_what_is_said(void **state)
{
	struct machine *m = *state;
	char name[160];

	machine_use(m, V2_MOUNTS, V2_NAMES);
	machine_put(m, "sys/fs/cgroup/system.slice/docker.service", NULL);
	fails(m, "web", ENOENT,
	      "among the cgroups here is no container 'web', nor any other" NAMES);
	fails(m, "", EINVAL, "the id of a container is empty");
	machine_put(m, "sys/fs/cgroup/docker/" ID, NULL);
	fails(m, "web", ENOENT,
	      "among the cgroups here is no container 'web', only 3f4a0c9d8e7b" NAMES);
	fails(m, "bbbbbb", ENOENT,
	      "among the cgroups here is no container 'bbbbbb', only 3f4a0c9d8e7b" NAMES);
	fails(m, "3f4a0", EINVAL,
	      "'3f4a0' is too short for the beginning of a container's id: give 6 digits or more");
	machine_put(m, "sys/fs/cgroup/docker/" NEAR, NULL);
	assert_int_equal(container_resolve(&m->root, "3f4a0c", &m->path, &m->ref, &m->err),
			 -EINVAL);
	assert_non_null(strstr(m->err.text, "begins with 3f4a0c: 3f4a0c9d"));
	assert_non_null(strstr(m->err.text, "3f4a0c9d0000"));
	assert_non_null(strstr(m->err.text, "; give more digits"));
	means(m, "3f4a0c9d8", 0, "/docker/" ID);
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "sys/fs/cgroup/docker/%064x", 0x1000 + i);
		machine_put(m, name, NULL);
	}
	assert_int_equal(container_resolve(&m->root, "web", &m->path, &m->ref, &m->err), -ENOENT);
	assert_non_null(strstr(m->err.text, " and 2 more; the names"));
}

static void test_nothing_is_mounted(void **state)
{
	struct machine *m = *state;

	machine_use(m, "22 28 0:20 / /sys rw - sysfs sysfs rw\n", "0::/\n");
	assert_int_equal(container_resolve(&m->root, ID, &m->path, &m->ref, &m->err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_v2, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_names, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_v1, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_mixed, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_nested, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_inside, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_said, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_is_mounted, machine_setup,
						machine_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
