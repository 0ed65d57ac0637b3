/* Who is taken for living: by number and start time, from a tree that stands in for proc. */
#include "source/alive.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[32];
	struct root root;
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
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->root.proc_fd, "7/stat", 0);
	unlinkat(f->root.proc_fd, "7", AT_REMOVEDIR);
	root_close(&f->root);
	char path[64];

	snprintf(path, sizeof path, "%s/proc", f->dir);
	rmdir(path);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void put_stat(struct fixture *f, char state, unsigned start_ticks)
{
	int fd;

	mkdirat(f->root.proc_fd, "7", 0700);
	fd = openat(f->root.proc_fd, "7/stat", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	dprintf(fd,
		"7 (x) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
		"17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		state, start_ticks);
	close(fd);
}

static void test_lives(void **state)
{
	struct fixture *f = *state;
	/* started 51.23456789 s after boot: tick 5123 */
	struct proc proc = {.ident = ident_exact(4007, 51234567890), .pid = 7};

	assert_false(alive_check(&f->root, &proc));
	put_stat(f, 'S', 5123);
	assert_true(alive_check(&f->root, &proc));
	put_stat(f, 'Z', 5123);
	assert_false(alive_check(&f->root, &proc));
	put_stat(f, 'S', 5124);
	assert_false(alive_check(&f->root, &proc));
	/* a start that is not known says nothing against it */
	proc.ident = ident_provisional(7);
	assert_true(alive_check(&f->root, &proc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lives, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
