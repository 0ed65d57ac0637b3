/*
 * Loading the BPF programs. Key decision: what pscope cannot do without loads as a whole; what
 * improves on it comes in groups, and if the kernel does not take a group it is tried without. So
 * one program that a kernel refuses never takes the others down.
 */
#include "source/bpf/bpf_load.h"

#include "base/mem.h"
#include "source/bpf/bpf_core.skel.h"
#include "source/bpf/memlock.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#define RING_DEFAULT   (32u << 20)
#define WAKE_SHIFT_MAX 20 /* 1 MiB */
#define WAKE_FRACTION  2  /* of a small ring: a quarter */

/* libbpf's printer has no context argument: the one place where a variable must stand in. */
static void (*libbpf_sink)(const char *format, ...) __attribute__((format(printf, 1, 2)));

__attribute__((format(printf, 2, 0))) static int take_message(enum libbpf_print_level level,
							      const char *format, va_list args)
{
	char text[8192];
	int n;

	if (!libbpf_sink || level == LIBBPF_DEBUG)
		return 0;
	n = vsnprintf(text, sizeof text, format, args);
	if (n > 0 && (size_t)n < sizeof text && text[n - 1] == '\n')
		text[n - 1] = 0;
	libbpf_sink("%s", text);
	return n;
}

#define debug(load, ...)                                                                           \
	do {                                                                                       \
		if ((load)->options->debug)                                                        \
			(load)->options->debug(__VA_ARGS__);                                       \
	} while (0)

static unsigned shift_of(uint64_t power)
{
	return 63u - (unsigned)__builtin_clzll(power | 1);
}

/* What the programs are made of, before they are loaded. */
static void prepare(struct bpf_load *load)
{
	const struct source_options *options = load->options;
	uint64_t ring = options->ring_bytes ? options->ring_bytes : RING_DEFAULT;

	bpf_map__set_max_entries(load->core->maps.ring, (uint32_t)ring);
	bpf_map__set_max_entries(load->core->maps.scratch, load->cpus);
	if (!options->everything)
		bpf_map__set_max_entries(load->core->maps.told, 1);
	load->core->rodata->everybody = options->everything;
	load->core->rodata->marking = options->cgroup_count > 0;
}

/* "a/b": what the program compares the names of a new cgroup and those above with. */
static void hash_names(const struct cgroup_ref *ref, struct marked_cgroup *ret)
{
	struct str rest = str_of(ref->below);
	unsigned count = 0;

	while (rest.p && rest.n > 0) {
		struct str name = str_cut(&rest, '/');

		if (count == MARKED_NAMES)
			return;
		ret->names[count] = CGROUP_HASH;
		for (size_t i = 0; i < name.n; i++)
			ret->names[count] =
				cgroup_hash(ret->names[count], (unsigned char)name.p[i]);
		count++;
	}
	ret->top_id = ref->top_id;
	ret->name_count = count;
}

static int mark_cgroups(struct bpf_load *load, struct error *err)
{
	const struct source_options *options = load->options;

	if (options->cgroup_count > MARKED_CGROUPS)
		return error_set(err, E2BIG,
				 "the BPF programs can mark %u cgroups at a time, not %u: name one "
				 "that holds several of them",
				 MARKED_CGROUPS, options->cgroup_count);
	for (unsigned i = 0; i < options->cgroup_count; i++) {
		load->config->cgroups[i].hierarchy = options->cgroups[i].hierarchy;
		hash_names(&options->cgroups[i], &load->config->cgroups[i]);
	}
	load->config->cgroup_count = options->cgroup_count;
	return 0;
}

/* The program in the kernel may have been faster: then its number is the younger one. */
void bpf_load_renew_cgroups(struct bpf_load *load)
{
	for (unsigned i = 0; i < load->config->cgroup_count; i++) {
		uint64_t id = load->options->cgroups[i].id;
		__u64 told = load->told_cgroups[i];

		(void)__atomic_compare_exchange_n(&load->config->cgroups[i].id, &told, id, false,
						  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		load->told_cgroups[i] = id;
	}
}

/* Lets pscope find out in the kernel who it is there, and writes the settings beside it. */
static int configure(struct bpf_load *load, struct error *err)
{
	const struct source_options *options = load->options;
	uint64_t ring = bpf_load_ring_size(load);
	unsigned wake = shift_of(ring) - WAKE_FRACTION;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int r = 0;

	load->config = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(load->core->maps.config), 0);
	if (load->config == MAP_FAILED) {
		load->config = NULL;
		return error_set(err, errno, "cannot map the settings of the BPF programs: %s",
				 error_name(errno));
	}
	load->config->introducing = options->everything;
	load->config->threads = options->threads;
	load->config->wake_shift = wake < WAKE_SHIFT_MAX ? wake : WAKE_SHIFT_MAX;
	load->config->page_shift = shift_of((uint64_t)sysconf(_SC_PAGESIZE));
	load->config->cpus = load->cpus;
	for (unsigned i = 0; r == 0 && i < load->cpus && i < AREA_CPUS; i++) {
		load->config->asked_cpu = i;
		r = bpf_prog_test_run_opts(bpf_program__fd(load->core->progs.whoami), &run);
	}
	if (r == 0 && options->cgroup_count)
		r = bpf_prog_test_run_opts(bpf_program__fd(load->core->progs.learn_cgroups), &run);
	if (r < 0 || !load->config->self_tgid)
		return error_set(err, r < 0 ? -r : ENOSYS,
				 "the kernel does not run pscope's BPF program when asked to: %s",
				 error_name(r));
	return mark_cgroups(load, err);
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

/* The function of a system call has a name of the architecture's. */
static const struct {
	const char *machine, *setpgid;
} architectures[] = {
	{"x86_64",  "__x64_sys_setpgid"  },
	{"aarch64", "__arm64_sys_setpgid"},
};

static const char *setpgid_function(void)
{
	struct utsname name;

	for (size_t i = 0; uname(&name) == 0 && i < sizeof architectures / sizeof *architectures;
	     i++) {
		if (strcmp(name.machine, architectures[i].machine) == 0)
			return architectures[i].setpgid;
	}
	return NULL;
}

/* What pscope can do without, least needed last. The rest is needed. */
enum group {
	GROUP_NEEDED,
	GROUP_NOTICE,
	GROUP_CGROUPS,
	GROUP_FENTRY,
	GROUP_BAD_EXEC,
	GROUP_PTRACE,
	GROUPS
};

static const struct {
	const char *program;
	enum group group;
} optional[] = {
	{"on_rename",         GROUP_NOTICE  },
	{"on_signal",         GROUP_NOTICE  },
	{"on_oom",            GROUP_NOTICE  },
	{"on_cgroup_mkdir",   GROUP_CGROUPS },
	{"on_taskstats_exit", GROUP_FENTRY  },
	{"on_setsid",         GROUP_FENTRY  },
	{"on_setpgid",        GROUP_FENTRY  },
	{"on_commit_creds",   GROUP_FENTRY  },
	{"on_sys_exit",       GROUP_BAD_EXEC},
	{"on_ptrace",         GROUP_PTRACE  },
};

static enum group group_of(const char *program)
{
	for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
		if (strcmp(optional[i].program, program) == 0)
			return optional[i].group;
	}
	return GROUP_NEEDED;
}

/*
 * Does the kernel take fentry programs at all? One on a type that is no function is refused
 * anyway: with EINVAL where the reason is that, with EPERM or so where they are forbidden.
 */
static bool fentry_allowed(void)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "pscope_probe", "GPL", nothing,
			       sizeof nothing / sizeof *nothing, &load);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -EINVAL;
}

/* Opens and loads with the groups whose bits are set. */
static int try_load(struct bpf_load *load, unsigned groups)
{
	const char *setpgid = setpgid_function();
	struct bpf_program *program;

	load->core = bpf_core__open();
	if (!load->core)
		return -errno;
	prepare(load);
	bpf_program__set_autoattach(load->core->progs.whoami, false);
	bpf_program__set_autoattach(load->core->progs.learn_cgroups, false);
	bpf_object__for_each_program(program, load->core->obj)
	{
		unsigned group = group_of(bpf_program__name(program));

		bpf_program__set_autoload(program, groups & 1u << group);
	}
	if (groups & 1u << GROUP_FENTRY && setpgid)
		bpf_program__set_attach_target(load->core->progs.on_setpgid, 0, setpgid);
	else
		bpf_program__set_autoload(load->core->progs.on_setpgid, false);
	bpf_program__set_autoload(load->core->progs.learn_cgroups, load->core->rodata->marking);
	return bpf_core__load(load->core);
}

/* With everything that is allowed; if the kernel does not take that, with ever less. */
static int load_most(struct bpf_load *load)
{
	unsigned groups = 1u << GROUP_NEEDED | 1u << GROUP_NOTICE;
	int r;

	if (fentry_allowed())
		groups |= 1u << GROUP_FENTRY | 1u << GROUP_PTRACE;
	if (load->options->cgroup_count)
		groups |= 1u << GROUP_CGROUPS;
	if (load->options->failed_execs)
		groups |= 1u << GROUP_BAD_EXEC;
	for (unsigned without = GROUPS;; without--) {
		if (without < GROUPS && !(groups & 1u << without))
			continue;
		groups &= (1u << without) - 1;
		r = try_load(load, groups);
		if (r == 0 || without == GROUP_NOTICE)
			return r;
		debug(load, "bpf: load with groups %#x: %s", groups, error_name(r));
		bpf_core__destroy(load->core);
		load->core = NULL;
	}
}

static int attach(struct bpf_load *load, struct bpf_program *program, struct error *err)
{
	const char *name = bpf_program__name(program);
	struct bpf_link *link;

	if (!bpf_program__autoload(program) || !bpf_program__autoattach(program))
		return 0;
	link = bpf_program__attach(program);
	debug(load, "bpf: %s: %s", name, link ? "attached" : error_name(errno));
	if (!link && group_of(name) == GROUP_NEEDED)
		return say_refused(-errno, err);
	if (link && load->attached_count < BPF_LOAD_PROGRAMS) {
		load->attached[load->attached_count].name = name;
		load->attached[load->attached_count++].link = link;
	}
	return 0;
}

/* Births come last: of whom one is told, the end will be told as well. */
static int attach_all(struct bpf_load *load, struct error *err)
{
	struct bpf_program *births = load->core->progs.on_fork, *program;
	int r = 0;

	bpf_object__for_each_program(program, load->core->obj)
	{
		if (program != births && r == 0)
			r = attach(load, program, err);
	}
	return r < 0 ? r : attach(load, births, err);
}

static int load_and_attach(struct bpf_load *load, struct error *err)
{
	struct rlimit memlock = memlock_raise();
	int r = load_most(load);

	memlock_restore(memlock);
	if (r < 0)
		return say_refused(r, err);
	r = configure(load, err);
	r = r < 0 ? r : attach_all(load, err);
	/* now that new ones are seen: who was made since they were looked up is found soon */
	if (r == 0)
		bpf_load_renew_cgroups(load);
	return r;
}

/*
 * The printer is the process's, which may use libbpf for itself: it is put back. Where several
 * threads open a source at once, the first one takes it and the last one puts it back.
 */
static void silence_libbpf(bool silent)
{
	static atomic_flag busy = ATOMIC_FLAG_INIT; /* for a few instructions only */
	static libbpf_print_fn_t printer;
	static unsigned users;

	while (atomic_flag_test_and_set(&busy))
		sched_yield();
	if (silent && users++ == 0)
		printer = libbpf_set_print(take_message);
	else if (!silent && --users == 0)
		libbpf_set_print(printer);
	atomic_flag_clear(&busy);
}

int bpf_load_open(struct bpf_load *load, const struct source_options *options, struct error *err)
{
	int r;

	*load = (struct bpf_load){.options = options};
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return error_set(err, -r, "cannot tell how many CPUs there are: %s", error_name(r));
	load->cpus = (unsigned)r;
	load->per_cpu = mem_alloc(load->cpus * sizeof *load->per_cpu);
	if (options->debug)
		libbpf_sink = options->debug;
	silence_libbpf(true);
	r = load_and_attach(load, err);
	silence_libbpf(false);
	return r;
}

bool bpf_load_has(const struct bpf_load *load, const char *program)
{
	for (unsigned i = 0; i < load->attached_count; i++) {
		if (strcmp(load->attached[i].name, program) == 0)
			return true;
	}
	return false;
}

void bpf_load_detach(struct bpf_load *load)
{
	struct bpf_losses last;

	while (load->attached_count)
		bpf_link__destroy(load->attached[--load->attached_count].link);
	/* The programs live until the object is closed: their counts are final now. */
	if (load->core)
		(void)bpf_load_losses(load, true, &last);
}

void bpf_load_close(struct bpf_load *load)
{
	if (load->config)
		munmap(load->config, (size_t)sysconf(_SC_PAGESIZE));
	for (unsigned i = 0; i < load->attached_count; i++)
		bpf_link__destroy(load->attached[i].link);
	if (load->core)
		bpf_core__destroy(load->core);
	free(load->per_cpu);
	*load = (struct bpf_load){0};
}

bool bpf_load_tree_empty(const struct bpf_load *load)
{
	struct tree_key key;

	return bpf_map_get_next_key(bpf_map__fd(load->core->maps.tree), NULL, &key) == -ENOENT;
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
