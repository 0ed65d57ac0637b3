/* From events to records: lives, threads, what is told of them, losses. */
#include "source/netlink/test_digest.h"

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

/* Of all parents one needs no look at proc: pscope itself, whose copy the command begins as. */
static void test_command(void **state)
{
	struct fixture *f = *state;

	f->options.own_tgid = 20;
	strcpy(f->options.own_comm, "pscope");
	again(f);
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	finish(f);
	assert_true(str_is(take(f, RECORD_FORK, 30, AT(0))->fork.comm, "pscope"));
	f->options.own_tgid = 21;
	again(f);
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	finish(f);
	assert_null(take(f, RECORD_FORK, 30, AT(0))->fork.comm.p);
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

/* Of a thread that ends by itself, as those that the kernel makes do, the status says nothing. */
static void test_own_ends(void **state)
{
	struct fixture *f = *state;

	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_FORK, 31, 30, AT(1));
	end(f, 30, 30, 26 << 8, AT(2));
	end(f, 31, 30, 0, AT(3));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	take_end(f, 30, 26 << 8, AT(3));
	event(f, CONNECTOR_FORK, 40, 40, AT(4));
	event(f, CONNECTOR_FORK, 41, 40, AT(5));
	end(f, 41, 40, 7 << 8, AT(6));
	end(f, 40, 40, 0, AT(7));
	finish(f);
	take(f, RECORD_FORK, 40, AT(4));
	take_end(f, 40, 0, AT(7));
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
		TEST(test_life),     TEST(test_tick),           TEST(test_leader_first),
		TEST(test_own_ends), TEST(test_thread_exec),    TEST(test_thread_records),
		TEST(test_before),   TEST(test_before_at_once), TEST(test_stray_end),
		TEST(test_others),   TEST(test_cgroups),        TEST(test_loss),
		TEST(test_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
