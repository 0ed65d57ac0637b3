/* Datagrams of the process connector, whole and broken; joining them with the lives of the ring. */
#include "source/bpf/netlink_sid.h"
#include "source/bpf/sid_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS 19 /* of four bytes: what the kernel sends */
#define BYTES (WORDS * 4)

/* nlmsghdr; cn_msg, its length in the lower half of word 8; what, CPU, time, thread, process */
static void make(uint32_t word[WORDS], uint32_t what, uint64_t time_ns, uint32_t tgid)
{
	memset(word, 0, BYTES);
	word[0] = BYTES;
	word[1] = 3;
	word[4] = word[5] = 1;
	word[8] = 40;
	word[9] = what;
	memcpy(word + 11, &time_ns, sizeof time_ns);
	word[13] = tgid + 1;
	word[14] = tgid;
}

/* From a block of exactly that size, so that a sanitizer sees a read past it. */
static size_t decode(const uint32_t *word, size_t size, struct netlink_sid_event *ret)
{
	char *copy = malloc(size ? size : 1);
	size_t step;

	memcpy(copy, word, size);
	step = netlink_sid_decode(copy, size, ret);
	free(copy);
	return step;
}

static void test_session(void **state)
{
	struct netlink_sid_event event;
	uint32_t word[2 * WORDS];

	(void)state;
	make(word, 0x80, 1234567890123, 77);
	make(word + WORDS, 0x200, 5, 78);
	assert_int_equal(decode(word, sizeof word, &event), BYTES);
	assert_int_equal(event.kind, NETLINK_SID_SESSION);
	assert_int_equal(event.tgid, 77);
	assert_int_equal(event.monotonic_ns, 1234567890123);
	assert_int_equal(decode(word + WORDS, BYTES, &event), BYTES);
	assert_int_equal(event.kind, NETLINK_SID_RENAME);
	assert_int_equal(event.tgid, 78);
}

static void test_every_cut(void **state)
{
	struct netlink_sid_event event;
	uint32_t word[WORDS];

	(void)state;
	make(word, 0x80, 1, 77);
	for (size_t size = 0; size < BYTES; size++)
		assert_int_equal(decode(word, size, &event), 0);
	/* A message may be shorter than the kernel's, but not than an event of this kind. */
	for (uint32_t size = 0; size <= BYTES; size++) {
		word[0] = size;
		word[8] = size >= 36 ? size - 36 : 0;
		assert_int_equal(decode(word, BYTES, &event),
				 size < 16 ? 0 : (size_t)(size + 3) / 4 * 4);
		assert_int_equal(event.kind == NETLINK_SID_SESSION, size >= 60);
	}
}

static void test_malformed(void **state)
{
	static const struct {
		unsigned word;
		uint32_t value;
		size_t step;
	} cases
		[] =
			{
				{0,  UINT32_MAX, 0    }, /* lengths */
				{0,  BYTES + 1,  0    },
				{8,  41,         BYTES},
				{8,  0xffff,     BYTES},
				{8,  23,         BYTES},
				{1,  2,          BYTES}, /* an error of netlink's own */
				{4,  2,          BYTES}, /* other connectors */
				{5,  9,          BYTES},
				{9,  0x81,       BYTES}, /* what is no single event */
				{9,  0,          BYTES},
				{12, 0x80000000, BYTES}, /* times and pids that cannot be */
				{14, 0x80000000, BYTES},
        };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct netlink_sid_event event;
		uint32_t word[WORDS];

		make(word, 0x80, 1, 77);
		word[cases[i].word] = cases[i].value;
		assert_int_equal(decode(word, BYTES, &event), cases[i].step);
		assert_int_equal(event.kind, NETLINK_SID_OTHER);
	}
}

/* Whatever this machine allows: it comes back, and a session that is heard of is the right one. */
static void count_session(void *context, int32_t tgid, int64_t time_ns)
{
	(void)tgid;
	assert_true(time_ns > 0);
	(*(unsigned *)context)++;
}

static void test_open(void **state)
{
	int fd = netlink_sid_open();
	unsigned heard = 0;

	(void)state;
	if (fd >= 0)
		netlink_sid_receive(fd, count_session, &heard);
	netlink_sid_close(fd);
}

/* ---- joining ---- */

static void note(struct sid_join *join, enum record_kind kind, int32_t tgid, int64_t time_ns)
{
	int64_t start_ns = kind == RECORD_FORK ? time_ns : 100;
	struct record record =
		record_make(kind, time_ns, ident_exact(tgid, (uint64_t)start_ns), tgid + 1000);

	sid_join_reach(join, time_ns);
	sid_join_note(join, &record);
}

static void expect(struct sid_join *join, int32_t tgid, uint64_t start_ns, int64_t time_ns)
{
	struct record record;

	assert_true(sid_join_next(join, &record));
	assert_int_equal(record.kind, RECORD_SID);
	assert_false(record.inferred);
	assert_int_equal(record.time_ns, time_ns);
	assert_int_equal(record.ident.tgid, tgid);
	assert_int_equal(record.ident.start_ns, start_ns);
	assert_int_equal(record.new_id, tgid + 1000);
	assert_int_equal(record.pid, tgid + 1000);
}

static void expect_none(struct sid_join *join)
{
	struct record record;

	assert_false(sid_join_next(join, &record));
}

static void test_join_before_the_end(void **state)
{
	struct sid_join *join = sid_join_new();

	(void)state;
	sid_join_hear(join, 7, 150);
	note(join, RECORD_FORK, 7, 100);
	expect_none(join);
	sid_join_reach(join, 200); /* the exit has been read, but is not noted yet */
	expect(join, 7, 100, 150);
	note(join, RECORD_EXIT, 7, 200);
	expect_none(join);
	sid_join_free(join);
}

static void test_join_waits_one_batch(void **state)
{
	struct sid_join *join = sid_join_new();

	(void)state;
	sid_join_hear(join, 7, 150);
	sid_join_hear(join, 8, 160); /* nobody's */
	sid_join_end_batch(join);
	expect_none(join);
	note(join, RECORD_FORK, 7, 100);
	expect_none(join);
	sid_join_end_batch(join);
	expect(join, 7, 100, 150);
	expect_none(join);
	/* not kept either */
	note(join, RECORD_FORK, 8, 155);
	sid_join_end_batch(join);
	sid_join_end_batch(join);
	expect_none(join);
	sid_join_free(join);
}

static void test_join_knows_lives_apart(void **state)
{
	struct sid_join *join = sid_join_new();

	(void)state;
	note(join, RECORD_FORK, 7, 100);
	note(join, RECORD_EXIT, 7, 200);
	sid_join_hear(join, 7, 250); /* a stranger's, between two lives of that number */
	note(join, RECORD_FORK, 7, 300);
	sid_join_reach(join, 400);
	expect_none(join);
	sid_join_hear(join, 7, 350);
	expect(join, 7, 300, 350);
	/* the late second exit of the first life does not end the second one */
	note(join, RECORD_EXIT, 7, 400);
	sid_join_hear(join, 7, 390);
	expect(join, 7, 300, 390);
	sid_join_free(join);
}

static void test_join_is_bounded(void **state)
{
	struct sid_join *join = sid_join_new();
	struct record record;
	unsigned count = 0;

	(void)state;
	note(join, RECORD_FORK, 7, 100);
	for (int i = 0; i < 100000; i++)
		sid_join_hear(join, 7, 101 + i);
	sid_join_reach(join, INT64_MAX);
	while (sid_join_next(join, &record))
		count++;
	assert_in_range(count, 1, 10000);
	sid_join_free(join);
}

static void test_join_of_nothing(void **state)
{
	(void)state;
	note(NULL, RECORD_FORK, 7, 100);
	sid_join_hear(NULL, 7, 100);
	sid_join_end_batch(NULL);
	expect_none(NULL);
	assert_null(sid_join_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_join_before_the_end),
		cmocka_unit_test(test_join_waits_one_batch),
		cmocka_unit_test(test_join_knows_lives_apart),
		cmocka_unit_test(test_join_is_bounded),
		cmocka_unit_test(test_join_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
