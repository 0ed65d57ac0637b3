/* Units: where systemd will put them, and what is said when there is no systemd. */
#include "base/clock.h"
#include "source/unit.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void lies_at(const char *slice, const char *unit, const char *path)
{
	struct buf out = BUF_INIT;

	unit_add_cgroup(&out, str_of(slice), str_of(unit));
	assert_string_equal(buf_cstr(&out), path);
	buf_deinit(&out);
}

/* As systemd 252 has them. */
static void test_places(void **state)
{
	lies_at("system.slice", "ssh.service", "/system.slice/ssh.service");
	lies_at("a-b-c.slice", "w.service", "/a.slice/a-b.slice/a-b-c.slice/w.service");
	lies_at("system-foo.slice", "foo@bar\\x2dbaz.service",
		"/system.slice/system-foo.slice/foo@bar\\x2dbaz.service");
	lies_at("a\\x2db.slice", "x.service", "/a\\x2db.slice/x.service");
	lies_at("", "init.scope", "/init.scope");
	lies_at("-.slice", "x.service", "/x.service");
	lies_at("", "-.slice", "/");
	lies_at("", "a-b.slice", "/a.slice/a-b.slice");
	/* names that the kernel might take for files of its own */
	lies_at("memory.slice", "memory.service", "/_memory.slice/_memory.service");
	lies_at("", "cgroup.service", "/_cgroup.service");
	lies_at("", "_x.service", "/__x.service");
	lies_at("", "memoryx.service", "/memoryx.service");
	lies_at("", "tasks", "/_tasks");
}

struct place {
	char dir[64];
	int fd;
	struct unit unit;
	struct error err;
};

/* A runtime directory of ours: the user's systemd is asked where we say. */
static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	char path[128];

	strcpy(p->dir, "/tmp/pscope-unit-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	strcpy(path, p->dir);
	strcat(path, "/systemd");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", p->dir, 1), 0);
	assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
	p->fd = -1;
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char line[128];

	close(p->fd);
	snprintf(line, sizeof line, "rm -r %s", p->dir);
	assert_int_equal(system(line), 0);
	free(p);
	return 0;
}

static void listen_at(struct place *p, const char *name, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", p->dir, name);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&address, sizeof address), 0);
	if (listening)
		assert_int_equal(listen(p->fd, 8), 0);
}

/* The sentence names the address unix:path=DIR with `at` behind it. */
static void fails(struct place *p, int error, const char *before, const char *at,
		  const char *behind)
{
	char sentence[512];

	snprintf(sentence, sizeof sentence,
		 "systemd cannot be asked: %s unix:path=%s%s%s; give --cgroup PATH", before, p->dir,
		 at, behind);
	assert_int_equal(unit_find("x", getuid(), &p->unit, &p->err), -error);
	assert_string_equal(p->err.text, sentence);
}

static bool can_ask(struct place *p)
{
	return unit_find("x", getuid(), &p->unit, &p->err) == 0 ||
	       !strstr(p->err.text, "libsystemd");
}

static void test_nobody(void **state)
{
	struct place *p = *state;

	assert_int_equal(unit_find("", getuid(), &p->unit, &p->err), -EINVAL);
	assert_string_equal(p->err.text, "the name of a unit is empty");
	if (!can_ask(p))
		skip();
	fails(p, ENOENT, "there is nobody at", "/bus", ": No such file or directory");
	/* a socket that was left behind */
	listen_at(p, "bus", false);
	fails(p, ECONNREFUSED, "there is nobody at", "/bus", ": Connection refused");
}

/* The kernel accepts for it; it never says a word. */
static void test_silence(void **state)
{
	struct place *p = *state;
	int64_t start_ns, took_ns;

	if (!can_ask(p))
		skip();
	listen_at(p, "systemd/private", true);
	start_ns = clock_boot_ns();
	fails(p, ETIMEDOUT, "no answer from", "/systemd/private", " within a second");
	took_ns = clock_boot_ns() - start_ns;
	assert_true(took_ns >= NS_PER_SEC && took_ns < 10 * NS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
