/* Any bytes as a datagram of the process connector, message by message. */
#include "source/netlink/connector.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connector_event event;
	size_t step;

	while ((step = connector_decode(data, size, &event))) {
		if (step > size || event.monotonic_ns < 0 || (event.what && !event.counted) ||
		    (event.what && (event.tid <= 0 || event.tgid <= 0)))
			abort();
		if (event.what == CONNECTOR_COMM && strnlen(event.comm, 16) == 16)
			abort();
		data += step;
		size -= step;
	}
	return 0;
}
