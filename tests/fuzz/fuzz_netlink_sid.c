/* Any bytes as a datagram of the process connector, message by message. */
#include "source/bpf/netlink_sid.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink_sid_event event;
	size_t step;

	while ((step = netlink_sid_decode(data, size, &event))) {
		if (step > size || event.tgid < 0 || event.monotonic_ns < 0 ||
		    event.kind > NETLINK_SID_RENAME)
			abort();
		data += step;
		size -= step;
	}
	return 0;
}
