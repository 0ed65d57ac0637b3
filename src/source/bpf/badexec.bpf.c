/*
 * Execs that failed. Key decision: only on request, since a program at the end of every system call
 * of the machine costs it about 10 ns. It needs no look at the beginning: the arguments are still in
 * the registers when the call has failed.
 */
#include "common.bpf.h"

struct bad_exec {
	struct wire_bad_exec w;
	char filename[WIRE_FILENAME_MAX];
};

/* The address of the file name if the call was an exec, or 0. */
INLINE unsigned long filename_x86(struct pt_regs___x86 *regs)
{
	switch (BPF_CORE_READ(regs, orig_ax)) {
	case 59:
		return BPF_CORE_READ(regs, di);
	case 322: /* execveat */
		return BPF_CORE_READ(regs, si);
	default:
		return 0;
	}
}

INLINE unsigned long filename_arm64(struct pt_regs___arm64 *regs)
{
	switch (BPF_CORE_READ(regs, syscallno)) {
	case 221:
		return BPF_CORE_READ(regs, orig_x0);
	case 281: /* execveat */
		return BPF_CORE_READ(regs, regs[1]);
	default:
		return 0;
	}
}

SEC("raw_tp/sys_exit")
int BPF_PROG(on_sys_exit, void *regs, long ret)
{
	struct task_struct *task;
	unsigned long filename = 0;
	struct bpf_config *c;
	struct bad_exec *bad;
	struct tree_key key;
	long n;

	if (ret >= 0)
		return 0;
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		filename = filename_x86(regs);
	else if (bpf_core_field_exists(struct pt_regs___arm64, syscallno))
		filename = filename_arm64(regs);
	if (!filename)
		return 0;
	task = (void *)bpf_get_current_task();
	key = key_of(task);
	c = settings();
	if (!c || !followed(task, &key, c))
		return 0;
	bad = RESERVE(struct bad_exec);
	if (!bad)
		return 0;
	fill_header(&bad->w.h, sizeof *bad, WIRE_BAD_EXEC, task, &key, c);
	bad->w.error = -ret;
	n = bpf_probe_read_user_str(bad->filename, sizeof bad->filename, (void *)filename);
	bad->w.filename_size = n > 0 ? n : 0;
	SUBMIT(bad, c);
	return 0;
}
