/* Any bytes through the parser of the kernel's tables of sockets; the first byte chooses which. */
#include "base/buf.h"
#include "procfs/net.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data + 1, size - 1};
	struct buf out = BUF_INIT;
	struct procfs_net net;
	struct socket s;
	size_t count = 0;

	if (size == 0 ||
	    procfs_net_begin(&net, &procfs_net_files[data[0] % procfs_net_file_count], text) < 0)
		return 0;
	while (procfs_net_next(&net, &s)) {
		/* the name is a part of the text; a line is at most one socket */
		if (s.path.p && (s.path.p < text.p || s.path.p + s.path.n > text.p + text.n))
			abort();
		if (s.state >= SOCKET_STATES || ++count > size)
			abort();
		buf_clear(&out);
		socket_address_add_port(&out, &s.local);
		socket_address_add_port(&out, &s.remote);
	}
	buf_deinit(&out);
	return 0;
}
