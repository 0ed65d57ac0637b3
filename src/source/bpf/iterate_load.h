/* The program of the task iterator in the kernel. */
#ifndef SOURCE_BPF_ITERATE_LOAD_H
#define SOURCE_BPF_ITERATE_LOAD_H

#include "base/root.h"
#include "source/bpf/iterate.h"

#include <stdbool.h>
#include <stdint.h>

struct iterate_load {
	int link_fd;
	int64_t constants[ITERATE_CONSTANTS]; /* offsets; below 0: this kernel has no such thing */
};

/* -errno with a sentence where the kernel refuses or lacks something. `threads`: whole rows. */
int iterate_load_open(struct iterate_load *load, const struct root *root, bool threads,
		      struct error *err);
void iterate_load_close(struct iterate_load *load);
/* A descriptor from which one pass over all threads can be read; or -errno. */
int iterate_load_pass(const struct iterate_load *load);

static inline bool iterate_has(const struct iterate_load *load, enum iterate_constant member)
{
	return load->constants[member] >= 0;
}

#endif
