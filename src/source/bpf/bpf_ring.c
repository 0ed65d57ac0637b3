/*
 * Reading a BPF ring buffer. Key decision: libbpf hands records to a callback, pscope's sources are
 * pulled; so the protocol (Documentation/bpf/ringbuf.rst of the kernel) is followed here: two
 * positions that only grow, and in front of each record its length with a busy and a discard bit. A
 * batch is what was there when it began, so that a storm cannot keep the reader for ever.
 */
#include "source/bpf/bpf_ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

int bpf_ring_open(struct bpf_ring *ring, int fd, size_t size, struct error *err)
{
	/* Edge-triggered: data that no wakeup announced must not make the loop spin. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	*ring = (struct bpf_ring){.epoll_fd = -1,
				  .page = (size_t)sysconf(_SC_PAGESIZE),
				  .size = size,
				  .consumer = MAP_FAILED,
				  .producer = MAP_FAILED};
	ring->consumer = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* The kernel maps the data twice in a row: no record is ever in two pieces. */
	ring->producer =
		mmap(NULL, ring->page + 2 * size, PROT_READ, MAP_SHARED, fd, (off_t)ring->page);
	if (ring->consumer == MAP_FAILED || ring->producer == MAP_FAILED)
		return error_set(
			err, errno,
			"cannot map the BPF ring of %zu MiB: %s; try a smaller --ring-size",
			size >> 20, error_name(errno));
	/* The command shall not pay for unmapping it, nor have it in its peak memory. */
	(void)madvise(ring->producer, ring->page + 2 * size, MADV_DONTFORK);
	ring->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (ring->epoll_fd < 0 || epoll_ctl(ring->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return error_set(err, errno, "cannot wait for the BPF ring: %s", error_name(errno));
	ring->position = ring->end = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	return 0;
}

void bpf_ring_close(struct bpf_ring *ring)
{
	if (ring->consumer && ring->consumer != MAP_FAILED)
		munmap(ring->consumer, ring->page);
	if (ring->producer && ring->producer != MAP_FAILED)
		munmap(ring->producer, ring->page + 2 * ring->size);
	if (ring->epoll_fd > 0)
		close(ring->epoll_fd);
	*ring = (struct bpf_ring){.epoll_fd = -1};
}

void bpf_ring_begin(struct bpf_ring *ring)
{
	struct epoll_event event;

	(void)epoll_wait(ring->epoll_fd, &event, 1, 0);
	ring->end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

const void *bpf_ring_next(struct bpf_ring *ring, size_t *ret_size)
{
	const char *data = (const char *)ring->producer + ring->page;

	while (ring->position != ring->end) {
		const char *at = data + (ring->position & (ring->size - 1));
		uint32_t word = __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
		uint32_t size = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			break; /* still being written: a later batch */
		ring->position += (size + BPF_RINGBUF_HDR_SZ + 7) & ~7u;
		if (word & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*ret_size = size;
		return at + BPF_RINGBUF_HDR_SZ;
	}
	return NULL;
}

bool bpf_ring_is_empty(const struct bpf_ring *ring)
{
	return ring->position == __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

void bpf_ring_release(struct bpf_ring *ring)
{
	__atomic_store_n(ring->consumer, ring->position, __ATOMIC_RELEASE);
}
