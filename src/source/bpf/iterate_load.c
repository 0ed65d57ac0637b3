/*
 * Loading the task iterator. Key decision: libbpf opens the object, but neither relocates nor loads
 * it: it would search the kernel's types at length, and so would the kernel for every pointer that
 * the program follows. We look up the offsets ourselves and write them into the instructions. Three
 * milliseconds instead of over twenty, so that even a single `pscope ps` gains by it.
 */
#include "source/bpf/iterate_load.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/bpf/bpf_iterate.skel.h"
#include "source/bpf/bpf_probe.h"
#include "source/bpf/btf_offsets.h"
#include "source/bpf/memlock.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define VMLINUX "kernel/btf/vmlinux"

struct named {
	const char *path, *other;
	bool needed;
};

/* Only as far as the members reach. */
static const struct named members[ITERATE_CONSTANTS] = {
#define ROW(name, path, other, needed) [ITERATE_##name] = {path, other, needed},
	ITERATE_MEMBERS(ROW)
#undef ROW
};

/* From these the block of signal_struct is made. */
static const enum iterate_constant block_members[] = {
	ITERATE_SIGNAL_UTIME,       ITERATE_SIGNAL_STIME,      ITERATE_SIGNAL_CUTIME,
	ITERATE_SIGNAL_CSTIME,      ITERATE_SIGNAL_PREV_UTIME, ITERATE_SIGNAL_PREV_STIME,
	ITERATE_SIGNAL_MIN_FLT,     ITERATE_SIGNAL_MAJ_FLT,    ITERATE_SIGNAL_CMIN_FLT,
	ITERATE_SIGNAL_CMAJ_FLT,    ITERATE_SIGNAL_RCHAR,      ITERATE_SIGNAL_WCHAR,
	ITERATE_SIGNAL_SYSCR,       ITERATE_SIGNAL_SYSCW,      ITERATE_SIGNAL_READ_BYTES,
	ITERATE_SIGNAL_WRITE_BYTES, ITERATE_SIGNAL_CANCELLED,  ITERATE_SIGNAL_RUN,
};

/* ---- the kernel's types ---- */

struct mapping {
	void *bytes;
	size_t size;
};

static void unmap(struct mapping *m)
{
	if (m->bytes)
		munmap(m->bytes, m->size);
}

static int read_all(int fd, char *to, size_t n)
{
	while (n > 0) {
		ssize_t k = read(fd, to, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k < 0 ? -errno : -EBADMSG;
		to += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Mapped where the kernel can do that (6.16 and later), which is for nothing; else read. */
static int map_types(int sys_fd, struct mapping *ret)
{
	cleanup_close int fd = openat(sys_fd, VMLINUX, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0)
		return -EBADMSG;
	ret->size = (size_t)st.st_size;
	ret->bytes = mmap(NULL, ret->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret->bytes != MAP_FAILED)
		return 0;
	ret->bytes =
		mmap(NULL, ret->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ret->bytes == MAP_FAILED)
		ret->bytes = NULL;
	r = ret->bytes ? read_all(fd, ret->bytes, ret->size) : -ENOMEM;
	if (r < 0) {
		unmap(ret);
		ret->bytes = NULL;
	}
	return r;
}

/* The part of signal_struct that the program copies begins at its first member that we use. */
static int place_block(struct iterate_load *load, struct error *err)
{
	int64_t first = INT64_MAX, last = 0;

	for (size_t i = 0; i < sizeof block_members / sizeof *block_members; i++) {
		int64_t at = load->constants[block_members[i]];

		if (at >= 0 && at < first)
			first = at;
		if (at > last)
			last = at;
	}
	if (last + (int64_t)sizeof(uint64_t) - first > ITERATE_BLOCK)
		return error_set(err, ENOTSUP,
				 "this kernel's signal_struct is laid out in a way that pscope's "
				 "task iterator does not know");
	load->constants[ITERATE_BLOCK_AT] = first;
	return 0;
}

static int find_members(struct iterate_load *load, const struct btf_types *types, struct error *err)
{
	for (size_t i = 0; i < ITERATE_CONSTANTS; i++) {
		const struct named *m = &members[i];

		if (!m->path)
			continue;
		load->constants[i] = btf_types_offset(types, m->path);
		if (load->constants[i] < 0 && m->other)
			load->constants[i] = btf_types_offset(types, m->other);
		if (load->constants[i] < 0 && m->needed)
			return error_set(err, ENOTSUP,
					 "this kernel's types have no %s, which pscope's task "
					 "iterator needs",
					 m->path);
	}
	return place_block(load, err);
}

/* Finds the offsets, and the function whose type the program has. */
static int look_up(struct iterate_load *load, const struct root *root, uint32_t *ret_function,
		   struct error *err)
{
	CLEANUP(unmap) struct mapping map = {0};
	struct btf_types types;
	uint32_t cast;
	int r = map_types(root->sys_fd, &map);

	if (r == 0)
		r = btf_types_init(&types, map.bytes, map.size);
	if (r < 0)
		return error_set(err, -r,
				 "cannot read the kernel's types (sys/" VMLINUX "): %s; the task "
				 "iterator needs a kernel built with CONFIG_DEBUG_INFO_BTF",
				 error_name(r));
	*ret_function = btf_types_function(&types, "bpf_iter_task");
	cast = btf_types_function(&types, "bpf_rdonly_cast");
	load->constants[ITERATE_CAST] = cast ? (int64_t)cast : -1;
	r = *ret_function ? find_members(load, &types, err)
			  : error_set(err, ENOTSUP, "this kernel has no task iterator for BPF");
	btf_types_deinit(&types);
	return r;
}

/* ---- the program ---- */

static bool is_mark(const struct bpf_insn *insn, int32_t mark)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_K) && insn->imm >= mark &&
	       insn->imm < mark + ITERATE_CONSTANTS;
}

/* Without the function its calls are never reached, but must be ones that the kernel knows. */
static void write_cast(const struct iterate_load *load, struct bpf_insn *insn)
{
	if (iterate_has(load, ITERATE_CAST)) {
		insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn->imm = (int32_t)load->constants[ITERATE_CAST];
	} else {
		*insn = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K};
	}
}

static void write_constants(const struct iterate_load *load, struct bpf_insn *insns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn *insn = &insns[i];

		if (is_mark(insn, ITERATE_MARK_AT))
			insn->imm = (int32_t)load->constants[insn->imm - ITERATE_MARK_AT];
		else if (is_mark(insn, ITERATE_MARK_HAS))
			insn->imm = load->constants[insn->imm - ITERATE_MARK_HAS] >= 0;
		else if (insn->code == (BPF_JMP | BPF_CALL) && insn->imm == ITERATE_MARK_CAST)
			write_cast(load, insn);
	}
}

static int load_program(const struct iterate_load *load, const struct bpf_program *program,
			uint32_t function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_ITER,
		    .attach_btf_id = function);
	size_t count = bpf_program__insn_cnt(program);
	cleanup_free struct bpf_insn *insns = mem_alloc(count * sizeof *insns);
	struct rlimit memlock;
	int fd;

	memcpy(insns, bpf_program__insns(program), count * sizeof *insns);
	write_constants(load, insns, count);
	memlock = memlock_raise();
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "pscope_iterate", "Dual BSD/GPL", insns, count,
			   &options);
	memlock_restore(memlock);
	return fd;
}

/* Kernels from 6.2 to 6.16 have a cast that cannot do what is needed: without it, then. */
static int load_best(struct iterate_load *load, uint32_t function)
{
	struct bpf_iterate *object = bpf_iterate__open();
	int fd;

	if (!object)
		return -errno;
	fd = load_program(load, object->progs.iterate, function);
	if (fd == -EINVAL && iterate_has(load, ITERATE_CAST)) {
		load->constants[ITERATE_CAST] = -1;
		fd = load_program(load, object->progs.iterate, function);
	}
	bpf_iterate__destroy(object);
	return fd;
}

static int say_refused(int r, struct error *err)
{
	if (r == -EPERM || r == -EACCES)
		return error_set(err, -r,
				 "the kernel refuses the task iterator: %s; run as root or once "
				 "`sudo setcap cap_bpf,cap_perfmon+ep $(command -v pscope)`",
				 error_name(r));
	return error_set(err, -r, "the kernel does not take the task iterator: %s", error_name(r));
}

int iterate_load_open(struct iterate_load *load, const struct root *root, bool threads,
		      struct error *err)
{
	cleanup_close int program = -1;
	uint32_t function = 0;
	int r;

	*load = (struct iterate_load){.link_fd = -1};
	load->constants[ITERATE_THREADS] = threads;
	/* looking at the types first would be for nothing */
	if (!bpf_is_permitted())
		return say_refused(-EPERM, err);
	r = look_up(load, root, &function, err);
	if (r < 0)
		return r;
	program = load_best(load, function);
	if (program < 0)
		return say_refused(program, err);
	load->link_fd = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	return load->link_fd < 0 ? say_refused(load->link_fd, err) : 0;
}

void iterate_load_close(struct iterate_load *load)
{
	cleanup_close_fn(&load->link_fd);
	load->link_fd = -1;
}

int iterate_load_pass(const struct iterate_load *load)
{
	return bpf_iter_create(load->link_fd);
}
