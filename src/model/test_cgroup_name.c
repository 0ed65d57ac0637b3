/* Control groups as systemd and the container runtimes name them. */
#include "model/cgroup_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID  "3f4a0c9d8e7b6a5f4e3d2c1b0a99887766554433221100ffeeddccbbaa998877"
#define ID2 "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999"
#define POD "pod6d2e1a57_9c1b_4a53_9d66_0a5f3b8a1c2d"

static void assert_str(const char *of, const char *what, struct str got, const char *expected)
{
	if (expected ? !str_is(got, expected) || !got.p : got.p != NULL)
		fail_msg("%s of %s is '%.*s', not '%s'", what, of, (int)got.n,
			 got.p ? got.p : "(none)", expected ? expected : "(none)");
}

/* clang-format off */
static const struct {
	const char *path, *unit, *user_unit, *slice, *container;
} paths[] = {
	/* no systemd */
	{"/", NULL, NULL, NULL, NULL},
	{"/pods/85a8b2fba91516ef356039d8a80078c5", NULL, NULL, NULL, NULL},
	{"/my group: with colons", NULL, NULL, NULL, NULL},
	/* the system */
	{"/init.scope", "init.scope", NULL, "-.slice", NULL},
	{"/system.slice/ssh.service", "ssh.service", NULL, "system.slice", NULL},
	{"/system.slice/system-getty.slice/getty@tty1.service",
	 "getty@tty1.service", NULL, "system-getty.slice", NULL},
	{"/system.slice/systemd-udevd.service/udev", "systemd-udevd.service", NULL, "system.slice", NULL},
	{"/system.slice/system-postgresql.slice/postgresql@15-main.service",
	 "postgresql@15-main.service", NULL, "system-postgresql.slice", NULL},
	{"/system.slice/system-systemd\\x2dcryptsetup.slice/systemd-cryptsetup@a\\x2db.service",
	 "systemd-cryptsetup@a\\x2db.service", NULL, "system-systemd\\x2dcryptsetup.slice", NULL},
	{"/system.slice/dbus.socket", "dbus.socket", NULL, "system.slice", NULL},
	{"/system.slice/run-u12.service", "run-u12.service", NULL, "system.slice", NULL},
	{"/system.slice/_cpu.service", "cpu.service", NULL, "system.slice", NULL},
	{"/system.slice", NULL, NULL, "system.slice", NULL},
	{"/system.slice/.service", NULL, NULL, "system.slice", NULL},
	{"/system.slice/not a unit.service", NULL, NULL, "system.slice", NULL},
	{"/a b:c.slice/x.service", NULL, NULL, NULL, NULL},
	{"/../../system.slice/ssh.service", "ssh.service", NULL, "system.slice", NULL},
	/* users */
	{"/user.slice/user-1000.slice/session-2.scope",
	 "session-2.scope", NULL, "user-1000.slice", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/init.scope",
	 "user@1000.service", "init.scope", "user-1000.slice", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome\\x2dfirefox-2211.scope",
	 "user@1000.service", "app-gnome\\x2dfirefox-2211.scope", "user-1000.slice", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/session.slice/dbus.service",
	 "user@1000.service", "dbus.service", "user-1000.slice", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.slice/app-x@1.service",
	 "user@1000.service", "app-x@1.service", "user-1000.slice", NULL},
	{"/user.slice/user-1000.slice/user@1000.service", "user@1000.service", NULL, "user-1000.slice", NULL},
	/* docker */
	{"/docker/" ID, NULL, NULL, NULL, ID},
	{"/docker/" ID "/docker/" ID2, NULL, NULL, NULL, ID2},
	{"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", NULL, "system.slice", ID},
	{"/system.slice/docker-" ID ".scope/init.scope", "docker-" ID ".scope", NULL, "system.slice", ID},
	{"/system.slice/docker-" ID ".scope/system.slice/nginx.service",
	 "docker-" ID ".scope", NULL, "system.slice", ID},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
	 "user@1000.service", "docker-" ID ".scope", "user-1000.slice", ID},
	{"/system.slice/docker.service", "docker.service", NULL, "system.slice", NULL},
	{"/system.slice/containerd.service", "containerd.service", NULL, "system.slice", NULL},
	{"/docker/buildkit/rq3x7jqyy8m0q", NULL, NULL, NULL, NULL},
	/* Kubernetes */
	{"/kubepods/burstable/pod6d2e1a57-9c1b-4a53-9d66-0a5f3b8a1c2d/" ID, NULL, NULL, NULL, ID},
	{"/kubepods.slice/kubepods-burstable.slice/"
	 "kubepods-burstable-" POD ".slice/cri-containerd-" ID ".scope",
	 "cri-containerd-" ID ".scope", NULL, "kubepods-burstable-" POD ".slice", ID},
	{"/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope/container",
	 "crio-" ID ".scope", NULL, "kubepods-" POD ".slice", ID},
	{"/kubepods.slice/kubepods-" POD ".slice/crio-conmon-" ID ".scope",
	 "crio-conmon-" ID ".scope", NULL, "kubepods-" POD ".slice", NULL},
	{"/system.slice/containerd.service/kubepods-besteffort-" POD ".slice:cri-containerd:" ID,
	 "containerd.service", NULL, "system.slice", ID},
	{"/kubepods/besteffort/pod6d2e1a57-9c1b-4a53-9d66-0a5f3b8a1c2d", NULL, NULL, NULL, NULL},
	/* podman, nerdctl, ECS */
	{"/machine.slice/libpod-" ID ".scope/container",
	 "libpod-" ID ".scope", NULL, "machine.slice", ID},
	{"/machine.slice/libpod-conmon-" ID ".scope",
	 "libpod-conmon-" ID ".scope", NULL, "machine.slice", NULL},
	{"/libpod_parent/libpod-" ID, NULL, NULL, NULL, ID},
	{"/libpod_parent/conmon", NULL, NULL, NULL, NULL},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container",
	 "user@1000.service", "libpod-" ID ".scope", "user-1000.slice", ID},
	{"/system.slice/nerdctl-3f4a0c9d8e7b.scope", "nerdctl-3f4a0c9d8e7b.scope", NULL, "system.slice",
	 "3f4a0c9d8e7b"},
	{"/ecs/0123/" ID, NULL, NULL, NULL, ID},
	/* lxc, nspawn, virtual machines */
	{"/lxc.payload.web-1/system.slice/ssh.service", NULL, NULL, NULL, "web-1"},
	{"/lxc.payload/web/init.scope", NULL, NULL, NULL, "web"},
	{"/lxc/100/ns/init.scope", NULL, NULL, NULL, "100"},
	{"/lxc.monitor.web-1", NULL, NULL, NULL, NULL},
	{"/lxc.payload.", NULL, NULL, NULL, NULL},
	{"/lxc", NULL, NULL, NULL, NULL},
	{"/machine.slice/systemd-nspawn@deb.service/payload/init.scope",
	 "systemd-nspawn@deb.service", NULL, "machine.slice", "deb"},
	{"/machine.slice/machine-deb.scope/payload", "machine-deb.scope", NULL, "machine.slice", "deb"},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt",
	 "machine-qemu\\x2d1\\x2dvm.scope", NULL, "machine.slice", NULL},
	/* not quite */
	{"/system.slice/git-3f4a0c9d8e7b.service", "git-3f4a0c9d8e7b.service", NULL, "system.slice", NULL},
	{"/docker-" ID "0", NULL, NULL, NULL, NULL},
	{"/docker-3f4a0c9d8e7.scope", "docker-3f4a0c9d8e7.scope", NULL, "-.slice", NULL},
	{"/3F4A0C9D8E7B6A5F4E3D2C1B0A99887766554433221100FFEEDDCCBBAA998877", NULL, NULL, NULL, NULL},
	{"", NULL, NULL, NULL, NULL},
	{"///", NULL, NULL, NULL, NULL},
};
/* clang-format on */

static void test_paths(void **state)
{
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct str path = str_of(paths[i].path);

		assert_str(paths[i].path, "the unit", cgroup_unit(path), paths[i].unit);
		assert_str(paths[i].path, "the user unit", cgroup_user_unit(path),
			   paths[i].user_unit);
		assert_str(paths[i].path, "the slice", cgroup_slice(path), paths[i].slice);
		assert_str(paths[i].path, "the container", cgroup_container(path),
			   paths[i].container);
	}
	assert_null(cgroup_unit(STR_NONE).p);
	assert_null(cgroup_user_unit(STR_NONE).p);
	assert_null(cgroup_slice(STR_NONE).p);
	assert_null(cgroup_container(STR_NONE).p);
}

static void test_file(void **state)
{
	static const struct {
		const char *file, *path;
	} files[] = {
		{"0::/system.slice/ssh.service\n",                         "/system.slice/ssh.service"},
		{"0::/\n",                                                 "/"                        },
		{"0::/a b:c: d\n",                                         "/a b:c: d"                },
		{"0::/gone (deleted)\n",                                   "/gone"                    },
		{"0::/no newline",                                         "/no newline"              },
		{"5:cpu,cpuacct:/x\n1:name=systemd:/user.slice\n0::/v2\n", "/v2"                      },
		{"5:cpu,cpuacct:/x\n1:name=systemd:/user.slice\n0::/\n",   "/user.slice"              },
		{"5:cpu,cpuacct:/x\n4:memory:/\n1:name=systemd:/\n0::/\n", "/x"                       },
		{"5:cpu,cpuacct:/\n4:memory:/m\n",                         "/m"                       },
		{"5:cpu,cpuacct:/\n4:memory:/\n1:name=systemd:/\n",        "/"                        },
		{"1:name=elogind:/2\n",                                    "/2"                       },
		{"",                                                       NULL                       },
		{"\n\n",                                                   NULL                       },
		{"0:\n",                                                   NULL                       },
		{"0::\n",                                                  NULL                       },
		{"garbage\n0::/ok\n",                                      "/ok"                      },
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_str(files[i].file, "the path", cgroup_path(str_of(files[i].file)),
			   files[i].path);
	assert_null(cgroup_path(STR_NONE).p);
}

static void test_in_unit(void **state)
{
	struct str ssh = STR("/system.slice/ssh.service/sub");
	struct str user =
		STR("/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service");

	assert_true(cgroup_in_unit(ssh, STR("ssh.service")));
	assert_true(cgroup_in_unit(ssh, STR("ssh")));
	assert_true(cgroup_in_unit(ssh, STR("system.slice")));
	assert_false(cgroup_in_unit(ssh, STR("ss")));
	assert_false(cgroup_in_unit(ssh, STR("sub")));
	assert_false(cgroup_in_unit(ssh, STR("ssh.socket")));
	assert_false(cgroup_in_unit(ssh, STR("")));
	assert_true(cgroup_in_unit(user, STR("foo")));
	assert_true(cgroup_in_unit(user, STR("user@1000")));
	assert_true(cgroup_in_unit(user, STR("user-1000.slice")));
	assert_true(cgroup_in_unit(STR("/system.slice/_cpu.service"), STR("cpu")));
	assert_true(cgroup_in_unit(STR("/system.slice/a@b.c.service"), STR("a@b.c")));
	assert_true(cgroup_in_unit(STR("/user.slice/session-2.scope"), STR("session-2.scope")));
	assert_false(cgroup_in_unit(STR("/user.slice/session-2.scope"), STR("session-2")));
	assert_false(cgroup_in_unit(STR_NONE, STR("ssh")));
}

static void test_below(void **state)
{
	struct str path = STR("/a b:c/d");

	assert_true(cgroup_below(path, STR("/")));
	assert_true(cgroup_below(path, STR("")));
	assert_true(cgroup_below(path, STR("/a b:c")));
	assert_true(cgroup_below(path, STR("a b:c/")));
	assert_true(cgroup_below(path, STR("/a b:c/d/")));
	assert_true(cgroup_below(path, STR("/sys/fs/cgroup/a b:c")));
	assert_true(cgroup_below(path, STR("/sys/fs/cgroup")));
	assert_true(cgroup_below(path, STR("/sys/fs/cgroup/unified/a b:c/d")));
	assert_true(cgroup_below(path, STR("/sys/fs/cgroup/systemd/")));
	assert_false(cgroup_below(path, STR("/a b")));
	assert_false(cgroup_below(path, STR("/a b:c/d/e")));
	assert_false(cgroup_below(path, STR("/d")));
	assert_false(cgroup_below(path, STR("/sys/fs/cgroup/d")));
	assert_false(cgroup_below(path, STR("/sys/fs/cgroup/unified/d")));
	assert_false(cgroup_below(path, STR("/sys/fs/cgroups")));
	assert_true(cgroup_below(STR("/unified/x"), STR("/sys/fs/cgroup/unified")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_in_unit),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
