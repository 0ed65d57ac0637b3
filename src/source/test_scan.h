/* What the tests of the scan share: a root, a directory for made-up trees, a list to fill. */
#ifndef SOURCE_TEST_SCAN_H
#define SOURCE_TEST_SCAN_H

#include "source/scan.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Everything that a file of the process gives. */
#define ALL_PARTS (~0u >> (32 - SNAPSHOT_PARTS) & ~PART_BIT(PART_INTERVAL))

struct fixture {
	char dir[40];
	struct root root;
	struct scan_options options;
	struct snapshot_list list;
	struct error err;
	pid_t child;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char path[64];

	strcpy(f->dir, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(path, sizeof path, "%s/%s", f->dir, "proc");
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(root_open(&f->root, NULL, NULL), 0);
	f->options = (struct scan_options){.root = &f->root, .parts = ALL_PARTS, .way = SCAN_PROC};
	snapshot_list_init(&f->list);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char line[64];

	if (f->child > 0) {
		kill(f->child, SIGKILL);
		waitpid(f->child, NULL, 0);
	}
	snprintf(line, sizeof line, "rm -rf %s", f->dir);
	assert_int_equal(system(line), 0);
	snapshot_list_deinit(&f->list);
	root_close(&f->root);
	free(f);
	return 0;
}

static inline void pass(struct fixture *f)
{
	struct scan *scan;

	if (scan_new(&scan, &f->options, &f->err) < 0 || scan_pass(scan, &f->list, &f->err) < 0)
		fail_msg("%s", f->err.text);
	assert_string_equal(scan_way_name(scan), "proc");
	scan_free(scan);
}

static inline struct snapshot *find(struct fixture *f, pid_t pid)
{
	return snapshot_list_find(&f->list, pid);
}

#endif
