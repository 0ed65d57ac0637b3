/*
 * Gaps in per-CPU numbers. Key decision: a number that goes back by less than half of what can be
 * counted is a stranger's and changes nothing; so no message can make up a loss of billions.
 */
#include "source/netlink/sequence.h"

#include "base/mem.h"

#include <stdlib.h>

#define CPUS_MAX 65536u /* far more than any kernel is built for */

void sequence_deinit(struct sequence *sequence)
{
	free(sequence->cpus);
	*sequence = (struct sequence){0};
}

static struct sequence_cpu *cpu_of(struct sequence *sequence, uint32_t cpu)
{
	size_t capacity = sequence->capacity ? sequence->capacity : 8;

	if (cpu >= CPUS_MAX)
		return NULL;
	while (capacity <= cpu)
		capacity *= 2;
	if (capacity > sequence->capacity) {
		sequence->cpus = mem_realloc(sequence->cpus, capacity, sizeof *sequence->cpus);
		for (size_t i = sequence->capacity; i < capacity; i++)
			sequence->cpus[i] = (struct sequence_cpu){0};
		sequence->capacity = capacity;
	}
	return &sequence->cpus[cpu];
}

void sequence_take(struct sequence *sequence, uint32_t cpu, uint32_t number)
{
	struct sequence_cpu *at = cpu_of(sequence, cpu);
	uint32_t missing;

	if (!at)
		return;
	missing = at->known ? number - at->next : 0;
	if (missing > UINT32_MAX / 2)
		return;
	sequence->missing += missing;
	*at = (struct sequence_cpu){.next = number + 1, .known = true};
}
