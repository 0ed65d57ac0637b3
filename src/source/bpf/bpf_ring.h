/* The reader's end of a BPF ring buffer, pulled record by record without a copy. */
#ifndef SOURCE_BPF_BPF_RING_H
#define SOURCE_BPF_BPF_RING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_ring {
	int epoll_fd;      /* readable after a wakeup, until bpf_ring_rest */
	size_t page, size; /* of the data; a power of two */
	unsigned long *consumer;
	unsigned long *producer; /* the data starts one page behind it */
	unsigned long position;  /* of the next record to read; *consumer follows it */
	unsigned long end;       /* of the batch */
};

/* Maps the ring of the map `fd`, which holds `size` bytes. */
int bpf_ring_open(struct bpf_ring *ring, int fd, size_t size, struct error *err);
void bpf_ring_close(struct bpf_ring *ring);

/* What is in the ring now becomes the batch to read. */
void bpf_ring_begin(struct bpf_ring *ring);
/*
 * The next record of the batch; NULL at its end. Valid until bpf_ring_release, and so are all
 * records that were read since the release before.
 */
const void *bpf_ring_next(struct bpf_ring *ring, size_t *ret_size);
/* Is nothing in it that was not read? Whatever else is written finds room then. */
bool bpf_ring_is_empty(const struct bpf_ring *ring);
/* Gives the room of all that was read back to the writers. */
void bpf_ring_release(struct bpf_ring *ring);

#endif
