/* From events to records, with a proc that the test makes: lives, threads, arguments, losses. */
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

static void put_file(struct fixture *f, int32_t pid, const char *name, const void *bytes, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/proc/%d", f->top, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/proc/%d/%s", f->top, pid, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static void put_stat(struct fixture *f, int32_t pid, const char *comm, char state, int threads,
		     uint64_t start_ns)
{
	char text[256];
	int n = snprintf(text, sizeof text,
			 "%d (%s) %c 1 %d 30 0 -1 0 0 0 0 0 0 0 0 0 20 0 %d 0 %llu 0 0 0 0 0 0 0 0 "
			 "0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			 pid, comm, state, pid, threads, (unsigned long long)(start_ns / TICK));

	put_file(f, pid, "stat", text, (size_t)n);
}

static void put_process(struct fixture *f, int32_t pid, const char *comm, const char *words,
			size_t n)
{
	static const char status[] = "Name:\tx\nTgid:\t1\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n";

	put_file(f, pid, "cmdline", words, n);
	put_file(f, pid, "status", status, sizeof status - 1);
	put_stat(f, pid, comm, 'S', 1, START);
}
#define PUT(f, pid, comm, words) put_process(f, pid, comm, words, sizeof(words))

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char path[128];

	snprintf(f->top, sizeof f->top, "/tmp/test_digest.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	snprintf(path, sizeof path, "%s/proc", f->top);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(root_open(&f->root, f->top, NULL), 0);
	f->options = (struct digest_options){.root = &f->root, .opened_ns = START};
	f->digest = digest_new(&f->options);
	*state = f;
	return 0;
}

static int teardown(void **state)
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

static void again(struct fixture *f)
{
	digest_free(f->digest);
	f->digest = digest_new(&f->options);
}

/* ---- feeding and taking ---- */

static void event(struct fixture *f, uint32_t what, int32_t tid, int32_t tgid, int64_t time_ns)
{
	struct connector_event e = {.counted = true, .what = what, .tid = tid, .tgid = tgid};

	if (what == CONNECTOR_FORK)
		e.other.tid = e.other.tgid = 20;
	digest_event(f->digest, &e, time_ns);
}

static void end(struct fixture *f, int32_t tid, int32_t tgid, int32_t status, int64_t time_ns)
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

static void finish(struct fixture *f)
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

static void take_end(struct fixture *f, int32_t pid, int32_t status, int64_t time_ns)
{
	assert_int_equal(take(f, RECORD_EXIT, pid, time_ns)->exit.status, status);
	assert_false(take(f, RECORD_SETTLED, pid, time_ns)->settled.exact);
}

static void take_none(struct fixture *f)
{
	assert_false(digest_next(f->digest, &f->record));
}

#define AT(ms) (START + (ms)*1000000ll + 600000)

/* ---- one thread ---- */

static void test_life(void **state)
{
	struct fixture *f = *state;
	const struct record *r;

	PUT(f, 30, "make", "make\0-j2");
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	finish(f);
	r = take(f, RECORD_FORK, 30, AT(0));
	assert_int_equal(r->ident.grain_ns, TICK);
	assert_int_equal(r->ident.start_ns, START);
	assert_int_equal(r->standing.ppid, 20);
	assert_int_equal(r->fork.parent.tgid, 20);
	assert_int_equal(r->fork.parent.grain_ns, 0);
	r = take(f, RECORD_EXEC, 30, AT(1));
	assert_false(r->inferred);
	assert_int_equal(r->ident.start_ns, START);
	assert_int_equal(r->exec.argv.n, 9);
	assert_memory_equal(r->exec.argv.p, "make\0-j2", 9);
	assert_int_equal(r->exec.args_bytes, 9);
	assert_true(str_is(r->exec.comm, "make"));
	assert_int_equal(r->standing.pgid, 30);
	assert_int_equal(r->standing.sid, 30);
	assert_int_equal(r->standing.uid.saved, 3);
	assert_int_equal(r->standing.gid.effective, 6);
	take_none(f);
	end(f, 30, 30, 256, AT(20));
	finish(f);
	take_end(f, 30, 256, AT(20));
	assert_true(usage_knows(&f->record.settled.usage, USAGE_THREADS));
	assert_int_equal(f->record.settled.usage.value[USAGE_THREADS], 1);
	assert_false(usage_knows(&f->record.settled.usage, USAGE_CPU_USER_NS));
	take_none(f);
}

/* It ended before anybody could look: nothing is read, and the old name is marked. */
static void test_gone(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "other", "of\0somebody\0else");
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	end(f, 30, 30, 0, AT(2));
	assert_false(digest_look(f->digest));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_true(take(f, RECORD_EXEC, 30, AT(1))->inferred);
	assert_null(f->record.exec.argv.p);
	assert_null(f->record.exec.comm.p);
	take_end(f, 30, 0, AT(2));
}

/* The number belongs to somebody who started at another time. */
static void test_reused(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "other", "of\0somebody\0else");
	put_stat(f, 30, "other", 'S', 1, START + 3 * TICK);
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_true(take(f, RECORD_EXEC, 30, AT(1))->inferred);
	assert_null(f->record.exec.argv.p);
}

/* Told just after a tick: the start may lie before it, and only proc knows. */
static void test_tick(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "x", "x");
	event(f, CONNECTOR_FORK, 30, 30, START + TICK + 1000);
	event(f, CONNECTOR_FORK, 31, 31, START + TICK + 1000);
	finish(f);
	assert_int_equal(take(f, RECORD_FORK, 30, START + TICK + 1000)->ident.start_ns, START);
	assert_int_equal(take(f, RECORD_FORK, 31, START + TICK + 1000)->ident.start_ns,
			 START + TICK);
}

/* What is read after a second exec is the second one's. */
static void test_two_execs(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "true", "true\0x");
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	event(f, CONNECTOR_EXEC, 30, 30, AT(2));
	assert_true(digest_look(f->digest)); /* once for both */
	assert_true(digest_look(f->digest)); /* the rest */
	assert_false(digest_look(f->digest));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_null(take(f, RECORD_EXEC, 30, AT(1))->exec.argv.p);
	assert_true(f->record.inferred);
	assert_int_equal(take(f, RECORD_EXEC, 30, AT(2))->exec.argv.n, 7);
	take_none(f);
}

static void test_late_second_exec(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "true", "true\0x");
	event(f, CONNECTOR_EXEC, 30, 30, 1);
	assert_true(digest_look(f->digest));
	event(f, CONNECTOR_EXEC, 30, 30, 2);         /* by its time it was before the look */
	event(f, CONNECTOR_EXEC, 30, 30, INT64_MAX); /* and this one came after it */
	finish(f);
	assert_null(take(f, RECORD_EXEC, 30, 1)->exec.argv.p);
	assert_int_equal(take(f, RECORD_EXEC, 30, 2)->exec.argv.n, 7);
	take(f, RECORD_EXEC, 30, INT64_MAX);
}

/* Long arguments are cut and counted; a word that is not ended gets its end. */
static void test_arguments(void **state)
{
	struct fixture *f = *state;
	size_t n = 300001;
	char *words = malloc(n);

	memset(words, 'w', n);
	put_process(f, 30, "long", words, n);
	put_process(f, 31, "odd", "setproctitle", 12);
	put_process(f, 32, "none", "", 0);
	free(words);
	for (int32_t pid = 30; pid < 33; pid++)
		event(f, CONNECTOR_EXEC, pid, pid, AT(pid));
	finish(f);
	assert_int_equal(take(f, RECORD_EXEC, 30, AT(30))->exec.args_bytes, n);
	assert_true(f->record.exec.args_truncated);
	assert_int_equal(f->record.exec.argv.n, (128 << 10) + 1);
	assert_int_equal(f->record.exec.argv.p[128 << 10], 0);
	assert_int_equal(take(f, RECORD_EXEC, 31, AT(31))->exec.argv.n, 13);
	assert_memory_equal(f->record.exec.argv.p, "setproctitle", 13);
	assert_false(f->record.exec.args_truncated);
	assert_null(take(f, RECORD_EXEC, 32, AT(32))->exec.argv.p);
}

/* ---- threads ---- */

static void test_leader_first(void **state)
{
	struct fixture *f = *state;

	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_FORK, 31, 30, AT(1));
	event(f, CONNECTOR_FORK, 32, 30, AT(2));
	end(f, 30, 30, 0, AT(3));
	end(f, 32, 30, 7 << 8, AT(5));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	take_none(f);
	end(f, 31, 30, 7 << 8, AT(4)); /* told last, but not the last */
	finish(f);
	take_end(f, 30, 7 << 8, AT(5));
	assert_int_equal(f->record.settled.usage.value[USAGE_THREADS], 3);
	take_none(f);
}

/* The one that execs takes the leader's number; who it killed may tell so after the exec. */
static void test_thread_exec(void **state)
{
	struct fixture *f = *state;

	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_FORK, 31, 30, AT(1));
	event(f, CONNECTOR_FORK, 32, 30, AT(1));
	end(f, 30, 30, 0, AT(2)); /* the leader; 31 goes on as 30 */
	event(f, CONNECTOR_EXEC, 30, 30, AT(3));
	end(f, 32, 30, 0, AT(4));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	take(f, RECORD_EXEC, 30, AT(3));
	take_none(f);
	end(f, 30, 30, 5 << 8, AT(5));
	finish(f);
	take_end(f, 30, 5 << 8, AT(5));
}

static void test_thread_records(void **state)
{
	struct fixture *f = *state;

	f->options.threads = true;
	again(f);
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_FORK, 31, 30, AT(1));
	end(f, 31, 30, 0, AT(2));
	end(f, 30, 30, 0, AT(3));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_int_equal(take(f, RECORD_CLONE, 30, AT(1))->tid, 31);
	assert_int_equal(take(f, RECORD_THREAD_EXIT, 30, AT(2))->tid, 31);
	take_end(f, 30, 0, AT(3));
}

/* Of who was there before, proc knows whether it still lives: also when only its leader ended. */
static void test_before(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "old", "old");
	put_stat(f, 30, "old", 'S', 3, START);
	end(f, 33, 30, 0, AT(1));
	finish(f);
	take_none(f);
	put_stat(f, 30, "old", 'Z', 2, START);
	end(f, 30, 30, 0, AT(2));
	finish(f);
	take_none(f);
	put_stat(f, 30, "old", 'Z', 1, START);
	end(f, 32, 30, 9, AT(3));
	finish(f);
	take_end(f, 30, 9, AT(3));
	assert_int_equal(f->record.ident.grain_ns, 0);
	assert_false(usage_knows(&f->record.settled.usage, USAGE_THREADS));
	take_none(f);
}

/* All its threads in one batch: one end, at the time of the last. */
static void test_before_at_once(void **state)
{
	struct fixture *f = *state;

	end(f, 30, 30, 9, AT(2));
	end(f, 31, 30, 9, AT(1));
	finish(f);
	take_end(f, 30, 9, AT(2));
	take_none(f);
	/* and when the number has come back already */
	end(f, 40, 40, 9, AT(3));
	event(f, CONNECTOR_FORK, 40, 40, AT(4));
	finish(f);
	take_end(f, 40, 9, AT(3));
	take(f, RECORD_FORK, 40, AT(4));
	take_none(f);
}

/* The end of a former holder of the number is told when that has a new one. */
static void test_stray_end(void **state)
{
	struct fixture *f = *state;
	struct connector_event late = {
		.counted = true, .what = CONNECTOR_EXIT, .tid = 30, .tgid = 30};

	PUT(f, 30, "new", "new");
	event(f, CONNECTOR_FORK, 30, 30, AT(-50));
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	digest_event(f->digest, &late, AT(1));
	finish(f);
	take(f, RECORD_FORK, 30, AT(-50));
	take(f, RECORD_FORK, 30, AT(0));
	take_none(f);
	end(f, 30, 30, 3 << 8, AT(2));
	finish(f);
	take_end(f, 30, 3 << 8, AT(2));
}

/* ---- other kinds ---- */

static void test_others(void **state)
{
	struct fixture *f = *state;
	struct connector_event e = {.what = CONNECTOR_COMM, .tid = 30, .tgid = 30, .comm = "new"};

	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	digest_event(f->digest, &e, AT(1));
	memset(e.comm, 'x', sizeof e.comm);
	e.tid = 31;
	digest_event(f->digest, &e, AT(2)); /* a thread's name */
	event(f, CONNECTOR_SID, 30, 30, AT(3));
	event(f, CONNECTOR_CORE, 30, 30, AT(4));
	end(f, 30, 30, 0x80 | 3, AT(5));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_true(str_is(take(f, RECORD_COMM, 30, AT(1))->comm.comm, "new"));
	assert_int_equal(f->record.ident.start_ns, START);
	assert_int_equal(take(f, RECORD_SID, 30, AT(3))->new_id, 30);
	assert_int_equal(take(f, RECORD_CORE, 30, AT(5))->core_signal, 3);
	take_end(f, 30, 0x80 | 3, AT(5));
	take_none(f);
	/* about to dump is not dumped */
	event(f, CONNECTOR_FORK, 30, 30, AT(10));
	event(f, CONNECTOR_CORE, 30, 30, AT(11));
	end(f, 30, 30, 3, AT(12));
	finish(f);
	take(f, RECORD_FORK, 30, AT(10));
	take_end(f, 30, 3, AT(12));
}

static void test_cgroups(void **state)
{
	static const struct cgroup_ref ref = {.id = 1, .path = "/jobs"};
	static const char inside[] = "0::/jobs/1\n", outside[] = "0::/other\n";
	struct fixture *f = *state;

	f->options.cgroups = &ref;
	f->options.cgroup_count = 1;
	again(f);
	PUT(f, 20, "parent", "parent");
	put_file(f, 20, "cgroup", inside, sizeof inside - 1);
	PUT(f, 30, "child", "child");
	put_file(f, 30, "cgroup", outside, sizeof outside - 1);
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_FORK, 31, 31, AT(0));
	finish(f);
	assert_true(take(f, RECORD_FORK, 30, AT(0))->covered);
	assert_true(take(f, RECORD_FORK, 31, AT(0))->covered);
	take_none(f);
	/* it was moved before it became something else */
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	finish(f);
	assert_false(take(f, RECORD_EXEC, 30, AT(1))->covered);
}

/* ---- losses ---- */

static void test_loss(void **state)
{
	struct fixture *f = *state;

	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	PUT(f, 30, "still", "still\0there");
	PUT(f, 40, "born", "born\0unseen");
	put_stat(f, 40, "born", 'S', 1, START + 2 * TICK);
	PUT(f, 41, "old", "old");
	put_stat(f, 41, "old", 'S', 1, START - 200ll * TICK);
	digest_loss(f->digest, 77, STR("too much"), AT(1), AT(9));
	end(f, 32, 30, 0, AT(10)); /* a thread whose birth was lost: not the end of all */
	event(f, CONNECTOR_EXEC, 40, 40, AT(60));
	event(f, CONNECTOR_EXEC, 41, 41, AT(61));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_int_equal(take(f, RECORD_GAP, 0, AT(1))->gap.lost, 77);
	assert_int_equal(f->record.gap.from_ns, AT(1));
	assert_int_equal(f->record.gap.to_ns, AT(9));
	assert_true(str_is(f->record.gap.reason, "too much"));
	assert_true(take(f, RECORD_FORK, 40, START + 3 * TICK)->inferred);
	assert_int_equal(f->record.ident.start_ns, START + 2 * TICK);
	assert_int_equal(f->record.fork.parent.tgid, 1);
	assert_int_equal(take(f, RECORD_EXEC, 40, AT(60))->ident.start_ns, START + 2 * TICK);
	assert_false(f->record.inferred);
	take(f, RECORD_EXEC, 41, AT(61));
	assert_int_equal(f->record.ident.start_ns, START - 200ll * TICK);
	take_none(f);
	end(f, 40, 40, 0, AT(70));
	put_stat(f, 40, "born", 'Z', 1, START + 2 * TICK);
	finish(f);
	take_end(f, 40, 0, AT(70));
	assert_int_equal(f->record.ident.start_ns, START + 2 * TICK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_life),           TEST(test_gone),         TEST(test_reused),
		TEST(test_tick),           TEST(test_two_execs),    TEST(test_late_second_exec),
		TEST(test_arguments),      TEST(test_leader_first), TEST(test_thread_exec),
		TEST(test_thread_records), TEST(test_before),       TEST(test_before_at_once),
		TEST(test_stray_end),      TEST(test_others),       TEST(test_cgroups),
		TEST(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
