/*
 * Why a process cannot be traced. Key decision: the kernel says EPERM for all of it, so what it
 * looks at (__ptrace_may_access, then the security modules) is looked at again, in its order.
 */
#include "source/ptrace/tracer_refusal.h"

#include "base/root.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */

static bool is_own(const struct tracer_status *status)
{
	for (unsigned i = 0; i < 3; i++)
		if (status->uid[i] != getuid() || status->gid[i] != getgid())
			return false;
	return true;
}

/* kernel.yama.ptrace_scope; 0 where there is none */
static int yama_scope(struct tracer_proc *proc)
{
	struct buf text = BUF_INIT;
	int scope = 0;

	if (root_read(proc->proc_fd, "sys/kernel/yama/ptrace_scope", &text, 16) == 0)
		scope = atoi(buf_cstr(&text));
	buf_deinit(&text);
	return scope;
}

static int refused_to_own(struct tracer_proc *proc, pid_t pid, const char *name, int error,
			  struct error *err)
{
	uint32_t uid = getuid(), gid = getgid();
	int scope = yama_scope(proc);

	if (tracer_proc_owner(proc, pid, &uid, &gid) == 0 && uid != getuid())
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): it has rights of its own (setuid, "
				 "capabilities) or keeps others from looking; run pscope as root",
				 pid, name);
	if (scope > 0 && geteuid() != 0)
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): kernel.yama.ptrace_scope=%d allows "
				 "that to root only; run pscope as root, or set it to 0 (sysctl)",
				 pid, name, scope);
	return error_set(err, -error,
			 "cannot trace process %d (%s): %s; a container's seccomp profile or a "
			 "security module may forbid ptrace: look with another source",
			 pid, name, error_name(error));
}

int tracer_refusal(struct tracer_proc *proc, pid_t pid, int error, struct error *err)
{
	struct tracer_status status, tracer;
	struct tracer_stat stat;

	if (tracer_proc_stat(proc, pid, &stat) < 0 || tracer_proc_status(proc, pid, &status) < 0)
		return error_set(err, ESRCH, "there is no process %d", pid);
	if (stat.flags & KERNEL_THREAD)
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): it is a thread of the kernel; "
				 "--source bpf or netlink sees it",
				 pid, stat.comm);
	if (stat.state == 'Z')
		return error_set(err, ESRCH,
				 "cannot trace process %d (%s): it has ended, and waits for its "
				 "parent (%d) to ask how",
				 pid, stat.comm, stat.ppid);
	if (status.tracer && tracer_proc_status(proc, status.tracer, &tracer) == 0)
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): process %d (%s) does, and one "
				 "tracer is all that a process can have; end that, or use --source "
				 "bpf",
				 pid, stat.comm, status.tracer, tracer.comm);
	if (!is_own(&status) && geteuid() != 0)
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): it runs as user %u, pscope as user "
				 "%u; run pscope as root",
				 pid, stat.comm, status.uid[0], getuid());
	if (!is_own(&status))
		return error_set(err, EPERM,
				 "cannot trace process %d (%s): it runs as user %u, and pscope "
				 "lacks CAP_SYS_PTRACE; give it that, or use another source",
				 pid, stat.comm, status.uid[0]);
	return refused_to_own(proc, pid, stat.comm, error, err);
}
