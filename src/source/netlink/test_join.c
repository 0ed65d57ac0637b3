/* Events with bare pids, joined with the lives that records tell of. */
#include "source/netlink/join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct join_options options;

static void hear(struct join *join, int32_t tgid, int64_t time_ns)
{
	join_hear(join,
		  &(struct connector_event){
			  .counted = true, .what = CONNECTOR_SID, .tid = tgid, .tgid = tgid},
		  time_ns);
}

static void note(struct join *join, enum record_kind kind, int32_t tgid, int64_t time_ns)
{
	int64_t start_ns = kind == RECORD_FORK ? time_ns : 100;
	struct record record =
		record_make(kind, time_ns, ident_exact(tgid, (uint64_t)start_ns), tgid + 1000);

	join_reach(join, time_ns);
	join_note(join, &record);
}

static void expect(struct join *join, int32_t tgid, uint64_t start_ns, int64_t time_ns)
{
	struct record record;

	assert_true(join_next(join, &record));
	assert_int_equal(record.kind, RECORD_SID);
	assert_false(record.inferred);
	assert_int_equal(record.time_ns, time_ns);
	assert_int_equal(record.ident.tgid, tgid);
	assert_int_equal(record.ident.start_ns, start_ns);
	assert_int_equal(record.new_id, tgid + 1000);
	assert_int_equal(record.pid, tgid + 1000);
}

static void expect_none(struct join *join)
{
	struct record record;

	assert_false(join_next(join, &record));
}

static void test_join_before_the_end(void **state)
{
	struct join *join = join_new(&options);

	(void)state;
	hear(join, 7, 150);
	note(join, RECORD_FORK, 7, 100);
	expect_none(join);
	join_reach(join, 200); /* the exit has been read, but is not noted yet */
	expect(join, 7, 100, 150);
	note(join, RECORD_EXIT, 7, 200);
	expect_none(join);
	join_free(join);
}

static void test_join_waits_one_batch(void **state)
{
	struct join *join = join_new(&options);

	(void)state;
	hear(join, 7, 150);
	hear(join, 8, 160); /* nobody's */
	join_end_batch(join);
	expect_none(join);
	note(join, RECORD_FORK, 7, 100);
	expect_none(join);
	join_end_batch(join);
	expect(join, 7, 100, 150);
	expect_none(join);
	/* not kept either */
	note(join, RECORD_FORK, 8, 155);
	join_end_batch(join);
	join_end_batch(join);
	expect_none(join);
	join_free(join);
}

static void test_join_knows_lives_apart(void **state)
{
	struct join *join = join_new(&options);

	(void)state;
	note(join, RECORD_FORK, 7, 100);
	note(join, RECORD_EXIT, 7, 200);
	hear(join, 7, 250); /* a stranger's, between two lives of that number */
	note(join, RECORD_FORK, 7, 300);
	join_reach(join, 400);
	expect_none(join);
	hear(join, 7, 350);
	expect(join, 7, 300, 350);
	/* the late second exit of the first life does not end the second one */
	note(join, RECORD_EXIT, 7, 400);
	hear(join, 7, 390);
	expect(join, 7, 300, 390);
	join_free(join);
}

static void test_join_is_bounded(void **state)
{
	struct join *join = join_new(&options);
	struct record record;
	unsigned count = 0;

	(void)state;
	note(join, RECORD_FORK, 7, 100);
	for (int i = 0; i < 100000; i++)
		hear(join, 7, 101 + i);
	join_reach(join, INT64_MAX);
	while (join_next(join, &record))
		count++;
	assert_in_range(count, 1, 10000);
	join_free(join);
}

/* Every kind that makes a record; what threads tell beside the leader is no news. */
static void test_join_kinds(void **state)
{
	struct join *join = join_new(&options);
	struct connector_event uid = {
		.what = CONNECTOR_UID, .tid = 7, .tgid = 7, .ids = {5, 6}
        };
	struct connector_event gid = {
		.what = CONNECTOR_GID, .tid = 8, .tgid = 7, .ids = {5, 6}
        };
	struct connector_event tracer = {
		.what = CONNECTOR_PTRACE, .tid = 8, .tgid = 7, .other = {40, 39}
        };
	struct connector_event exec = {.what = CONNECTOR_EXEC, .tid = 7, .tgid = 7};
	struct record record;

	(void)state;
	note(join, RECORD_FORK, 7, 100);
	join_hear(join, &uid, 110);
	join_hear(join, &exec, 115);
	join_hear(join, &gid, 120);
	join_hear(join, &tracer, 130);
	join_reach(join, 200);
	assert_true(join_next(join, &record));
	assert_int_equal(record.kind, RECORD_UID);
	assert_int_equal(record.ids.real, 5);
	assert_int_equal(record.ids.effective, 6);
	assert_int_equal(record.ids.saved, UID_UNKNOWN);
	assert_true(join_next(join, &record));
	assert_int_equal(record.kind, RECORD_PTRACE);
	assert_int_equal(record.new_id, 39);
	assert_int_equal(record.tid, 8);
	assert_int_equal(record.time_ns, 130);
	expect_none(join);
	join_free(join);
}

/* Where everybody is followed, who was never heard of was there before. */
static void test_join_everything(void **state)
{
	struct join *join = join_new(&(struct join_options){.everything = true});
	struct record record;

	(void)state;
	hear(join, 9, 100);
	join_end_batch(join);
	expect_none(join);
	join_end_batch(join);
	assert_true(join_next(join, &record));
	assert_int_equal(record.kind, RECORD_SID);
	assert_int_equal(record.ident.tgid, 9);
	assert_int_equal(record.ident.grain_ns, 0);
	assert_int_equal(record.pid, 9);
	expect_none(join);
	join_free(join);
}

static void test_join_of_nothing(void **state)
{
	(void)state;
	note(NULL, RECORD_FORK, 7, 100);
	hear(NULL, 7, 100);
	join_end_batch(NULL);
	expect_none(NULL);
	assert_null(join_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join_before_the_end),
		cmocka_unit_test(test_join_waits_one_batch),
		cmocka_unit_test(test_join_knows_lives_apart),
		cmocka_unit_test(test_join_is_bounded),
		cmocka_unit_test(test_join_kinds),
		cmocka_unit_test(test_join_everything),
		cmocka_unit_test(test_join_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
