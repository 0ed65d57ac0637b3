/* What the kernel and the privileges allow the BPF source. */
#ifndef SOURCE_BPF_BPF_PROBE_H
#define SOURCE_BPF_BPF_PROBE_H

#include "source/pick.h"

#include <stdbool.h>

/* May this process load BPF programs that read the kernel's memory, as far as capabilities go? */
bool bpf_is_permitted(void);

/* The `probe` and `details` of bpf_kind. */
int bpf_probe(const struct source_options *options, struct error *why);
void bpf_details(const struct source_options *options,
		 void (*line)(void *context, const char *feature, bool available, const char *note),
		 void *context);

#endif
