/* Whom a live command is about: what the options mean on a machine made of files. */
#include "cli/target_options.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

struct machine {
	char dir[64];
	struct env env;
	struct target_options options;
	struct target_choice choice;
	struct error err;
};

static void put(struct machine *m, const char *name, const char *text)
{
	char path[256];
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

static void put_process(struct machine *m, int pid, int tgid, char state, int threads)
{
	char name[64], text[256];

	snprintf(name, sizeof name, "proc/%d/stat", pid);
	snprintf(text, sizeof text,
		 "%d (x) %c 1 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 %d 0 500 4096 2 0 0 0 0 0 0 0 0 0 0 "
		 "0 0 "
		 "0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		 pid, state, threads);
	put(m, name, text);
	snprintf(name, sizeof name, "proc/%d/status", pid);
	snprintf(text, sizeof text, "Name:\tx\nTgid:\t%d\nPid:\t%d\nUid:\t0 0 0 0\nGid:\t0 0 0 0\n",
		 tgid, pid);
	put(m, name, text);
}

static int setup(void **state)
{
	struct machine *m = calloc(1, sizeof *m);

	strcpy(m->dir, "/tmp/pscope-target-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	put(m, "proc/self/mountinfo", "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put(m, "proc/self/cgroup", "0::/\n");
	put(m, "sys/fs/cgroup/system.slice/ssh.service", NULL);
	for (int i = 0; i < 9; i++) {
		char name[64];

		snprintf(name, sizeof name, "sys/fs/cgroup/many/%d", i);
		put(m, name, NULL);
	}
	put_process(m, 10, 10, 'S', 2);
	put_process(m, 11, 11, 'R', 1);
	put_process(m, 12, 10, 'S', 2);
	put_process(m, 13, 13, 'Z', 1);
	put_process(m, 14, 14, 'Z', 2);
	assert_int_equal(root_open(&m->env.root, m->dir, &m->err), 0);
	m->env.owner_uid = (unsigned)-1;
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;
	char line[128];

	snprintf(line, sizeof line, "rm -r %s", m->dir);
	assert_int_equal(system(line), 0);
	target_choice_deinit(&m->choice);
	root_close(&m->env.root);
	free(m);
	return 0;
}

static void give(struct option_texts *texts, const char *text)
{
	texts->items[texts->count++] = text;
}

static void start(struct machine *m)
{
	target_choice_deinit(&m->choice);
	m->choice = (struct target_choice){0};
	m->options = (struct target_options){0};
}

static void means(struct machine *m, enum target_kind kind, const char *text)
{
	int status;

	target_choice_deinit(&m->choice);
	m->choice = (struct target_choice){0};
	status = target_resolve(&m->options, &m->env, &m->choice, &m->err);
	if (status)
		fail_msg("%d: %s", status, m->err.text);
	assert_int_equal(m->choice.note.n, 0);
	assert_int_equal(m->choice.target.kind, kind);
	assert_string_equal(buf_cstr(&m->choice.text), text);
}

static void fails(struct machine *m, int status, const char *sentence)
{
	target_choice_deinit(&m->choice);
	m->choice = (struct target_choice){0};
	assert_int_equal(target_resolve(&m->options, &m->env, &m->choice, &m->err), status);
	assert_string_equal(m->err.text, sentence);
}

static void test_nothing(void **state)
{
	struct machine *m = *state;

	start(m);
	means(m, TARGET_ALL, "all processes");
	assert_false(m->choice.given);
	m->options.alone = true; /* of a command, perhaps */
	means(m, TARGET_ALL, "all processes");
	assert_true(m->choice.target.alone);
	start(m);
	m->options.all = true;
	means(m, TARGET_ALL, "all processes");
	assert_true(m->choice.given);
	assert_false(m->choice.finite);
}

static void test_pids(void **state)
{
	struct machine *m = *state;

	start(m);
	give(&m->options.pids, "10, 11");
	give(&m->options.pids, "14,,10");
	means(m, TARGET_TREE, "pid 10, 11, 14");
	assert_true(m->choice.given && m->choice.finite);
	assert_int_equal(m->choice.target.pid_count, 3);
	assert_int_equal(m->choice.target.pids[2], 14);
	m->options.alone = true;
	means(m, TARGET_TREE, "pid 10, 11, 14, without descendants");
	start(m);
	give(&m->options.pids, "10");
	assert_int_equal(target_take_pids(&m->options, "11", &m->err), 0);
	assert_int_equal(target_take_pids(&m->options, "14,10", &m->err), 0);
	assert_int_equal(target_take_pids(&m->options, "12x", &m->err), -EINVAL);
	assert_int_equal(target_take_pids(&m->options, "", &m->err), -EINVAL);
	assert_int_equal(target_take_pids(&m->options, "-1", &m->err), -EINVAL);
	means(m, TARGET_TREE, "pid 10, 11, 14");
}

static void fails_pid(struct machine *m, const char *text, int status, const char *sentence)
{
	start(m);
	give(&m->options.pids, "10");
	give(&m->options.pids, text);
	fails(m, status, sentence);
}

static void test_bad_pids(void **state)
{
	struct machine *m = *state;

	fails_pid(m, "x", STATUS_USAGE, "'x' is no process number");
	fails_pid(m, "11,0", STATUS_USAGE, "'0' is no process number");
	fails_pid(m, "-1", STATUS_USAGE, "'-1' is no process number");
	fails_pid(m, "99999999999999999999", STATUS_USAGE,
		  "'99999999999999999999' is no process number");
	fails_pid(m, "", STATUS_USAGE, "'' names no process; write 12,34");
	fails_pid(m, ", ,", STATUS_USAGE, "', ,' names no process; write 12,34");
	fails_pid(m, "4242", STATUS_FAILED, "there is no process 4242");
	fails_pid(m, "12", STATUS_FAILED, "12 is a thread of the process 10: give that");
	fails_pid(m, "13", STATUS_FAILED,
		  "the process 13 has ended and only waits for its parent to ask how (a zombie)");
	fails_pid(m,
		  "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,"
		  "30,31,"
		  "32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,"
		  "58,59,"
		  "60,61,62,63,64,65",
		  STATUS_USAGE,
		  "more than 64 processes cannot be given; --name, --user or --cgroup choose many");
	start(m);
	for (int i = 0; i < OPTION_TEXTS_MAX; i++)
		assert_int_equal(target_take_pids(&m->options, "10", &m->err), 0);
	assert_int_equal(target_take_pids(&m->options, "10", &m->err), -EINVAL);
	assert_string_equal(m->err.text, "more than 32 words of numbers; join them with ','");
}

static void test_cgroups(void **state)
{
	struct machine *m = *state;
	char names[9][16];

	start(m);
	give(&m->options.cgroups, "system.slice/ssh.service/");
	give(&m->options.cgroups, "/sys/fs/cgroup/many");
	means(m, TARGET_CGROUP, "cgroup /system.slice/ssh.service, cgroup /many");
	assert_int_equal(m->choice.cgroup_count, 2);
	assert_string_equal(m->choice.cgroups[1].path, "/many");
	assert_true(m->choice.cgroups[0].id && m->choice.cgroups[0].id != m->choice.cgroups[1].id);
	assert_true(m->choice.given && !m->choice.finite);
	give(&m->options.cgroups, "/system.slice/shs.service");
	fails(m, STATUS_FAILED,
	      "there is no cgroup '/system.slice/shs.service' (v2 at /sys/fs/cgroup): "
	      "/system.slice "
	      "has no 'shs.service'; did you mean /system.slice/ssh.service?");
	start(m);
	give(&m->options.cgroups, "");
	fails(m, STATUS_USAGE, "the name of a cgroup is empty");
	start(m);
	for (int i = 0; i < 8; i++) {
		snprintf(names[i], sizeof names[i], "/many/%d", i);
		give(&m->options.cgroups, names[i]);
	}
	means(m, TARGET_CGROUP,
	      "cgroup /many/0, cgroup /many/1, cgroup /many/2, cgroup /many/3, cgroup /many/4, "
	      "cgroup /many/5, cgroup /many/6, cgroup /many/7");
	give(&m->options.cgroups, "/many/8");
	fails(m, STATUS_USAGE,
	      "more than 8 services and cgroups cannot be given; --cgroup of a slice holds many");
	start(m);
	give(&m->options.services, "");
	fails(m, STATUS_USAGE, "the name of a unit is empty");
}

static void test_containers(void **state)
{
	struct machine *m = *state;

	put(m, "sys/fs/cgroup/lxc.payload.web", NULL);
	start(m);
	give(&m->options.cgroups, "many");
	give(&m->options.containers, "web");
	means(m, TARGET_CGROUP, "cgroup /many, container web");
	assert_string_equal(m->choice.cgroups[1].path, "/lxc.payload.web");
	assert_true(m->choice.given && !m->choice.finite);
	start(m);
	give(&m->options.containers, "wbe");
	fails(m, STATUS_FAILED,
	      "among the cgroups here is no container 'wbe', only web; the names that docker, "
	      "podman and Kubernetes give do not stand there: give the id that they show");
	start(m);
	give(&m->options.containers, "abc");
	fails(m, STATUS_USAGE,
	      "'abc' is too short for the beginning of a container's id: give 6 digits or more");
	m->options.name = "x";
	fails(m, STATUS_USAGE, "--container and --name are two targets: give one of them");
}

static bool matches(const struct target_choice *choice, const char *name)
{
	return choice->target.name_matches(choice->target.name_context, str_of(name));
}

static void test_name(void **state)
{
	struct machine *m = *state;

	start(m);
	m->options.name = "^(ngi|apa).*";
	means(m, TARGET_NAME, "name '^(ngi|apa).*'");
	assert_true(matches(&m->choice, "nginx") && matches(&m->choice, "apache2"));
	assert_false(matches(&m->choice, "xnginx") || matches(&m->choice, ""));
	assert_false(matches(&m->choice, NULL));
	m->options.name = "a(";
	target_choice_deinit(&m->choice);
	m->choice = (struct target_choice){0};
	assert_int_equal(target_resolve(&m->options, &m->env, &m->choice, &m->err), STATUS_USAGE);
	assert_non_null(strstr(m->err.text, "--name a(: "));
	m->options.name = "";
	fails(m, STATUS_USAGE, "--name '' matches everybody: say --all");
}

static void test_user(void **state)
{
	struct machine *m = *state;

	start(m);
	m->options.user = "root";
	means(m, TARGET_USER, "user root");
	assert_int_equal(m->choice.target.uid, 0);
	m->options.user = "65534";
	means(m, TARGET_USER, "user 65534");
	assert_int_equal(m->choice.target.uid, 65534);
	m->options.user = "no such user";
	fails(m, STATUS_FAILED, "there is no user 'no such user'");
	m->options.user = "root,daemon";
	fails(m, STATUS_FAILED, "there is no user 'root,daemon'; give one user");
	m->options.user = "4294967295"; /* what the kernel calls nobody at all */
	fails(m, STATUS_FAILED, "there is no user '4294967295'");
}

static void test_contradictions(void **state)
{
	struct machine *m = *state;

	start(m);
	give(&m->options.pids, "10");
	m->options.user = "root";
	m->options.name = "x";
	fails(m, STATUS_USAGE, "--pid and --name are two targets: give one of them");
	start(m);
	give(&m->options.cgroups, "/");
	m->options.all = true;
	fails(m, STATUS_USAGE, "--cgroup and --all are two targets: give one of them");
	start(m);
	m->options.all = m->options.alone = true;
	fails(m, STATUS_USAGE,
	      "--all and --no-children contradict each other: descendants are processes too");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pids, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_pids, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cgroups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_containers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contradictions, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
