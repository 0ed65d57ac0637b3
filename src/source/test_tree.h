/* A tree that stands in for proc, with processes made of a few words each. */
#ifndef SOURCE_TEST_TREE_H
#define SOURCE_TEST_TREE_H

#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct tree {
	char dir[32];
	struct root root;
};

static inline void tree_make(struct tree *tree)
{
	char path[64];

	strcpy(tree->dir, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(tree->dir));
	snprintf(path, sizeof path, "%s/%s", tree->dir, "proc");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(root_open(&tree->root, tree->dir, NULL), 0);
}

static inline void tree_remove(struct tree *tree)
{
	char command[64];

	root_close(&tree->root);
	snprintf(command, sizeof command, "rm -rf %s", tree->dir);
	assert_int_equal(system(command), 0);
}

static inline void tree_put_file(struct tree *tree, int pid, const char *name, const char *bytes,
				 size_t size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%d", pid);
	assert_true(mkdirat(tree->root.proc_fd, path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof path, "%d/%s", pid, name);
	fd = openat(tree->root.proc_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* By its number, parent, start in ticks, state and number of threads. */
static inline void tree_put_stat(struct tree *tree, int pid, int ppid, unsigned start_ticks,
				 char state, unsigned threads, const char *comm)
{
	char text[512];
	int n = snprintf(
		text, sizeof text,
		"%d (%s) %c %d 7 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 %u 0 %u 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, comm, state, ppid, threads, start_ticks);

	tree_put_file(tree, pid, "stat", text, (size_t)n);
}

/* The same, of a user 1000, in the cgroup /jobs/<pid>, called and running what `comm` says. */
static inline void tree_put(struct tree *tree, int pid, int ppid, unsigned start_ticks, char state,
			    unsigned threads, const char *comm)
{
	char text[512], path[32];
	int n;

	tree_put_stat(tree, pid, ppid, start_ticks, state, threads, comm);
	n = snprintf(text, sizeof text,
		     "Name:\t%s\nTgid:\t%d\nUid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\n", comm,
		     pid);
	tree_put_file(tree, pid, "status", text, (size_t)n);
	n = snprintf(text, sizeof text, "%s%c-x%c", comm, 0, 0);
	tree_put_file(tree, pid, "cmdline", text, (size_t)n);
	n = snprintf(text, sizeof text, "0::/jobs/%d\n", pid);
	tree_put_file(tree, pid, "cgroup", text, (size_t)n);
	snprintf(text, sizeof text, "/bin/%s", comm);
	snprintf(path, sizeof path, "%d/exe", pid);
	unlinkat(tree->root.proc_fd, path, 0);
	assert_int_equal(symlinkat(text, tree->root.proc_fd, path), 0);
}

static inline void tree_drop(struct tree *tree, int pid)
{
	static const char *const names[] = {"stat", "status", "cmdline", "cgroup", "exe"};
	char path[64];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%d/%s", pid, names[i]);
		assert_true(unlinkat(tree->root.proc_fd, path, 0) == 0 || errno == ENOENT);
	}
	snprintf(path, sizeof path, "%d", pid);
	assert_int_equal(unlinkat(tree->root.proc_fd, path, AT_REMOVEDIR), 0);
}

#endif
