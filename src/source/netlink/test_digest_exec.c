/* Whose arguments, and whether they are: execs that are looked at in time, late and twice. */
#include "source/netlink/test_digest.h"

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

static void look_fully(struct fixture *f)
{
	while (digest_look(f->digest))
		;
}

/*
 * A new image can be seen a moment before its exec is told: what both show is the later one's. What
 * only the first showed, under another name, is its own.
 */
static void test_seen_early(void **state)
{
	struct fixture *f = *state;
	int64_t now_ns = clock_boot_ns();

	PUT(f, 30, "env", "env\0true");
	event(f, CONNECTOR_EXEC, 30, 30, now_ns); /* a shell, but nobody saw it */
	look_fully(f);
	event(f, CONNECTOR_EXEC, 30, 30, clock_boot_ns());
	look_fully(f);
	PUT(f, 30, "true", "true");
	event(f, CONNECTOR_EXEC, 30, 30, clock_boot_ns());
	finish(f);
	assert_null(take(f, RECORD_EXEC, 30, now_ns)->exec.argv.p);
	assert_true(f->record.inferred);
	assert_true(digest_next(f->digest, &f->record));
	assert_int_equal(f->record.exec.argv.n, 9);
	assert_true(str_is(f->record.exec.comm, "env"));
	assert_true(digest_next(f->digest, &f->record));
	assert_int_equal(f->record.exec.argv.n, 5);
	take_none(f);
}

/* Who executes itself again much later shows the same and is believed. */
static void test_same_again(void **state)
{
	struct fixture *f = *state;
	int64_t now_ns = clock_boot_ns();

	PUT(f, 30, "daemon", "daemon\0-x");
	event(f, CONNECTOR_EXEC, 30, 30, now_ns);
	look_fully(f);
	event(f, CONNECTOR_EXEC, 30, 30, now_ns + NS_PER_SEC);
	finish(f);
	assert_int_equal(take(f, RECORD_EXEC, 30, now_ns)->exec.argv.n, 10);
	assert_int_equal(take(f, RECORD_EXEC, 30, now_ns + NS_PER_SEC)->exec.argv.n, 10);
}

/* The bell rings before the event comes; what only the bell told is forgotten in the end. */
static void test_bell(void **state)
{
	struct fixture *f = *state;

	PUT(f, 30, "make", "make\0-j2");
	PUT(f, 31, "lost", "lost");
	digest_bell(f->digest, 30, AT(1));
	digest_bell(f->digest, 31, AT(1));
	look_fully(f);
	PUT(f, 30, "other", "other");
	event(f, CONNECTOR_FORK, 30, 30, AT(0));
	event(f, CONNECTOR_EXEC, 30, 30, AT(1));
	finish(f);
	take(f, RECORD_FORK, 30, AT(0));
	assert_int_equal(take(f, RECORD_EXEC, 30, AT(1))->exec.argv.n, 9);
	take_none(f);
	/* an event that came too late for its bell; another one, whose bell was not heard */
	event(f, CONNECTOR_EXEC, 31, 31, AT(1));
	event(f, CONNECTOR_EXEC, 30, 30, AT(9000));
	finish(f);
	assert_int_equal(take(f, RECORD_EXEC, 31, AT(1))->exec.argv.n, 5);
	assert_int_equal(take(f, RECORD_EXEC, 30, AT(9000))->exec.argv.n, 6);
	take_none(f);
}

/* Users come from proc once, then from the parent and from what is told. */
static void test_users(void **state)
{
	static const char other[] = "Name:\tx\nTgid:\t1\nUid:\t9\t9\t9\t9\nGid:\t9\t9\t9\t9\n";
	struct connector_event uid = {
		.what = CONNECTOR_UID, .tid = 31, .tgid = 31, .ids = {50, 60}
        };
	struct fixture *f = *state;

	PUT(f, 1, "parent", "parent");
	PUT(f, 31, "child", "child");
	put_file(f, 31, "status", other, sizeof other - 1); /* not looked at */
	event(f, CONNECTOR_EXEC, 1, 1, AT(0));
	finish(f);
	assert_int_equal(take(f, RECORD_EXEC, 1, AT(0))->standing.uid.real, 1);
	take_none(f);
	digest_event(f->digest,
		     &(struct connector_event){
			     .what = CONNECTOR_FORK, .tid = 31, .tgid = 31, .other = {1, 1}
        },
		     AT(1));
	event(f, CONNECTOR_EXEC, 31, 31, AT(2));
	digest_event(f->digest, &uid, AT(3));
	finish(f);
	take(f, RECORD_FORK, 31, AT(1));
	assert_int_equal(take(f, RECORD_EXEC, 31, AT(2))->standing.uid.real, 1);
	assert_int_equal(f->record.standing.uid.saved, 3);
	assert_int_equal(take(f, RECORD_UID, 31, AT(3))->ids.effective, 60);
	take_none(f);
	event(f, CONNECTOR_EXEC, 31, 31, AT(100));
	finish(f);
	assert_int_equal(take(f, RECORD_EXEC, 31, AT(100))->standing.uid.effective, 60);
	assert_int_equal(f->record.standing.uid.saved, UID_UNKNOWN);
	assert_int_equal(f->record.standing.gid.real, 5);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_gone),       TEST(test_reused),
		TEST(test_two_execs),  TEST(test_late_second_exec),
		TEST(test_seen_early), TEST(test_same_again),
		TEST(test_bell),       TEST(test_users),
		TEST(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
