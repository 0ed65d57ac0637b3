/* Any bytes as a message of taskstats; the first two are the number of its family. */
#include "source/netlink/taskstats.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct taskstats_exit exit;
	struct usage usage;
	uint16_t family;
	char *copy;

	if (size < sizeof family)
		return 0;
	memcpy(&family, data, sizeof family);
	/* aligned, and of exactly that size */
	copy = malloc(size - sizeof family + 1);
	memcpy(copy, data + sizeof family, size - sizeof family);
	if (taskstats_decode(copy, size - sizeof family, family, &exit) > 0) {
		if (exit.tid <= 0 || strnlen(exit.comm, sizeof exit.comm) == sizeof exit.comm)
			abort();
		task_cost_add(&exit.cost, &exit.cost);
		usage = task_cost_usage(&exit.cost);
		if (usage.known >> USAGE_FIELDS)
			abort();
	}
	free(copy);
	return 0;
}
