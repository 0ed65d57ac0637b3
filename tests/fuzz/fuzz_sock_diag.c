/* Any bytes as the kernel's message about a socket; the first byte chooses the kind. */
#include "source/sock_diag.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum socket_protocol protocols[] = {SOCKET_TCP, SOCKET_UNIX};
	char name[SOCK_DIAG_NAME];
	struct buf out = BUF_INIT;
	struct socket s;

	if (size == 0 || sock_diag_decode(data + 1, size - 1, protocols[data[0] % 2], name, &s) < 0)
		return 0;
	if (s.state >= SOCKET_STATES || s.path.n > sizeof name || (s.path.p && s.path.p != name))
		abort();
	socket_address_add_port(&out, &s.local);
	socket_address_add_port(&out, &s.remote);
	buf_deinit(&out);
	return 0;
}
