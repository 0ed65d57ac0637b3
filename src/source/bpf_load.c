/*
 * Loading the BPF programs. Key decision: what pscope cannot do without is one object, which loads
 * as a whole or not at all.
 */
#include "source/bpf_load.h"

#include "base/mem.h"
#include "source/bpf/bpf_core.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define RING_DEFAULT   (32u << 20)
#define WAKE_SHIFT_MAX 20 /* 1 MiB */
#define WAKE_FRACTION  2  /* of a small ring: a quarter */

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static unsigned shift_of(uint64_t power)
{
	return 63u - (unsigned)__builtin_clzll(power | 1);
}

static void size_maps(struct bpf_load *load)
{
	const struct source_options *options = load->options;
	uint64_t ring = options->ring_bytes ? options->ring_bytes : RING_DEFAULT;

	bpf_map__set_max_entries(load->core->maps.ring, (uint32_t)ring);
	bpf_map__set_max_entries(load->core->maps.scratch, load->cpus);
}

/* Lets pscope find out in the kernel who it is there, and writes the settings beside it. */
static int configure(struct bpf_load *load, struct error *err)
{
	const struct source_options *options = load->options;
	uint64_t ring = bpf_load_ring_size(load);
	unsigned wake = shift_of(ring) - WAKE_FRACTION;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int r;

	load->config = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(load->core->maps.config), 0);
	if (load->config == MAP_FAILED) {
		load->config = NULL;
		return error_set(err, errno, "cannot map the settings of the BPF programs: %s",
				 error_name(errno));
	}
	load->config->threads = options->threads;
	load->config->wake_shift = wake < WAKE_SHIFT_MAX ? wake : WAKE_SHIFT_MAX;
	load->config->page_shift = shift_of((uint64_t)sysconf(_SC_PAGESIZE));
	load->config->cpus = load->cpus;
	r = bpf_prog_test_run_opts(bpf_program__fd(load->core->progs.whoami), &run);
	if (r < 0 || !load->config->self_tgid)
		return error_set(err, r < 0 ? -r : ENOSYS,
				 "the kernel does not run pscope's BPF program when asked to: %s",
				 error_name(r));
	return 0;
}

static int say_refused(int r, struct error *err)
{
	if (r == -EPERM || r == -EACCES)
		return error_set(err, -r,
				 "the kernel refuses the BPF programs: %s; run as root or once "
				 "`sudo setcap cap_bpf,cap_perfmon+ep $(command -v pscope)`",
				 error_name(r));
	return error_set(err, -r,
			 "the kernel does not take the BPF programs: %s; --debug tells more",
			 error_name(r));
}

int bpf_load_open(struct bpf_load *load, const struct source_options *options, struct error *err)
{
	struct rlimit memlock;
	int r;

	*load = (struct bpf_load){.options = options};
	libbpf_set_print(silent);
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return error_set(err, -r, "cannot tell how many CPUs there are: %s", error_name(r));
	load->cpus = (unsigned)r;
	load->per_cpu = mem_alloc(load->cpus * sizeof *load->per_cpu);
	load->core = bpf_core__open();
	if (!load->core)
		return say_refused(-errno, err);
	size_maps(load);
	bpf_program__set_autoattach(load->core->progs.whoami, false);
	/* libbpf raises this limit for kernels before 5.11; the command shall not inherit that. */
	getrlimit(RLIMIT_MEMLOCK, &memlock);
	r = bpf_core__load(load->core);
	setrlimit(RLIMIT_MEMLOCK, &memlock);
	if (r < 0)
		return say_refused(r, err);
	r = configure(load, err);
	if (r < 0)
		return r;
	r = bpf_core__attach(load->core);
	return r < 0 ? say_refused(r, err) : 0;
}

void bpf_load_detach(struct bpf_load *load)
{
	struct bpf_losses last;

	if (!load->core)
		return;
	bpf_core__detach(load->core);
	/* The programs live until the object is closed: their counts are final now. */
	(void)bpf_load_losses(load, true, &last);
}

void bpf_load_close(struct bpf_load *load)
{
	if (load->config)
		munmap(load->config, (size_t)sysconf(_SC_PAGESIZE));
	if (load->core)
		bpf_core__destroy(load->core);
	free(load->per_cpu);
	*load = (struct bpf_load){0};
}

int bpf_load_ring_fd(const struct bpf_load *load)
{
	return bpf_map__fd(load->core->maps.ring);
}

uint64_t bpf_load_ring_size(const struct bpf_load *load)
{
	return bpf_map__max_entries(load->core->maps.ring);
}

static uint64_t skipped_runs(const struct bpf_object *object)
{
	struct bpf_program *program;
	uint64_t sum = 0;

	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof info;

		if (bpf_program__fd(program) >= 0 &&
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
			sum += info.recursion_misses;
	}
	return sum;
}

int bpf_load_losses(struct bpf_load *load, bool all, struct bpf_losses *ret)
{
	struct bpf_losses sum = {0};
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(load->core->maps.counters), &zero, load->per_cpu) < 0)
		return -errno;
	for (unsigned i = 0; i < load->cpus; i++) {
		sum.seen += load->per_cpu[i].seen;
		sum.dropped += load->per_cpu[i].dropped;
		sum.untracked += load->per_cpu[i].untracked;
		sum.outside += load->per_cpu[i].outside;
	}
	if (all)
		load->skipped = skipped_runs(load->core->obj);
	sum.skipped = load->skipped;
	*ret = sum;
	return 0;
}
