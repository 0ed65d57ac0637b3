/* The BPF programs in the kernel: loading, attaching, their settings and counters. */
#ifndef SOURCE_BPF_BPF_LOAD_H
#define SOURCE_BPF_BPF_LOAD_H

#include "source/bpf/shared.h"
#include "source/pick.h"

#include <stdbool.h>
#include <stdint.h>

#define BPF_LOAD_PROGRAMS 24

struct bpf_core;
struct bpf_link;

struct bpf_losses {
	uint64_t seen, dropped, untracked, outside;
	uint64_t skipped; /* programs not run because they would have nested */
};

struct bpf_load {
	const struct source_options *options;
	struct bpf_core *core;
	struct bpf_config *config;
	struct bpf_counters *per_cpu; /* room for one of each CPU */
	unsigned cpus;
	uint64_t skipped;
	uint64_t told_cgroups[MARKED_CGROUPS]; /* which ids the programs have from here */
	struct {
		const char *name;
		struct bpf_link *link;
	} attached[BPF_LOAD_PROGRAMS];
	unsigned attached_count;
};

/* Loads everything and attaches it; nobody is followed yet. `options` must outlive it. */
int bpf_load_open(struct bpf_load *load, const struct source_options *options, struct error *err);
/* Takes the programs out of the kernel; maps and ring stay. */
void bpf_load_detach(struct bpf_load *load);
void bpf_load_close(struct bpf_load *load);

/* The ids of options->cgroups have changed. */
void bpf_load_renew_cgroups(struct bpf_load *load);
/* Is the program of that name at work? */
bool bpf_load_has(const struct bpf_load *load, const char *program);
/* Nobody is followed (any more). */
bool bpf_load_tree_empty(const struct bpf_load *load);
int bpf_load_ring_fd(const struct bpf_load *load);
uint64_t bpf_load_ring_size(const struct bpf_load *load);
/* Reads the counters. `all` asks each program for the runs that it skipped too, which takes longer;
 * else that number is the one of the last time. */
int bpf_load_losses(struct bpf_load *load, bool all, struct bpf_losses *ret);

#endif
