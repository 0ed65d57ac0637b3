/* Datagrams of the process connector, whole and broken; gaps in their numbers. */
#include "source/netlink/connector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WORDS 19 /* of four bytes: what the kernel sends */
#define BYTES (WORDS * 4)
#define FIRST 13 /* word of the event's own part */

/* nlmsghdr; cn_msg, its length in the lower half of word 8; what, CPU, time, then the kind's own */
static void make(uint32_t word[WORDS], uint32_t what, uint64_t time_ns)
{
	memset(word, 0, BYTES);
	word[0] = BYTES;
	word[1] = 3;
	word[4] = word[5] = 1;
	word[6] = 4711; /* sequence */
	word[8] = 40;
	word[9] = what;
	word[10] = 6; /* CPU */
	memcpy(word + 11, &time_ns, sizeof time_ns);
	for (uint32_t i = 0; i < 6; i++)
		word[FIRST + i] = 101 + i;
}

/* From a block of exactly that size, so that a sanitizer sees a read past it. */
static size_t decode(const uint32_t *word, size_t size, struct connector_event *ret)
{
	char *copy = malloc(size ? size : 1);
	size_t step;

	memcpy(copy, word, size);
	step = connector_decode(copy, size, ret);
	free(copy);
	return step;
}

static struct connector_event decode_kind(uint32_t what)
{
	struct connector_event event;
	uint32_t word[WORDS];

	make(word, what, 1234567890123);
	assert_int_equal(decode(word, BYTES, &event), BYTES);
	assert_true(event.counted);
	assert_int_equal(event.what, what);
	assert_int_equal(event.cpu, 6);
	assert_int_equal(event.sequence, 4711);
	assert_int_equal(event.monotonic_ns, 1234567890123);
	return event;
}

static void test_kinds(void **state)
{
	struct connector_event event = decode_kind(CONNECTOR_FORK);

	(void)state;
	assert_int_equal(event.other.tid, 101);
	assert_int_equal(event.other.tgid, 102);
	assert_int_equal(event.tid, 103);
	assert_int_equal(event.tgid, 104);
	event = decode_kind(CONNECTOR_PTRACE);
	assert_int_equal(event.tid, 101);
	assert_int_equal(event.tgid, 102);
	assert_int_equal(event.other.tid, 103);
	assert_int_equal(event.other.tgid, 104);
	event = decode_kind(CONNECTOR_UID);
	assert_int_equal(event.ids.real, 103);
	assert_int_equal(event.ids.effective, 104);
	event = decode_kind(CONNECTOR_EXIT);
	assert_int_equal(event.exit.status, 103);
	assert_int_equal(event.exit.parent_tgid, 106);
	decode_kind(CONNECTOR_EXEC);
	decode_kind(CONNECTOR_GID);
	decode_kind(CONNECTOR_SID);
	decode_kind(CONNECTOR_CORE);
}

static void test_name(void **state)
{
	struct connector_event event;
	uint32_t word[2 * WORDS];

	(void)state;
	make(word, CONNECTOR_COMM, 5);
	memset(word + FIRST + 2, 'x', 16); /* never ended */
	make(word + WORDS, CONNECTOR_SID, 6);
	assert_int_equal(decode(word, sizeof word, &event), BYTES);
	assert_int_equal(event.what, CONNECTOR_COMM);
	assert_string_equal(event.comm, "xxxxxxxxxxxxxxx");
	assert_int_equal(decode(word + WORDS, BYTES, &event), BYTES);
	assert_int_equal(event.what, CONNECTOR_SID);
}

static void test_every_cut(void **state)
{
	struct connector_event event;
	uint32_t word[WORDS];

	(void)state;
	make(word, CONNECTOR_SID, 1);
	for (size_t size = 0; size < BYTES; size++)
		assert_int_equal(decode(word, size, &event), 0);
	/* A message may be shorter than the kernel's, but not than an event of this kind. */
	for (uint32_t size = 0; size <= BYTES; size++) {
		word[0] = size;
		word[8] = size >= 36 ? size - 36 : 0;
		assert_int_equal(decode(word, BYTES, &event),
				 size < 16 ? 0 : (size_t)(size + 3) / 4 * 4);
		assert_int_equal(event.counted, size >= 36 + 16);
		assert_int_equal(event.what == CONNECTOR_SID, size >= 36 + 16 + 8);
	}
}

/* The part of each kind is long enough for its kind. */
static void test_every_kind_cut(void **state)
{
	static const struct {
		uint32_t what, words;
	} kinds[] = {
		{CONNECTOR_FORK,   4},
                {CONNECTOR_EXEC,   2},
                {CONNECTOR_UID,    4},
		{CONNECTOR_GID,    4},
                {CONNECTOR_SID,    2},
                {CONNECTOR_PTRACE, 4},
		{CONNECTOR_COMM,   6},
                {CONNECTOR_CORE,   2},
                {CONNECTOR_EXIT,   4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct connector_event event;
		uint32_t word[WORDS];

		make(word, kinds[i].what, 1);
		for (uint32_t words = 0; words <= 6; words++) {
			word[0] = 36 + 16 + 4 * words;
			word[8] = 16 + 4 * words;
			assert_int_equal(decode(word, word[0], &event), word[0]);
			assert_int_equal(event.what != 0, words >= kinds[i].words);
		}
	}
}

static void test_malformed(void **state)
{
	static const struct {
		unsigned word;
		uint32_t value;
		size_t step;
		bool counted;
	} cases[] = {
  /* lengths */
		{0,         UINT32_MAX, 0,     false},
		{0,         BYTES + 1,  0,     false},
		{8,         41,         BYTES, false},
		{8,         0xffff,     BYTES, false},
		{8,         15,         BYTES, false},
 /* an error of netlink's own, other connectors */
		{1,         2,          BYTES, false},
		{4,         2,          BYTES, false},
		{5,         9,          BYTES, false},
 /* what is no single event, and what is none */
		{9,         0x81,       BYTES, true },
		{9,         0,          BYTES, true },
 /* times and pids that cannot be */
		{12,        0x80000000, BYTES, true },
		{FIRST,     0,          BYTES, true },
		{FIRST,     0x80000000, BYTES, true },
		{FIRST + 1, 0x80000000, BYTES, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct connector_event event;
		uint32_t word[WORDS];

		make(word, CONNECTOR_SID, 1);
		word[cases[i].word] = cases[i].value;
		assert_int_equal(decode(word, BYTES, &event), cases[i].step);
		assert_int_equal(event.what, 0);
		assert_int_equal(event.counted, cases[i].counted);
	}
}

/* ---- gaps ---- */

static void test_gaps(void **state)
{
	struct sequence s = {0};

	(void)state;
	sequence_take(&s, 0, 100); /* where it begins, no gap */
	sequence_take(&s, 0, 101);
	sequence_take(&s, 3, UINT32_MAX);
	assert_int_equal(s.missing, 0);
	sequence_take(&s, 0, 105);
	assert_int_equal(s.missing, 3);
	sequence_take(&s, 3, 2); /* past the end of the numbers: 0 and 1 are missing */
	assert_int_equal(s.missing, 5);
	sequence_take(&s, 300, 7);
	sequence_take(&s, 300, 8);
	sequence_take(&s, 0, 106);
	assert_int_equal(s.missing, 5);
	sequence_deinit(&s);
}

/* What no kernel sends makes up no loss and takes no memory. */
static void test_strange_numbers(void **state)
{
	struct sequence s = {0};

	(void)state;
	sequence_take(&s, 0, 100);
	sequence_take(&s, 0, 90);
	sequence_take(&s, UINT32_MAX, 5);
	sequence_take(&s, UINT32_MAX, 50);
	assert_int_equal(s.missing, 0);
	sequence_take(&s, 0, 101);
	assert_int_equal(s.missing, 0);
	sequence_deinit(&s);
}

/* ---- the socket ---- */

/* Whatever this machine allows: it comes back; and when it listens, what is asked for comes. */
static void test_open(void **state)
{
	struct connector_event events[CONNECTOR_BATCH];
	struct connector c;
	struct error err = {""};
	struct root root;
	bool heard = false;

	(void)state;
	assert_int_equal(root_open(&root, NULL, &err), 0);
	if (connector_open(&c, &root, 0, 1 << 20, &err) == 0) {
		assert_true(connector_buffer_bytes(&c) > 0);
		assert_int_equal(prctl(PR_SET_NAME, "heard of"), 0);
		do
			for (unsigned i = connector_receive(&c, events); i-- > 0;)
				heard |= events[i].what == CONNECTOR_COMM &&
					 events[i].tgid == getpid() &&
					 strcmp(events[i].comm, "heard of") == 0;
		while (!c.drained);
		assert_true(heard);
		assert_true(c.received > 0);
		assert_int_equal(connector_lost(&c), 0);
		connector_stop(&c);
	} else {
		assert_true(err.text[0]);
	}
	connector_close(&c);
	root_close(&root);
}

/* The room for one event: what is lost is counted, and nothing ends. */
static void test_loss(void **state)
{
	struct connector_event events[CONNECTOR_BATCH];
	struct connector c;
	struct root root;
	unsigned renamed = 20000, came = 0;

	(void)state;
	assert_int_equal(root_open(&root, NULL, NULL), 0);
	if (connector_open(&c, &root, 0, 4096, NULL) < 0) {
		connector_close(&c);
		root_close(&root);
		return;
	}
	for (unsigned i = 0; i < renamed; i++)
		prctl(PR_SET_NAME, "lost");
	do
		for (unsigned i = connector_receive(&c, events); i-- > 0;)
			came += events[i].what == CONNECTOR_COMM && events[i].tgid == getpid();
	while (!c.drained);
	assert_true(came < renamed);
	assert_true(connector_lost(&c) >= renamed - came);
	connector_close(&c);
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_kind_cut),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_strange_numbers),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
