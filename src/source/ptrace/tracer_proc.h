/* What the ptrace helper asks the kernel about one process, in as few calls as possible. */
#ifndef SOURCE_PTRACE_TRACER_PROC_H
#define SOURCE_PTRACE_TRACER_PROC_H

#include "base/buf.h"
#include "source/bpf/wire.h"

#include <sys/types.h>

/*
 * The proc directory and scratch memory. A traced process cannot vanish before its tracer has
 * reaped it, so that a path by number is safe here.
 */
struct tracer_proc {
	int proc_fd;
	struct buf text;  /* the last file read */
	struct buf stack; /* the last image's initial stack */
	struct buf argv, cwd;
	struct buf cgroup; /* text of the last cgroup file, and what it meant */
	uint64_t cgroup_id;
	int cgroup_fd; /* the mounted v2 hierarchy, or -1 */
};

struct tracer_stat {
	char comm[16], state;
	int32_t ppid, pgid, sid;
	uint32_t flags;   /* PF_* */
	uint32_t threads; /* a zombie leader counts */
	uint64_t minor_faults, major_faults, utime_ns, stime_ns, start_ns;
	bool had_children; /* reaped some: their cost stands with its own in what wait4 gives */
};

struct tracer_status {
	int32_t tgid, ppid, tracer;
	char comm[16];
	uint32_t uid[3], gid[3];
	uint64_t peak_bytes; /* 0: no memory any more */
	uint64_t voluntary, involuntary;
	uint64_t caught, ignored; /* bit N-1: signal N */
};

/* read_chars, write_chars, read_bytes, write_bytes */
struct tracer_io {
	uint64_t value[4];
};

struct tracer_exec {
	struct str filename, argv; /* valid until the next call */
	uint64_t args_bytes;
};

void tracer_proc_init(struct tracer_proc *proc, int proc_fd);
void tracer_proc_deinit(struct tracer_proc *proc);

/*
 * A file to be asked later: its descriptor, or a negative errno. As soon as a process has given up
 * its memory, those that its owner alone may open are root's (task_dump_owner in fs/proc/base.c).
 */
int tracer_proc_open(struct tracer_proc *proc, pid_t pid, const char *name);
/* Each returns 0 or a negative errno; `tid` may be any thread. */
int tracer_proc_stat(struct tracer_proc *proc, pid_t tid, struct tracer_stat *ret);
/* The same of one thread: its own faults and times. */
int tracer_proc_thread(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct tracer_stat *ret);
int tracer_proc_status(struct tracer_proc *proc, pid_t tid, struct tracer_status *ret);
/* `fd`: PID/io, opened in time. */
int tracer_proc_io(struct tracer_proc *proc, int fd, struct tracer_io *ret);
/* Run delay: runnable but waiting for a CPU. */
int tracer_proc_wait_ns(struct tracer_proc *proc, pid_t tid, uint64_t *ret_ns);
/* The image that a process in its exec stop is about to run. */
int tracer_proc_exec(struct tracer_proc *proc, pid_t pid, struct tracer_exec *ret);
/* Nanoseconds that a thread ran, as of when it last gave its CPU away. */
int tracer_proc_run_ns(struct tracer_proc *proc, pid_t tgid, pid_t tid, uint64_t *ret_ns);
/*
 * Might the thread be in a system call that makes another one? It is not when it sleeps in another
 * call; of one that runs nobody knows.
 */
bool tracer_proc_may_fork(struct tracer_proc *proc, pid_t tid);
/*
 * Has a zombie run its last instruction? It can be waited for some microseconds before. `fd`:
 * PID/syscall, opened in time.
 */
bool tracer_proc_has_left(struct tracer_proc *proc, int fd);
/* The image that a process runs, told from outside; slices valid until the next call. */
int tracer_proc_image(struct tracer_proc *proc, pid_t pid, struct tracer_exec *ret);
int tracer_proc_cwd(struct tracer_proc *proc, pid_t pid, struct str *ret);
/* The id of its v2 cgroup; 0: not known. */
uint64_t tracer_proc_cgroup(struct tracer_proc *proc, pid_t pid);
/* Effective ids as the owner of its directory shows them: cheap, but root's when not dumpable. */
int tracer_proc_owner(struct tracer_proc *proc, pid_t pid, uint32_t *ret_uid, uint32_t *ret_gid);
/* The children of one thread, as text: numbers and blanks. */
int tracer_proc_children(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct str *ret);
/* Appends pid_t's: all children; a process's threads; with `tgid` 0 all processes. */
int tracer_proc_list_children(struct tracer_proc *proc, pid_t tgid, pid_t tid, struct buf *out);
int tracer_proc_list(struct tracer_proc *proc, pid_t tgid, struct buf *out);
/* Is `tid` a thread of `tgid`? */
bool tracer_proc_is_thread(struct tracer_proc *proc, pid_t tgid, pid_t tid);
/* Nanoseconds on the CPU of all its threads, ever; right for a zombie too. */
int tracer_proc_cpu_ns(pid_t pid, uint64_t *ret_ns);
/* A string in its memory, cut at `limit`; valid until the next call. */
struct str tracer_proc_string(struct tracer_proc *proc, pid_t tid, uint64_t address, size_t limit);
/* Would its program have more rights if it were not traced? (setuid, setgid, capabilities) */
bool tracer_proc_is_privileged(struct tracer_proc *proc, pid_t pid);

#endif
