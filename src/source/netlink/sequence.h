/*
 * Gaps in numbers that each CPU counts up by one: what is missing was lost. The first number of a
 * CPU is where its counting begins.
 */
#ifndef SOURCE_NETLINK_SEQUENCE_H
#define SOURCE_NETLINK_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sequence_cpu {
	uint32_t next;
	bool known;
};

struct sequence {
	struct sequence_cpu *cpus;
	size_t capacity;
	uint64_t missing; /* of all CPUs */
};

void sequence_deinit(struct sequence *sequence);
void sequence_take(struct sequence *sequence, uint32_t cpu, uint32_t number);

#endif
