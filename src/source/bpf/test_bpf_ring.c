/* The ring's protocol on plain memory: busy and discarded records, batches, the end of the ring. */
#include "source/bpf/bpf_ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PAGE 4096u
#define SIZE 4096u

/* A ring without a kernel: the positions, and the data twice in a row. */
static int set_up(void **state)
{
	struct bpf_ring *ring = calloc(1, sizeof *ring);

	*ring = (struct bpf_ring){.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
				  .page = PAGE,
				  .size = SIZE,
				  .consumer = calloc(1, PAGE),
				  .producer = calloc(1, PAGE + 2 * SIZE)};
	*state = ring;
	return 0;
}

static int tear_down(void **state)
{
	struct bpf_ring *ring = *state;

	close(ring->epoll_fd);
	free(ring->consumer);
	free(ring->producer);
	free(ring);
	return 0;
}

static char *data(struct bpf_ring *ring)
{
	return (char *)ring->producer + PAGE;
}

/* As the kernel: the header at the producer's position, then the position moves on. */
static void put(struct bpf_ring *ring, unsigned long at, uint32_t size, uint32_t flags, char fill)
{
	uint32_t word = size | flags;

	memcpy(data(ring) + at % SIZE, &word, sizeof word);
	memset(data(ring) + at % SIZE + BPF_RINGBUF_HDR_SZ, fill, size);
	*ring->producer = at + ((size + BPF_RINGBUF_HDR_SZ + 7) & ~7u);
}

static void test_reads_in_order(void **state)
{
	struct bpf_ring *ring = *state;
	const char *bytes;
	size_t size = 0;

	put(ring, 0, 16, 0, 'a');
	put(ring, 24, 13, BPF_RINGBUF_DISCARD_BIT, 'b');
	put(ring, 48, 24, 0, 'c');
	bpf_ring_begin(ring);
	bytes = bpf_ring_next(ring, &size);
	assert_non_null(bytes);
	assert_int_equal(size, 16);
	assert_int_equal(bytes[15], 'a');
	bytes = bpf_ring_next(ring, &size);
	assert_non_null(bytes);
	assert_int_equal(size, 24);
	assert_int_equal(bytes[0], 'c');
	assert_null(bpf_ring_next(ring, &size));
	assert_int_equal(*ring->consumer, 0); /* not given back before it is used */
	bpf_ring_release(ring);
	assert_int_equal(*ring->consumer, 80);
}

static void test_waits_for_a_busy_one(void **state)
{
	struct bpf_ring *ring = *state;
	size_t size;

	put(ring, 0, 16, BPF_RINGBUF_BUSY_BIT, 'a');
	put(ring, 24, 16, 0, 'b');
	bpf_ring_begin(ring);
	assert_null(bpf_ring_next(ring, &size));
	bpf_ring_release(ring);
	assert_int_equal(*ring->consumer, 0);
	put(ring, 0, 16, 0, 'a');
	*ring->producer = 48;
	bpf_ring_begin(ring);
	assert_non_null(bpf_ring_next(ring, &size));
	assert_non_null(bpf_ring_next(ring, &size));
	assert_null(bpf_ring_next(ring, &size));
}

/* What comes while a batch is read belongs to the next one. */
static void test_batch_is_bounded(void **state)
{
	struct bpf_ring *ring = *state;
	size_t size;

	put(ring, 0, 16, 0, 'a');
	bpf_ring_begin(ring);
	assert_non_null(bpf_ring_next(ring, &size));
	put(ring, 24, 16, 0, 'b');
	assert_null(bpf_ring_next(ring, &size));
	bpf_ring_begin(ring);
	assert_non_null(bpf_ring_next(ring, &size));
}

static void test_crosses_the_end(void **state)
{
	struct bpf_ring *ring = *state;
	unsigned long at = 5 * SIZE - 16;
	const char *bytes;
	size_t size;

	ring->position = at;
	put(ring, at, 64, 0, 'z');
	bpf_ring_begin(ring);
	bytes = bpf_ring_next(ring, &size);
	assert_non_null(bytes);
	assert_int_equal(size, 64);
	assert_int_equal(bytes[63], 'z');
	bpf_ring_release(ring);
	assert_int_equal(*ring->consumer, at + 72);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_waits_for_a_busy_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_batch_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crosses_the_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
