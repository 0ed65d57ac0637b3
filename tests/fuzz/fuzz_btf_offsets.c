/*
 * Any bytes as the kernel's types. The members that the task iterator asks for are looked up in
 * them, so that names which the fuzzer finds lead into the structs.
 */
#include "source/bpf/btf_offsets.h"
#include "source/bpf/iterate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#define PATHS(name, path, other, needed) path, other,
	static const char *const paths[] = {ITERATE_MEMBERS(PATHS) "a.b", "a.b[1].c", "a"};
#undef PATHS
	struct btf_types types;
	void *bytes = malloc(size ? size : 1); /* aligned, and its end is watched */

	memcpy(bytes, data, size);
	if (btf_types_init(&types, bytes, size) == 0) {
		for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
			if (paths[i])
				(void)btf_types_offset(&types, paths[i]);
		(void)btf_types_function(&types, "bpf_iter_task");
		btf_types_deinit(&types);
	}
	free(bytes);
	return 0;
}
