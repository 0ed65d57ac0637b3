/*
 * What else happens to a process: its name changes, a signal ends it, the kernel runs out of
 * memory. Key decision: a signal is of interest only when it will end the process; that is decided
 * here, where its disposition can be seen.
 */
#include "common.bpf.h"
#include "memory.bpf.h"

#define SIGKILL_NUMBER 9
#define SIG_PRIVATE    1 /* SEND_SIG_PRIV: from the kernel itself */
#define SI_KERNEL_CODE 0x80
#define SI_QUEUE_CODE  (-1)
#define SI_TKILL_CODE  (-6)
#define DELIVERED      0
#define KILLS_PENDING  256

/*
 * Killed by the kernel just now, by thread: older kernels name the OOM killer's victim by number
 * only, right after they have sent it a signal.
 */
struct killed {
	struct tree_key key;
	__u64 task_at;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KILLS_PENDING);
	__type(key, __u32);
	__type(value, struct killed);
} kills SEC(".maps");

INLINE bool in_exec(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->in_execve))
		return false;
	return BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

SEC("raw_tp/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	struct bpf_config *c = settings();
	struct tree_key key = key_of(task);
	struct wire_comm *w;

	if (!c || !followed(task, &key, c) || in_exec(task))
		return 0;
	if (BPF_CORE_READ(task, pid) != (int)key.tgid && !c->threads)
		return 0;
	w = RESERVE(struct wire_comm);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_COMM, task, &key, c);
	bpf_core_read(w->old, sizeof w->old, &task->comm);
	__builtin_memset(w->comm, 0, sizeof w->comm);
	bpf_probe_read_kernel_str(w->comm, sizeof w->comm, comm);
	SUBMIT(w, c);
	return 0;
}

/* CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG and WINCH do not end a process by default. */
#define HARMLESS                                                                                   \
	(1ull << 17 | 1ull << 18 | 1ull << 19 | 1ull << 20 | 1ull << 21 | 1ull << 22 |             \
	 1ull << 23 | 1ull << 28)

/* By constant numbers, of which libbpf knows where they are in the running kernel. */
#define HANDLER_OFFSET(at) bpf_core_field_offset(struct sighand_struct, action[at].sa.sa_handler)

INLINE bool is_fatal(int number, struct task_struct *task)
{
	struct sighand_struct *sighand = BPF_CORE_READ(task, sighand);
	__u64 at = (number - 1) & 63;
	void *handler = NULL;

	if (number == SIGKILL_NUMBER)
		return true;
	if (number < 1 || number > 64 || HARMLESS >> (number & 63) & 1)
		return false;
	at *= HANDLER_OFFSET(1) - HANDLER_OFFSET(0);
	bpf_probe_read_kernel(&handler, sizeof handler, (void *)sighand + HANDLER_OFFSET(0) + at);
	return !handler;
}

/* Only a signal that a process sent has a sender; the rest is the kernel's. */
INLINE void fill_sender(struct wire_signal *w, const struct bpf_config *c)
{
	struct task_struct *sender = (void *)bpf_get_current_task();

	w->sender_pid = 0;
	w->sender_uid = ~0u;
	__builtin_memset(w->sender_comm, 0, sizeof w->sender_comm);
	if (w->code && w->code != SI_QUEUE_CODE && w->code != SI_TKILL_CODE)
		return;
	w->sender_pid = leader_number(sender, c);
	w->sender_uid = BPF_CORE_READ(sender, cred, uid.val);
	bpf_core_read(w->sender_comm, sizeof w->sender_comm, &sender->comm);
}

INLINE int code_of(struct kernel_siginfo *info)
{
	if ((unsigned long)info == SIG_PRIVATE)
		return SI_KERNEL_CODE;
	return (unsigned long)info ? BPF_CORE_READ(info, si_code) : 0;
}

SEC("raw_tp/signal_generate")
int BPF_PROG(on_signal, int number, struct kernel_siginfo *info, struct task_struct *task,
	     int group, int result)
{
	struct bpf_config *c = settings();
	struct tree_key key = key_of(task);
	struct wire_signal *w;
	int code;

	if (result != DELIVERED || !c || !followed(task, &key, c) || !is_fatal(number, task))
		return 0;
	code = code_of(info);
	if (number == SIGKILL_NUMBER && code == SI_KERNEL_CODE) {
		struct killed killed = {.key = key, .task_at = (__u64)task};
		__u32 tid = BPF_CORE_READ(task, pid);

		bpf_map_update_elem(&kills, &tid, &killed, BPF_ANY);
	}
	w = RESERVE(struct wire_signal);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_SIGNAL, task, &key, c);
	w->signal = number;
	w->code = code;
	fill_sender(w, c);
	w->fatal = 1;
	w->reserved = 0;
	SUBMIT(w, c);
	return 0;
}

/* The victim is a pid in older kernels and a task in newer ones. As an address no pid can be read. */
SEC("raw_tp/mark_victim")
int BPF_PROG(on_oom, unsigned long victim)
{
	struct task_struct *task = (void *)victim;
	struct bpf_config *c = settings();
	struct killed *killed;
	struct tree_key key;
	struct mm_struct *mm;
	struct wire_oom *w;
	__u32 tid = victim;
	pid_t tgid;

	if (bpf_core_read(&tgid, sizeof tgid, &task->tgid)) {
		killed = bpf_map_lookup_elem(&kills, &tid);
		if (!killed)
			return 0;
		task = (void *)killed->task_at;
	}
	key = key_of(task);
	if (!c || !followed(task, &key, c))
		return 0;
	w = RESERVE(struct wire_oom);
	if (!w)
		return 0;
	fill_header(&w->h, sizeof *w, WIRE_OOM, task, &key, c);
	mm = BPF_CORE_READ(task, mm);
	w->rss_bytes = mm ? rss_bytes(mm, c) : 0;
	SUBMIT(w, c);
	return 0;
}
