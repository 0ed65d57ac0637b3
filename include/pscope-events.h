/*
 * The part of libpscope that watches: streams of events. Included by pscope.h, which says what
 * holds for all of the library.
 */
#ifndef PSCOPE_EVENTS_H
#define PSCOPE_EVENTS_H

#include "pscope.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- events ---- */

/* Bits for pscope_events_set_flags(). */
enum pscope_events_flag {
	PSCOPE_EVENTS_THREADS = 1, /* CLONE and THREAD_EXIT too */
	PSCOPE_EVENTS_FAILED_EXECS =
		2 /* BAD_EXEC too: costs each system call of the machine 10 ns */
};

/* What pscope_events_next() returns besides a negative errno. */
enum pscope_events_result {
	PSCOPE_EVENTS_NONE = 0,   /* none for now: wait for pscope_events_fd() */
	PSCOPE_EVENTS_RECORD = 1, /* an event */
	PSCOPE_EVENTS_END = 2     /* none will come any more */
};

/* What an event is about. */
enum pscope_event_kind {
	PSCOPE_EVENT_SEEN = 1,        /* a process was running when the recording began */
	PSCOPE_EVENT_FORK = 2,        /* a new process; the event is about the child */
	PSCOPE_EVENT_CLONE = 3,       /* a new thread */
	PSCOPE_EVENT_EXEC = 4,        /* a new program */
	PSCOPE_EVENT_BAD_EXEC = 5,    /* an exec that failed */
	PSCOPE_EVENT_EXIT = 6,        /* the last thread ended */
	PSCOPE_EVENT_THREAD_EXIT = 7, /* one thread ended, not the process */
	PSCOPE_EVENT_SETTLED = 8,     /* the final cost, a moment after EXIT */
	PSCOPE_EVENT_COMM = 9,        /* a new name */
	PSCOPE_EVENT_UID = 10,        /* other user ids */
	PSCOPE_EVENT_GID = 11,        /* other group ids */
	PSCOPE_EVENT_SID = 12,        /* a new session */
	PSCOPE_EVENT_PGID = 13,       /* another process group */
	PSCOPE_EVENT_PTRACE = 14,     /* a tracer came or went */
	PSCOPE_EVENT_CORE = 15,       /* a core was dumped */
	PSCOPE_EVENT_SIGNAL = 16,     /* a signal that ends the process */
	PSCOPE_EVENT_OOM = 17,        /* chosen by the OOM killer */
	PSCOPE_EVENT_SAMPLE = 18,     /* the cost so far of a living process */
	PSCOPE_EVENT_GAP = 19,        /* events were lost: "lost" of them, "reason" */
	PSCOPE_EVENT_MARK = 20        /* a note for people: "text" */
};

/* Bits of pscope_event_flags(): what the event did to the process that it is about. */
enum pscope_event_flag {
	PSCOPE_EVENT_IS_NEW = 1,      /* it was not known before */
	PSCOPE_EVENT_IS_END = 2,      /* it ended */
	PSCOPE_EVENT_IS_FINAL = 4,    /* its cost is known now, or never will be */
	PSCOPE_EVENT_IS_INFERRED = 8, /* deduced: it happened at this time or before */
	PSCOPE_EVENT_IS_KNOWN = 16    /* nothing new: it was known before, from another event */
};

/* A stream of events of processes, in order of time. */
struct pscope_events;

/* One event. Belongs to its stream, until the next pscope_events_next(). */
struct pscope_event;

/*
 * Makes a stream; set it up with the ..._set_... functions, then open it once with one of the
 * ..._open_... functions. Returns 0 or a negative errno. Free it with pscope_events_free().
 */
int pscope_events_new(struct pscope *pscope, struct pscope_events **ret_events);

/*
 * Ends a stream and frees it; NULL is allowed. Returns NULL. A command that still runs runs on,
 * unwatched. When it was started by the source bpf it is the caller's child, and the caller's to
 * wait for from here on.
 */
struct pscope_events *pscope_events_free(struct pscope_events *events);

/*
 * Chooses the source of live events: "bpf" (exact, nearly free; needs root or CAP_BPF and
 * CAP_PERFMON), "ptrace" (exact, needs nothing, slows forks and execs down; a command or an own tree
 * only), "netlink" (needs root or CAP_NET_ADMIN, on some kernels nothing; arguments of short
 * processes may be missing, costs are not exact), or NULL and "auto": the best one that opens.
 * Returns 0, or -EINVAL when there is no such source.
 */
int pscope_events_set_source(struct pscope_events *events, const char *name);

/* Sets bits of enum pscope_events_flag. Returns 0, or -EINVAL for an unknown bit. */
int pscope_events_set_flags(struct pscope_events *events, unsigned flags);

/*
 * Asks for a SAMPLE of each living process every `interval_ns` nanoseconds; 0, the default: none.
 * Returns 0, or -EINVAL when it is negative.
 */
int pscope_events_set_sampling(struct pscope_events *events, int64_t interval_ns);

/*
 * Sets the size of the buffer between kernel and caller of the source bpf, in bytes, from 64 KiB to
 * 1 GiB (default 32 MiB); rounded up to a power of two. Who calls pscope_events_next() seldom needs
 * more. Returns 0 or -EINVAL.
 */
int pscope_events_set_buffer(struct pscope_events *events, uint64_t bytes);

/*
 * Makes the descriptor `fd` the standard output of the command that will be started; -1, the
 * default: the caller's own. It stays the caller's to close. Returns 0 or a negative errno.
 */
int pscope_events_set_stdout(struct pscope_events *events, int fd);

/*
 * Limits what a file or the running system gives to one process and its descendants; 0, the default:
 * everything. Returns 0, or -EINVAL when it is negative.
 */
int pscope_events_set_root(struct pscope_events *events, int32_t pid);

/*
 * Starts a command and watches it and all its descendants until the last of them has ended.
 *
 * `argv`: its words, ended by NULL; argv[0] is looked up in PATH. It gets the caller's environment,
 * working directory, inheritable descriptors, signal mask and ignored signals.
 *
 * Returns 0: it runs. Or a negative errno: -ENOENT and others of execve(2) when it could not be
 * executed; -EPERM, -EACCES and others when no source opens; -EBUSY when the stream was opened
 * before. Then the stream can only be freed.
 *
 * The command (bpf) or a helper that traces it (ptrace) is a child of the caller. The library waits
 * for these by number only; who waits for any child (wait(), SIGCHLD ignored) takes nothing from the
 * events. While this function runs (bpf), children that other threads of the caller fork are taken
 * for the command's.
 */
int pscope_events_open_command(struct pscope_events *events, const char *const *argv);

/*
 * Watches what runs already: the process that was set as root and its descendants until all of them
 * have ended; without one every process of the machine, until pscope_events_stop(). First come SEEN
 * events of those who run, parents before their children, then what happens.
 *
 * Returns 0; or a negative errno: -ESRCH when there is no such process; -EPERM, -EACCES and others
 * when no source opens; -EBUSY when the stream was opened before.
 */
int pscope_events_open_system(struct pscope_events *events);

/*
 * Reads a file: a recording of `pscope record`, its JSON Lines, the JSON or raw lines of proctrace.
 * Their contents tell what they are. Returns 0; a negative errno when it cannot be read or is none
 * of these; -EBUSY when the stream was opened before.
 */
int pscope_events_open_file(struct pscope_events *events, const char *path);

/*
 * Returns a descriptor that polls readable when pscope_events_next() may have something: of a
 * command's events at least 50 times a second, so they come late by 20 to 70 ms, ordered. It stays
 * the stream's: do not read or close it. -1 when the stream is not open, and of a file, which never
 * needs waiting.
 */
int pscope_events_fd(const struct pscope_events *events);

/*
 * Gives the next event. Never waits.
 *
 * Returns PSCOPE_EVENTS_RECORD with *ret_event, valid until the next call; PSCOPE_EVENTS_NONE for
 * now; PSCOPE_EVENTS_END when all is over; or a negative errno when the source failed, after all
 * events that came before. -EINVAL when the stream is not open.
 */
int pscope_events_next(struct pscope_events *events, const struct pscope_event **ret_event);

/*
 * Asks the stream to end, whether the command lives or not: what was seen so far still comes, then
 * PSCOPE_EVENTS_END. Returns 0 or a negative errno.
 */
int pscope_events_stop(struct pscope_events *events);

/*
 * The balance: each event that was generated was either delivered or is counted as lost. Any
 * pointer may be NULL.
 *
 * `ret_generated`: what the source saw. `ret_lost`: of these, what found no room; GAP events say
 * where. `ret_outside`: processes that the caller's pid namespace does not show.
 * Returns 0, or -EINVAL when the stream is not open.
 */
int pscope_events_counts(const struct pscope_events *events, uint64_t *ret_generated,
			 uint64_t *ret_lost, uint64_t *ret_outside);

/* Returns the source at work: "bpf", "ptrace", of a file what recorded it; "" when not known. */
const char *pscope_events_source(const struct pscope_events *events);

/*
 * Returns when the stream began, in ns of CLOCK_BOOTTIME as pscope_event_time_ns() counts them: of a
 * file, when it was recorded, on the machine that recorded it. 0 when the stream is not open.
 */
int64_t pscope_events_start_ns(const struct pscope_events *events);

/* Returns the wall clock at pscope_events_start_ns(), in ns since 1970; 0 when it is not known. */
int64_t pscope_events_start_real_ns(const struct pscope_events *events);

/* Returns the number of the command that was started; 0 when none was. */
int32_t pscope_events_command_pid(const struct pscope_events *events);

/*
 * Returns the wait status of the command, as waitpid(2) gives it, once its EXIT has come; -1 before,
 * and when it is not known.
 */
int pscope_events_command_status(const struct pscope_events *events);

/* ---- one event ---- */

/* Returns the enum pscope_event_kind. */
int pscope_event_kind(const struct pscope_event *event);

/* Returns the name of a kind, "fork"; NULL when there is none. */
const char *pscope_event_kind_name(int kind);

/* Returns when it happened, in ns of CLOCK_BOOTTIME. */
int64_t pscope_event_time_ns(const struct pscope_event *event);

/* Returns the number of the process that it is about; 0 for GAP and MARK of nobody. */
int32_t pscope_event_pid(const struct pscope_event *event);

/* Returns the bits of enum pscope_event_flag. */
unsigned pscope_event_flags(const struct pscope_event *event);

/*
 * Gives a member by name. Which ones there are depends on the kind, libpscope-fields(3) lists them:
 * EXEC has "filename", "argv", "cwd"; SETTLED and SAMPLE have "cpu_user_ns", "cpu_sys_ns",
 * "rss_peak_bytes", "read_bytes" and so on; every event may have "tid", "ppid", "pgid", "sid", "uid",
 * "euid", "gid", "egid" as the process stood then; and, as it is known of the life that the event is
 * about: "life" (a number of its own that never comes back), "parent_life", "start_ns", "end_ns",
 * "duration_ns", "exit_code", "exit_signal", "core_dumped", "name", "command", "executable".
 *
 * Returns 0 with *ret_value filled, perhaps as PSCOPE_UNKNOWN; -ENOENT when its kind has no such
 * member.
 */
int pscope_event_get(const struct pscope_event *event, const char *name,
		     struct pscope_value *ret_value);

/* Returns how many members the event has, known or not. */
unsigned pscope_event_member_count(const struct pscope_event *event);

/* Returns the name of the member at `index`, from 0; NULL past the end. Constant. */
const char *pscope_event_member_name(const struct pscope_event *event, unsigned index);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
