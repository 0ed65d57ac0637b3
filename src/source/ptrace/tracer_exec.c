/*
 * The arguments and the name of a new image. Key decision: at the exec stop the stack pointer
 * stands on argc, and above it lie the pointers, the auxiliary vector and the strings, in the order
 * in which the kernel put them (fs/binfmt_elf.c); one read of that memory has them all. Where it
 * cannot be read (an image that is not ours to read), the proc files are asked.
 */
#include "source/ptrace/tracer_proc.h"

#include "base/root.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define STACK_FIRST (16u << 10) /* most environments fit */
#define STACK_MAX   (16u << 20)

/* The initial stack as read so far. */
struct image {
	const char *p;
	size_t n, word; /* bytes; size of a pointer there */
	uint64_t base;  /* the address of p[0] */
};

/* What the pointers say. */
struct layout {
	uint64_t argc, args_at, args_end, filename_at;
};

static size_t read_memory(pid_t pid, uint64_t address, void *out, size_t n)
{
	struct iovec local = {out, n}, remote = {(void *)(uintptr_t)address, n};
	ssize_t done = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	return done > 0 ? (size_t)done : 0;
}

/* Word `index` above the stack pointer; false past the part that was read. */
static bool word_at(const struct image *image, size_t index, uint64_t *ret)
{
	uint32_t narrow;

	if (index >= image->n / image->word)
		return false;
	if (image->word == 8) {
		memcpy(ret, image->p + index * 8, 8);
	} else {
		memcpy(&narrow, image->p + index * 4, 4);
		*ret = narrow;
	}
	return true;
}

/* 1: understood, 0: more is needed, -EBADMSG: not such a stack. */
static int find_layout(const struct image *image, struct layout *ret)
{
	uint64_t value = 0, env_at = 0, tag;
	size_t at = 0;

	*ret = (struct layout){0};
	if (!word_at(image, at++, &ret->argc))
		return 0;
	if (ret->argc > STACK_MAX)
		return -EBADMSG;
	if (ret->argc && !word_at(image, at, &ret->args_at))
		return 0;
	at += ret->argc;
	if (!word_at(image, at++, &value))
		return 0;
	if (value)
		return -EBADMSG;
	if (!word_at(image, at, &env_at))
		return 0;
	do {
		if (!word_at(image, at++, &value))
			return 0;
	} while (value);
	do {
		if (!word_at(image, at, &tag) || !word_at(image, at + 1, &value))
			return 0;
		if (tag == AT_EXECFN)
			ret->filename_at = value;
		at += 2;
	} while (tag != AT_NULL);
	ret->args_end = env_at ? env_at : ret->filename_at;
	if (!ret->argc)
		ret->args_at = ret->args_end;
	if (!ret->filename_at || ret->args_at < image->base || ret->args_end < ret->args_at ||
	    ret->args_end - ret->args_at > STACK_MAX)
		return -EBADMSG;
	return 1;
}

static int read_image(struct tracer_proc *proc, pid_t pid, struct image *image, struct layout *ret)
{
	struct __ptrace_syscall_info info;
	size_t want = STACK_FIRST;
	int r;

	/* Not for system calls: it gives the stack pointer on every architecture. */
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0)
		return -errno;
	image->base = info.stack_pointer;
	image->word = info.arch & __AUDIT_ARCH_64BIT ? 8 : 4;
	for (;; want = want * 8 < STACK_MAX ? want * 8 : STACK_MAX) {
		buf_clear(&proc->stack);
		image->p = buf_reserve(&proc->stack, want);
		image->n = read_memory(pid, image->base, proc->stack.p, want);
		if (!image->n)
			return -EFAULT;
		r = find_layout(image, ret);
		if (r != 0)
			return r;
		if (image->n < want || want >= STACK_MAX)
			return -EBADMSG;
	}
}

/* Bytes at an address: out of the image where it has them, else read into `scratch`. */
static struct str bytes_at(const struct image *image, pid_t pid, uint64_t address, size_t n,
			   struct buf *scratch)
{
	if (address >= image->base && address - image->base <= image->n &&
	    n <= image->n - (address - image->base))
		return (struct str){image->p + (address - image->base), n};
	buf_clear(scratch);
	buf_reserve(scratch, n + 1);
	return (struct str){scratch->p, read_memory(pid, address, scratch->p, n)};
}

int tracer_proc_image(struct tracer_proc *proc, pid_t pid, struct tracer_exec *ret)
{
	char path[32];
	int r;

	snprintf(path, sizeof path, "%d/cmdline", pid);
	buf_clear(&proc->argv);
	r = root_read(proc->proc_fd, path, &proc->argv, STACK_MAX);
	if (r < 0)
		return r;
	snprintf(path, sizeof path, "%d/exe", pid);
	buf_clear(&proc->stack);
	(void)root_read_link(proc->proc_fd, path, &proc->stack);
	ret->filename = buf_str(&proc->stack);
	ret->argv = buf_str(&proc->argv);
	ret->args_bytes = ret->argv.n;
	if (ret->argv.n > WIRE_ARGV_MAX)
		ret->argv.n = WIRE_ARGV_MAX;
	return 0;
}

int tracer_proc_exec(struct tracer_proc *proc, pid_t pid, struct tracer_exec *ret)
{
	struct image image = {0};
	struct layout layout = {0};
	size_t n;

	if (read_image(proc, pid, &image, &layout) < 0)
		return tracer_proc_image(proc, pid, ret);
	ret->args_bytes = layout.args_end - layout.args_at;
	n = ret->args_bytes < WIRE_ARGV_MAX ? ret->args_bytes : WIRE_ARGV_MAX;
	ret->argv = bytes_at(&image, pid, layout.args_at, n, &proc->argv);
	/* The name is the last thing on the stack: less than its longest is there. */
	n = WIRE_FILENAME_MAX;
	if (layout.filename_at - image.base < image.n &&
	    memchr(image.p + (layout.filename_at - image.base), 0,
		   image.n - (layout.filename_at - image.base)))
		n = strlen(image.p + (layout.filename_at - image.base));
	ret->filename = bytes_at(&image, pid, layout.filename_at, n, &proc->text);
	ret->filename.n = strnlen(ret->filename.p, ret->filename.n);
	return 0;
}

struct str tracer_proc_string(struct tracer_proc *proc, pid_t tid, uint64_t address, size_t limit)
{
	struct str text;

	buf_clear(&proc->stack);
	buf_reserve(&proc->stack, limit);
	text = (struct str){proc->stack.p, read_memory(tid, address, proc->stack.p, limit)};
	text.n = strnlen(text.p, text.n);
	return text;
}
