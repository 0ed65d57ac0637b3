/* Terminals of lives, from a tree that stands in for proc. */
#include "source/tty_cache.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PTS3   0x8803
#define BORN   INT64_C(50000000000)
#define SECOND INT64_C(1000000000)

struct fixture {
	char dir[32];
	struct root root;
	struct tty_cache *cache;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char path[64];

	strcpy(f->dir, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(path, sizeof path, "%s/proc", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(root_open(&f->root, f->dir, NULL), 0);
	f->cache = tty_cache_new(&f->root);
	*state = f;
	return 0;
}

static void drop_stat(struct fixture *f, const char *pid)
{
	char path[64];

	snprintf(path, sizeof path, "%s/stat", pid);
	unlinkat(f->root.proc_fd, path, 0);
	unlinkat(f->root.proc_fd, pid, AT_REMOVEDIR);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char path[64];

	drop_stat(f, "7");
	drop_stat(f, "8");
	root_close(&f->root);
	snprintf(path, sizeof path, "%s/proc", f->dir);
	rmdir(path);
	rmdir(f->dir);
	tty_cache_free(f->cache);
	free(f);
	return 0;
}

static void put_stat(struct fixture *f, const char *pid, int tty, unsigned start_ticks)
{
	int sid = atoi(pid) == 8 ? 8 : 7;
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%s/stat", pid);
	mkdirat(f->root.proc_fd, pid, 0700);
	fd = openat(f->root.proc_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	dprintf(fd,
		"%s (x) S 1 1 %d %d -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
		"17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, sid, tty, start_ticks);
	close(fd);
}

/* Started 50 s after boot. */
static struct proc make(uint64_t id, int32_t pid, int32_t sid, struct proc *parent)
{
	return (struct proc){.id = id,
			     .ident = ident_exact(pid, BORN),
			     .pid = pid,
			     .sid = sid,
			     .birth_parent = parent};
}

static void test_own(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL);

	assert_int_equal(tty_cache_device(f->cache, &shell, BORN - SECOND), 0);
	put_stat(f, "7", PTS3, 5001); /* somebody else by now */
	shell.sid = 6;
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN), 0);
	shell.sid = 7;
	put_stat(f, "7", 0, 5000); /* none yet */
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN), 0);
	put_stat(f, "7", PTS3, 5000);
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN), PTS3);
	drop_stat(f, "7");
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN), PTS3);
}

static void test_inherited(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL), child = make(2, 8, 7, &shell),
		    grandchild = make(3, 9, 7, &child), daemon = make(4, 10, 10, &child);

	child.state = grandchild.state = daemon.state = PROC_FINISHED;
	put_stat(f, "7", PTS3, 5000);
	assert_int_equal(tty_cache_device(f->cache, &grandchild, BORN), PTS3);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN), PTS3);
	assert_int_equal(tty_cache_device(f->cache, &daemon, BORN), 0); /* left the session */
	/* what is known of the parent needs no reading */
	drop_stat(f, "7");
	daemon.sid = 7;
	assert_int_equal(tty_cache_device(f->cache, &daemon, BORN), PTS3);
}

static void test_left_session(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL), child = make(2, 8, 7, &shell);

	put_stat(f, "7", PTS3, 5000);
	put_stat(f, "8", 0, 5000);
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN), PTS3);
	/* it has not been asked */
	assert_int_equal(tty_cache_device(f->cache, &child, BORN), PTS3);
	child.sid = 8;
	assert_int_equal(tty_cache_device(f->cache, &child, BORN), 0);
}

/* Its family has gone: whoever is in the session knows as well. */
static void test_leader(void **state)
{
	struct fixture *f = *state;
	struct proc child = make(2, 9, 7, NULL), orphan = make(3, 10, 8, NULL);

	child.state = orphan.state = PROC_FINISHED;
	assert_int_equal(tty_cache_device(f->cache, &child, BORN - SECOND), 0);
	put_stat(f, "7", PTS3, 1);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN), PTS3);
	orphan.ppid = 7; /* of another session */
	assert_int_equal(tty_cache_device(f->cache, &orphan, BORN), 0);
	orphan.sid = 7;
	assert_int_equal(tty_cache_device(f->cache, &orphan, BORN), PTS3);
}

/* Of a session whose leader has long had none nobody is asked for a second. */
static void test_none(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL), child = make(2, 9, 7, &shell);

	child.state = PROC_FINISHED;
	put_stat(f, "7", 0, 5000);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN + SECOND - 1), 0);
	put_stat(f, "7", PTS3, 5000);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN + SECOND - 1), PTS3);
	shell.id = 3, child.id = 4; /* of which nothing is known */
	put_stat(f, "7", 0, 5000);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN + SECOND), 0);
	put_stat(f, "7", PTS3, 5000);
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN + 2 * SECOND - 1), 0);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN + 2 * SECOND - 1), 0);
	assert_int_equal(tty_cache_device(f->cache, &child, BORN + 2 * SECOND), PTS3);
}

/* Who was born before the leader got one has none, and says nothing about the others. */
static void test_not_none(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL), elder = make(2, 8, 7, &shell);

	put_stat(f, "7", PTS3, 5000);
	put_stat(f, "8", 0, 5000);
	assert_int_equal(tty_cache_device(f->cache, &elder, BORN + SECOND), 0);
	assert_int_equal(tty_cache_device(f->cache, &shell, BORN + SECOND), PTS3);
}

static void test_bounded(void **state)
{
	struct fixture *f = *state;
	struct proc shell = make(1, 7, 7, NULL), first = make(2, 8, 9, NULL), other;

	put_stat(f, "7", PTS3, 5000);
	for (uint64_t id = 2; id < 40000; id++) {
		other = make(id, 8, 7, &shell);
		other.state = PROC_FINISHED;
		assert_int_equal(tty_cache_device(f->cache, &other, BORN), PTS3);
	}
	/* the first ones are forgotten, the last one is not */
	assert_int_equal(tty_cache_device(f->cache, &first, BORN), 0);
	assert_int_equal(tty_cache_device(f->cache, &other, BORN), PTS3);
}

static void test_sessions_bounded(void **state)
{
	struct fixture *f = *state;
	struct proc one = make(1, 9, 7, NULL), other;

	one.state = PROC_FINISHED;
	assert_int_equal(tty_cache_device(f->cache, &one, BORN), 0); /* the leader has gone */
	put_stat(f, "7", PTS3, 5000);
	assert_int_equal(tty_cache_device(f->cache, &one, BORN + SECOND - 1), 0);
	for (int32_t sid = 100; sid < 20000; sid++) {
		other = make(2, 10, sid, NULL);
		other.state = PROC_FINISHED;
		assert_int_equal(tty_cache_device(f->cache, &other, BORN), 0);
	}
	assert_int_equal(tty_cache_device(f->cache, &one, BORN), PTS3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inherited, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sessions_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
