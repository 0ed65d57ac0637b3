/* A digest, a proc that the test makes, events to feed and records to take. */
#ifndef SOURCE_NETLINK_TEST_DIGEST_H
#define SOURCE_NETLINK_TEST_DIGEST_H

#include "base/clock.h"
#include "source/netlink/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define START 5000000000 /* of everybody, in ticks exactly */
#define TICK  10000000

struct fixture {
	char top[64];
	struct root root;
	struct digest_options options;
	struct digest *digest;
	struct record record; /* the last one that was taken */
};

/* ---- a proc ---- */

static inline void put_file(struct fixture *f, int32_t pid, const char *name, const void *bytes,
			    size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s/%d", f->top, "proc", pid);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/%d/%s", f->top, "proc", pid, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static inline void put_stat(struct fixture *f, int32_t pid, const char *comm, char state,
			    int threads, uint64_t start_ns)
{
	char text[256];
	int n = snprintf(text, sizeof text,
			 "%d (%s) %c 1 %d 30 0 -1 0 0 0 0 0 0 0 0 0 20 0 %d 0 %llu 0 0 0 0 0 0 0 0 "
			 "0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			 pid, comm, state, pid, threads, (unsigned long long)(start_ns / TICK));

	put_file(f, pid, "stat", text, (size_t)n);
}

static inline void put_process(struct fixture *f, int32_t pid, const char *comm, const char *words,
			       size_t n)
{
	static const char status[] = "Name:\tx\nTgid:\t1\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n";

	put_file(f, pid, "cmdline", words, n);
	put_file(f, pid, "status", status, sizeof status - 1);
	put_stat(f, pid, comm, 'S', 1, START);
}
#define PUT(f, pid, comm, words) put_process(f, pid, comm, words, sizeof(words))

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char path[128];

	snprintf(f->top, sizeof f->top, "/tmp/test_digest.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	snprintf(path, sizeof path, "%s/%s", f->top, "proc");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(root_open(&f->root, f->top, NULL), 0);
	f->options = (struct digest_options){.root = &f->root, .opened_ns = START};
	f->digest = digest_new(&f->options);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	digest_free(f->digest);
	root_close(&f->root);
	snprintf(command, sizeof command, "rm -rf %s", f->top);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline void again(struct fixture *f)
{
	digest_free(f->digest);
	f->digest = digest_new(&f->options);
}

/* ---- feeding and taking ---- */

static inline void event(struct fixture *f, uint32_t what, int32_t tid, int32_t tgid,
			 int64_t time_ns)
{
	struct connector_event e = {.counted = true, .what = what, .tid = tid, .tgid = tgid};

	if (what == CONNECTOR_FORK)
		e.other.tid = e.other.tgid = 20;
	digest_event(f->digest, &e, time_ns);
}

static inline void end(struct fixture *f, int32_t tid, int32_t tgid, int32_t status,
		       int64_t time_ns)
{
	struct connector_event e = {
		.counted = true,
		.what = CONNECTOR_EXIT,
		.tid = tid,
		.tgid = tgid,
		.exit = {status, 20}
        };

	digest_event(f->digest, &e, time_ns);
}

static inline void finish(struct fixture *f)
{
	while (digest_look(f->digest))
		;
	digest_finish(f->digest);
}

static const struct record *take(struct fixture *f, enum record_kind kind, int32_t pid,
				 int64_t time_ns)
{
	assert_true(digest_next(f->digest, &f->record));
	assert_int_equal(f->record.kind, kind);
	assert_int_equal(f->record.pid, pid);
	assert_int_equal(f->record.ident.tgid, kind == RECORD_GAP ? 0 : pid);
	assert_int_equal(f->record.time_ns, time_ns);
	return &f->record;
}

static inline void take_end(struct fixture *f, int32_t pid, int32_t status, int64_t time_ns)
{
	assert_int_equal(take(f, RECORD_EXIT, pid, time_ns)->exit.status, status);
	assert_false(take(f, RECORD_SETTLED, pid, time_ns)->settled.exact);
}

static inline void take_none(struct fixture *f)
{
	assert_false(digest_next(f->digest, &f->record));
}

#define AT(ms) (START + (ms)*1000000ll + 600000)

#endif
