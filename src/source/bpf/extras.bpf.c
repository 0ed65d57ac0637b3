/*
 * What only fentry and fexit can see, where the kernel allows them: peak memory before it is gone,
 * changes of session, group and credentials at the moment when they happen, who traces whom.
 * Without them these are bounds, inferences, or not known.
 */
#include "adopt.bpf.h"
#include "memory.bpf.h"

#define NO_ID         (~0u)
#define PTRACE_ATTACH 16 /* PTRACE_SEIZE, too, is told as this one */
#define PTRACE_DETACH 17

/* Runs before exit_mm in every kernel. */
SEC("fentry/taskstats_exit")
int BPF_PROG(on_taskstats_exit, struct task_struct *task, int group_dead)
{
	struct tree_key key = key_of(task);
	struct bpf_config *c = settings();
	struct tree_value *value;
	struct mm_struct *mm;

	if (!group_dead || !c)
		return 0;
	value = find_or_adopt(task, &key, c);
	mm = BPF_CORE_READ(task, mm);
	if (value && mm)
		value->rss_peak_bytes = rss_peak_bytes(mm, c);
	return 0;
}

INLINE void forget_credentials(struct wire_standing *s)
{
	for (int i = 0; i < 3; i++)
		s->uid[i] = s->gid[i] = NO_ID;
}

/* Of the process that called; for another (a shell's child) its own next record tells. */
INLINE int send_group(long ret)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct tree_key key = key_of(task);
	struct bpf_config *c = settings();
	struct wire_ids *w;

	if (ret < 0 || !c || !followed(task, &key, c))
		return 0;
	w = RESERVE(struct wire_ids);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_IDS, task, &key, c);
	fill_standing(&w->standing, task, c);
	forget_credentials(&w->standing);
	SUBMIT(w, c);
	return 0;
}

SEC("fexit/ksys_setsid")
int BPF_PROG(on_setsid, long ret)
{
	return send_group(ret);
}

/* The function's name is the architecture's: set at load. */
SEC("fexit/__x64_sys_setpgid")
int BPF_PROG(on_setpgid, void *regs, long ret)
{
	return send_group(ret);
}

INLINE bool same_ids(const struct wire_standing *a, const struct wire_standing *b)
{
	for (int i = 0; i < 3; i++) {
		if (a->uid[i] != b->uid[i] || a->gid[i] != b->gid[i])
			return false;
	}
	return true;
}

SEC("fentry/commit_creds")
int BPF_PROG(on_commit_creds, struct cred *new)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct tree_key key = key_of(task);
	struct bpf_config *c = settings();
	struct wire_standing old = {}, now = {};
	struct wire_ids *w;

	if (!c || !followed(task, &key, c))
		return 0;
	fill_credentials(&old, BPF_CORE_READ(task, cred));
	fill_credentials(&now, new);
	if (same_ids(&old, &now))
		return 0;
	w = RESERVE(struct wire_ids);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_IDS, task, &key, c);
	now.ppid = pid_number(BPF_CORE_READ(task, real_parent, group_leader, thread_pid), c);
	w->standing = now;
	SUBMIT(w, c);
	return 0;
}

/*
 * The process connector's function: it is told of each attach and detach, whoever listens. A kernel
 * without the connector has none.
 */
SEC("fentry/proc_ptrace_connector")
int BPF_PROG(on_ptrace, struct task_struct *task, int request)
{
	struct task_struct *tracer = (void *)bpf_get_current_task();
	struct tree_key key = key_of(task);
	struct bpf_config *c = settings();
	struct wire_ptrace *w;

	if (!c || !followed(task, &key, c) ||
	    (request != PTRACE_ATTACH && request != PTRACE_DETACH))
		return 0;
	w = RESERVE(struct wire_ptrace);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_PTRACE, task, &key, c);
	w->tracer_pid = request == PTRACE_ATTACH ? leader_number(tracer, c) : 0;
	w->reserved = 0;
	SUBMIT(w, c);
	return 0;
}
