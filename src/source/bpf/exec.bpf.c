/*
 * Execs: arguments, file, working directory, taken in the kernel at the exec itself. Key decision:
 * the record is put together in a scratch area per CPU and sent with its real size, since room in
 * the ring can only be reserved in constant sizes. The scratch is a plain array: the values of
 * per-CPU maps end at 32 KiB.
 */
#include "cgroup.bpf.h"

#define NAME_MAX_BYTES 256u /* NAME_MAX and the NUL */

/* On the way to the root. */
struct walk {
	struct dentry *dentry;
	struct mount *mount;
	__u64 at; /* where the components begin in `bytes` */
};

struct scratch {
	struct wire_exec w;
	char bytes[WIRE_FILENAME_MAX + WIRE_CWD_MAX + NAME_MAX_BYTES + WIRE_ARGV_MAX + 8];
	struct walk walk; /* not sent */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs: set at load */
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

enum { WALK_ON, WALK_END, WALK_TOO_LONG };

/* Adds the dentry's name, with its NUL, and goes to its parent. */
INLINE int put_component(struct scratch *s, struct dentry *dentry, struct dentry *parent)
{
	__u32 size = s->w.cwd_size;
	__u64 at = s->walk.at;
	long n;

	if (size >= WIRE_CWD_MAX - NAME_MAX_BYTES)
		return WALK_TOO_LONG;
	CLAMP(at, WIRE_FILENAME_MAX);
	n = bpf_probe_read_kernel_str(s->bytes + at + size, NAME_MAX_BYTES,
				      BPF_CORE_READ(dentry, d_name.name));
	s->w.cwd_size = size + (n > 0 ? n : 0);
	s->walk.dentry = parent;
	return WALK_ON;
}

/*
 * One step towards the root. A function of its own that keeps everything in memory, so that the
 * verifier looks at it once: to follow the whole walk took it longer than all other programs.
 */
__attribute__((noinline)) int climb(__u32 cpu)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &cpu);
	struct dentry *dentry, *parent;
	struct mount *mount, *above;

	if (!s)
		return WALK_END;
	/* Locals: BPF_CORE_READ would move an access to our own struct too. */
	dentry = s->walk.dentry;
	mount = s->walk.mount;
	if (dentry != BPF_CORE_READ(mount, mnt.mnt_root)) {
		parent = BPF_CORE_READ(dentry, d_parent);
		return parent == dentry ? WALK_END : put_component(s, dentry, parent);
	}
	above = BPF_CORE_READ(mount, mnt_parent);
	if (above == mount)
		return WALK_END;
	s->walk.dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	s->walk.mount = above;
	return WALK_ON;
}

/* Puts the components, last first, each with its NUL, behind `at` bytes. Returns their size. */
INLINE __u64 put_cwd(struct scratch *s, struct task_struct *task, __u64 at)
{
	int r = WALK_ON;

	s->walk.dentry = BPF_CORE_READ(task, fs, pwd.dentry);
	s->walk.mount =
		(void *)BPF_CORE_READ(task, fs, pwd.mnt) - bpf_core_field_offset(struct mount, mnt);
	s->walk.at = at;
	s->w.cwd_flags = WIRE_CWD_REVERSED;
	s->w.cwd_size = 0;
	for (int i = 0; i < CWD_DEPTH && r == WALK_ON; i++)
		r = climb(bpf_get_smp_processor_id());
	if (r != WALK_END)
		s->w.cwd_flags |= WIRE_CWD_TRUNCATED;
	return s->w.cwd_size;
}

/* Two reads: one of a constant size, because a mask cannot hold a length that may be 128 KiB. */
INLINE __u64 put_argv(char *to, unsigned long from, __u64 size)
{
	if (size >= WIRE_ARGV_MAX)
		return bpf_probe_read_user(to, WIRE_ARGV_MAX, (void *)from) ? 0 : WIRE_ARGV_MAX;
	CLAMP(size, WIRE_ARGV_MAX - 1);
	return bpf_probe_read_user(to, size, (void *)from) ? 0 : size;
}

INLINE void fill_exec(struct wire_exec *w, struct task_struct *task, const struct tree_key *key,
		      pid_t old_pid, const struct bpf_config *c)
{
	fill_header(&w->h, 0, WIRE_EXEC, task, key, c);
	w->h.flags = cgroup_mark(task);
	/* The number of a thread that became the leader is known only where it needs no translation. */
	if (old_pid != (int)key->tgid)
		w->h.tid = c->level ? 0 : old_pid;
	fill_standing(&w->standing, task, c);
	w->cgroup_id = bpf_get_current_cgroup_id();
	bpf_core_read(w->comm, sizeof w->comm, &task->comm);
}

/* Everything of variable size, and then the sizes. */
INLINE void fill_bytes(struct scratch *s, struct task_struct *task, struct linux_binprm *bprm)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	unsigned long arg_start = BPF_CORE_READ(mm, arg_start);
	__u64 filename, cwd, argv, size;
	long n;

	n = bpf_probe_read_kernel_str(s->bytes, WIRE_FILENAME_MAX, BPF_CORE_READ(bprm, filename));
	filename = n > 0 ? n : 0;
	CLAMP(filename, WIRE_FILENAME_MAX);
	cwd = put_cwd(s, task, filename);
	CLAMP(cwd, WIRE_CWD_MAX);
	if (!cwd && filename < WIRE_FILENAME_MAX) /* the root itself */
		s->bytes[filename + cwd++] = 0;
	s->w.args_bytes = BPF_CORE_READ(mm, arg_end) - arg_start;
	argv = put_argv(s->bytes + filename + cwd, arg_start, s->w.args_bytes);
	CLAMP(argv, WIRE_ARGV_MAX);
	s->w.filename_size = filename;
	s->w.cwd_size = cwd;
	s->w.argv_size = argv;
	size = (sizeof s->w + filename + cwd + argv + 7) & ~7ull;
	s->w.h.size = size;
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct bpf_config *c = settings();
	struct tree_key key = key_of(task);
	__u32 cpu = bpf_get_smp_processor_id();
	struct scratch *s;
	__u64 size, waiting;

	if (!c || !followed(task, &key, c))
		return 0;
	COUNT(seen);
	s = bpf_map_lookup_elem(&scratch, &cpu);
	if (!s) {
		COUNT(dropped);
		return 0;
	}
	fill_exec(&s->w, task, &key, old_pid, c);
	fill_bytes(s, task, bprm);
	size = s->w.h.size;
	CLAMP(size, sizeof *s);
	waiting = waiting_bytes();
	if (bpf_ringbuf_output(&ring, s, size, wakeup(c, waiting, waiting + size)))
		COUNT(dropped);
	return 0;
}
