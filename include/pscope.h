/*
 * libpscope: what the processes of a Linux machine are and do, as typed values with units.
 *
 * A handle (struct pscope) is opened once; from it come lists of processes, readings of the host,
 * open files and sockets of processes, and streams of events. All types are opaque; values come
 * out by name as a struct pscope_value, a small tagged union. What is not known is
 * PSCOPE_UNKNOWN, what the kernel shows to others only PSCOPE_DENIED: never 0.
 *
 * Errors. Functions that return int give 0 (or a count, or a positive outcome that their
 * description names) when done, and a negative errno when not; pscope_last_error() is then a
 * sentence for people that names the object, the cause and the next step. That a process has
 * ended is an outcome, never an error. -EINVAL also means that a pointer was NULL that must not be;
 * functions that return something else than an outcome take NULL as an object of which nothing is
 * known, and give 0, NULL or "".
 *
 * Memory. When there is none, the function returns -ENOMEM, and the object that it was called on
 * is spoilt: every further call on it returns -ENOMEM, and all that can be done is to free it.
 * What the failed call held in between is not given back. The program is never ended.
 *
 * Manners. The library prints nothing, ends nothing, starts no threads, has no state of its own
 * besides the handles, changes neither locale nor environment nor the disposition or mask of any
 * signal. Descriptors that it opens are close-on-exec.
 *
 * Threads. Handles are independent of each other. One handle and all that was made from it belong
 * to one thread at a time.
 *
 * Forks. A child may go on with the copies of handles, lists, readings of the host, files and sockets
 * that fork(2) gives it. A stream of a command's events stays the parent's: in the child its
 * functions return -EPERM, but for what was taken from it already and for freeing it, which takes
 * nothing from the parent.
 *
 * Lifetime. Whatever a function returns stays valid until the object that it was asked of changes
 * (..._refresh, ..._next) or is freed, unless the function says otherwise. Each ..._free takes
 * NULL and returns NULL. Objects may be freed after their handle was closed: it lasts as long as
 * the last of them.
 *
 * Versions. The interface only grows: no enumerator is renumbered, no function changes. New
 * enumerators may appear: let a switch have a default.
 */
#ifndef PSCOPE_H
#define PSCOPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- version ---- */

/* The version that this header is of, in parts and as one number. */
#define PSCOPE_VERSION_MAJOR 0
#define PSCOPE_VERSION_MINOR 1
#define PSCOPE_VERSION_PATCH 0
#define PSCOPE_VERSION_NUMBER                                                                      \
	(PSCOPE_VERSION_MAJOR * 1000000 + PSCOPE_VERSION_MINOR * 1000 + PSCOPE_VERSION_PATCH)

/* Returns the version of the library at run time, "0.1.0"; constant. */
const char *pscope_version(void);

/* Returns the same as PSCOPE_VERSION_NUMBER: major * 1000000 + minor * 1000 + patch. */
int pscope_version_number(void);

/* ---- the handle ---- */

struct pscope;

/*
 * Opens the machine, or a captured one.
 *
 * `root`: NULL for the running machine, or a directory that holds proc/ (and perhaps sys/ and
 * etc/) as they were captured elsewhere.
 *
 * Returns 0, or a negative errno: -ENOENT when there is no such directory or proc is not mounted.
 * *ret_pscope is a handle also then, good for pscope_last_error() and pscope_close() only; it is
 * NULL only when there was no memory. Close it with pscope_close().
 */
int pscope_open(const char *root, struct pscope **ret_pscope);

/* Closes a handle; NULL is allowed. Returns NULL. */
struct pscope *pscope_close(struct pscope *pscope);

/*
 * Returns the sentence about the last failure of this handle or of an object made from it; "" when
 * none has failed, "out of memory" for NULL. A sentence about a filter has three lines, the last
 * of them a caret under the place. Valid until the next call on the handle.
 */
const char *pscope_last_error(const struct pscope *pscope);

/* ---- values ---- */

/* What a value is made of: which member of the union counts. */
enum pscope_kind {
	PSCOPE_UNKNOWN = 0,  /* not there, not readable any more, or it does not apply */
	PSCOPE_DENIED = 1,   /* the kernel shows it to others only: to root, to the owner */
	PSCOPE_SIGNED = 2,   /* as.i */
	PSCOPE_UNSIGNED = 3, /* as.u */
	PSCOPE_REAL = 4,     /* as.real */
	PSCOPE_FLAG = 5,     /* as.flag: 0 or 1 */
	PSCOPE_TEXT = 6,     /* as.text: any bytes but NUL */
	PSCOPE_WORDS = 7,    /* as.text: words that each end in NUL, as a command line has them */
	PSCOPE_LIST = 8,     /* as.list */
	PSCOPE_LIFE = 9      /* as.life: who a process is */
};

/* What a value means: its unit. */
enum pscope_type {
	PSCOPE_TYPE_NUMBER = 0,    /* a plain number: pids, counts, priorities */
	PSCOPE_TYPE_BYTES = 1,     /* bytes */
	PSCOPE_TYPE_DURATION = 2,  /* nanoseconds */
	PSCOPE_TYPE_TIME = 3,      /* nanoseconds since 1970-01-01 UTC */
	PSCOPE_TYPE_PERCENT = 4,   /* of 100; of one CPU, so that several can be more */
	PSCOPE_TYPE_RATE = 5,      /* per second */
	PSCOPE_TYPE_TEXT = 6,      /* text of a process or a name */
	PSCOPE_TYPE_WORDS = 7,     /* a command line */
	PSCOPE_TYPE_ADDRESS = 8,   /* an address in memory, shown in hex */
	PSCOPE_TYPE_MASK = 9,      /* 64 bits, shown in hex */
	PSCOPE_TYPE_OCTAL = 10,    /* shown in octal: umask, file modes */
	PSCOPE_TYPE_FLAG = 11,     /* true or false */
	PSCOPE_TYPE_LIST = 12,     /* several numbers */
	PSCOPE_TYPE_BOOT_TIME = 13 /* nanoseconds of CLOCK_BOOTTIME */
};

/* Bits of pscope_value.flags. */
enum pscope_value_flag {
	PSCOPE_VALUE_UPPER_BOUND = 1, /* the truth is at most this */
	PSCOPE_VALUE_APPROXIMATE = 2  /* the kernel's own batching: a few pages per CPU off */
};

/*
 * A value. Text is followed by a NUL that `size` does not count; it is what the process wrote,
 * unchecked: before it goes to a terminal use pscope_value_print().
 */
struct pscope_value {
	int32_t kind;   /* enum pscope_kind */
	int32_t type;   /* enum pscope_type */
	uint32_t flags; /* enum pscope_value_flag */
	uint32_t reserved;
	union {
		int64_t i;
		uint64_t u;
		double real;
		int flag;
		struct {
			const char *bytes;
			size_t size;
		} text;
		struct {
			const uint32_t *items;
			size_t count;
		} list;
		struct {
			uint64_t start_ns; /* CLOCK_BOOTTIME; 0 when only the number is known */
			int32_t tgid;      /* in the initial pid namespace where that is known */
		} life;
		uint64_t room[4]; /* for what is to come */
	} as;
};

/*
 * Writes a value as text that is safe on a terminal: control bytes, bidirectional controls and
 * bytes that are no UTF-8 become visible escapes. Bytes, durations and times are plain numbers of
 * their units, addresses and masks are in hex, words stand with blanks between, quoted where a
 * shell would need it; the unknown is "-", the denied "?".
 *
 * `buffer`: room for `size` bytes with the NUL; may be NULL when size is 0.
 * Returns the length of the whole text without the NUL, as snprintf() does: from `size` on it was
 * cut; or -EINVAL, -ENOMEM.
 */
int pscope_value_print(const struct pscope_value *value, char *buffer, size_t size);

/*
 * Gives a number as a signed integer, whichever member of the union has it; a flag is 0 or 1, a real
 * is cut towards 0.
 * Returns 0 with *ret_number filled; -ENODATA when the value is unknown or denied; -ERANGE when it
 * does not fit; -EINVAL when it is no number. On failure *ret_number stays as it was, so that it can
 * hold what stands for the unknown.
 */
int pscope_value_to_integer(const struct pscope_value *value, int64_t *ret_number);

/* As pscope_value_to_integer(), as a real number; integers beyond 2^53 are rounded. */
int pscope_value_to_real(const struct pscope_value *value, double *ret_number);

/* ---- fields ---- */

/* Whose fields there are. */
enum pscope_subject {
	PSCOPE_PROCESS = 0, /* pscope_list_new(), pscope_process_get() */
	PSCOPE_HOST = 1,    /* pscope_host_get() */
	PSCOPE_CPU = 2,     /* pscope_host_cpu_get() */
	PSCOPE_FILE = 3,    /* pscope_files_get() */
	PSCOPE_SOCKET = 4   /* pscope_sockets_get() */
};

/* Bits of pscope_field_flags(). */
enum pscope_field_flag {
	PSCOPE_FIELD_DEPRECATED = 1, /* the kernel keeps it for old readers only */
	PSCOPE_FIELD_COSTLY = 2      /* makes the kernel work: walks all memory of the process */
};

/*
 * One field: a name, a type with its unit, one line of help. Constant, never freed. All of them stand
 * in libpscope-fields(3).
 */
struct pscope_field;

/* Returns how many fields there are of enum pscope_subject `subject`; 0 for no such subject. */
unsigned pscope_field_count(int subject);

/* Returns the field at `index`, from 0, in the order of the documentation; NULL past the end. */
const struct pscope_field *pscope_field_at(int subject, unsigned index);

/*
 * Finds a field by name; of processes also by the names that ps has for it ("%cpu", "rsz"), in
 * lower or upper case. Returns NULL when there is none.
 */
const struct pscope_field *pscope_field_find(int subject, const char *name);

/* Returns the name; its unit is in it: "rss_bytes". */
const char *pscope_field_name(const struct pscope_field *field);

/* Returns the further names of a process's field, separated by blanks; "" when there are none. */
const char *pscope_field_aliases(const struct pscope_field *field);

/* Returns the heading that tables of people have: "RSS". */
const char *pscope_field_heading(const struct pscope_field *field);

/* Returns the enum pscope_type of the field's values; -1 for NULL. */
int pscope_field_type(const struct pscope_field *field);

/* Returns the bits of enum pscope_field_flag. */
unsigned pscope_field_flags(const struct pscope_field *field);

/* Returns one line about what it is. */
const char *pscope_field_help(const struct pscope_field *field);

/* Returns the unit of a type, for people: "bytes", "ns", "percent", "per second"; "" for none. */
const char *pscope_type_unit(int type);

/* ---- lists of processes ---- */

/* Outcomes of pscope_process_refresh(); the first also of pscope_files_read(). */
enum pscope_outcome {
	PSCOPE_GONE = 1,  /* there is no such process any more */
	PSCOPE_REUSED = 2 /* its number belongs to another process now */
};

/* Processes as one pass over the system saw them. */
struct pscope_list;

/* One process (or thread) in a list. Belongs to the list, until its next refresh. */
struct pscope_process;

/*
 * Makes an empty list that will read the fields that are named.
 *
 * `fields`: names separated by commas, "pid,rss_bytes,comm"; also the sets "aux" (the columns of
 * `ps aux`) and "all" (neither deprecated nor costly). NULL means "aux". Only the kernel files that
 * these need are read, so few fields are fast.
 *
 * Returns 0; -EINVAL when a name is unknown (the sentence suggests the nearest). Free the list with
 * pscope_list_free().
 */
int pscope_list_new(struct pscope *pscope, const char *fields, struct pscope_list **ret_list);

/* Frees a list with its processes; NULL is allowed. Returns NULL. */
struct pscope_list *pscope_list_free(struct pscope_list *list);

/*
 * Limits the list to the processes of these numbers, from the next refresh on.
 *
 * `pids`: `count` of them, copied; a count of 0 means all again. A number that nobody has is no
 * error: the process is just not in the list.
 * Returns 0 or a negative errno.
 */
int pscope_list_set_pids(struct pscope_list *list, const int32_t *pids, size_t count);

/*
 * Limits the list to what a condition holds for, from the next refresh on.
 *
 * `filter`: for example `rss > 100M and user = "root"`, `comm =~ "^gcc" or elapsed >= 2m`: and, or,
 * not, parentheses; = != < <= > >= =~ !~ in; sizes and durations with units. It may name fields
 * that are not in the list. NULL: no condition. What it hides is not in the tree either: who looks
 * for descendants of a hidden process filters for himself.
 * Returns 0; -EINVAL with three lines in pscope_last_error(), and the old condition stays.
 */
int pscope_list_set_filter(struct pscope_list *list, const char *filter);

/*
 * Decides, from the next refresh on, whether the threads of each process stand behind it as rows
 * of their own (`threads` not 0) or not (0, the default). Returns 0 or a negative errno.
 */
int pscope_list_set_threads(struct pscope_list *list, int threads);

/*
 * Orders the list now and after each refresh.
 *
 * `keys`: names of any fields separated by commas, '-' before one for descending: "-rss_bytes,pid".
 * The unknown stand last; equals by number. NULL: by number. What a field needs that is not in the
 * list is read from the next refresh on: so sort before it.
 * Returns 0; -EINVAL when a name is unknown, and the old order stays.
 */
int pscope_list_sort(struct pscope_list *list, const char *keys);

/*
 * Reads the processes anew. Everything that was taken from the list before becomes invalid. Fields
 * that are about an interval (CPU now, rates) are known from the second refresh on, and cover the
 * time between the two.
 * Returns 0, or a negative errno; then the list is empty.
 */
int pscope_list_refresh(struct pscope_list *list);

/* Returns how many processes the list has. */
size_t pscope_list_count(const struct pscope_list *list);

/* Returns the process at `index`, from 0, in the list's order; NULL past the end. */
struct pscope_process *pscope_list_at(struct pscope_list *list, size_t index);

/* Returns the process of that number, or with threads the thread; NULL when it is not there. */
struct pscope_process *pscope_list_find(struct pscope_list *list, int32_t pid);

/* Returns when the last refresh began, in ns of CLOCK_BOOTTIME; 0 before the first. */
int64_t pscope_list_time_ns(const struct pscope_list *list);

/* Returns how many fields the list has: those that were named, sets taken apart. */
unsigned pscope_list_column_count(const struct pscope_list *list);

/* Returns the field at `column`, from 0, in the order in which they were named; NULL past it. */
const struct pscope_field *pscope_list_column(const struct pscope_list *list, unsigned column);

/* ---- one process ---- */

/* Returns its number; of a thread, the thread's. */
int32_t pscope_process_pid(const struct pscope_process *process);

/* Returns the number of the process: pscope_process_pid() for all but threads. */
int32_t pscope_process_tgid(const struct pscope_process *process);

/*
 * Returns when it started, in ns of CLOCK_BOOTTIME. Number and start together are one life: a number
 * can come back, the pair does not. Steps of 10 ms where it was read from proc.
 */
int64_t pscope_process_start_ns(const struct pscope_process *process);

/*
 * Gives the value of a field by name (or alias).
 * Returns 0 with *ret_value filled, perhaps as PSCOPE_UNKNOWN; -ENOENT when the list does not have
 * that field.
 */
int pscope_process_get(struct pscope_process *process, const char *name,
		       struct pscope_value *ret_value);

/*
 * Gives the value of the list's field at `column`, from 0: faster than by name.
 * Returns 0 with *ret_value filled; -ENOENT past the last column.
 */
int pscope_process_get_column(struct pscope_process *process, unsigned column,
			      struct pscope_value *ret_value);

/*
 * Reads this one process anew. Its values that were taken before become invalid; nothing else in
 * the list changes, order and filter included. Fields that are about an interval cover the time
 * since it was read before, by the list or alone.
 * Returns 0; PSCOPE_GONE when it has ended; PSCOPE_REUSED when its number belongs to another life
 * by now: in both cases its last values stay as they are. Or a negative errno.
 */
int pscope_process_refresh(struct pscope_process *process);

/*
 * Returns its parent in the same list; NULL when that is not there. The tree that these three walk
 * has no loops, whatever happened between two reads. Threads are no part of it.
 */
struct pscope_process *pscope_process_parent(struct pscope_process *process);

/* Returns its first child in the order of the list, or NULL. */
struct pscope_process *pscope_process_first_child(struct pscope_process *process);

/* Returns the next child of its parent (of a root: the next root), or NULL. */
struct pscope_process *pscope_process_next_sibling(struct pscope_process *process);

/*
 * Writes one row as `ps aux` prints it, without a line end, safe on terminals. The list should have
 * the fields "aux"; a column whose facts were not read is "-".
 *
 * `buffer`, `size` and the result: as in pscope_value_print().
 */
int pscope_process_print_aux(struct pscope_process *process, char *buffer, size_t size);

/* Returns the heading that goes with pscope_process_print_aux(); constant. */
const char *pscope_aux_heading(void);

/* ---- the host ---- */

/* Bits for pscope_host_new(). */
enum pscope_host_flag {
	PSCOPE_HOST_TASKS = 1 /* count the processes by state too, which means a pass over all */
};

/* The machine as a whole: load, memory, CPUs, pressure. */
struct pscope_host;

/*
 * Makes a reading of the machine, empty until pscope_host_refresh().
 *
 * `flags`: bits of enum pscope_host_flag.
 * Returns 0 or a negative errno. Free it with pscope_host_free().
 */
int pscope_host_new(struct pscope *pscope, unsigned flags, struct pscope_host **ret_host);

/* Frees a reading; NULL is allowed. Returns NULL. */
struct pscope_host *pscope_host_free(struct pscope_host *host);

/*
 * Reads the machine's state. The shares of CPU time cover the time since the refresh before; the
 * first time, since the machine's start.
 * Returns 0 or a negative errno.
 */
int pscope_host_refresh(struct pscope_host *host);

/*
 * Gives a value of the machine by name: pscope_field_at(PSCOPE_HOST, ...) lists them.
 * Returns 0 with *ret_value filled, perhaps as PSCOPE_UNKNOWN; -ENOENT when there is no such name.
 */
int pscope_host_get(const struct pscope_host *host, const char *name,
		    struct pscope_value *ret_value);

/* Returns how many CPUs are online; 0 when it is not known. */
unsigned pscope_host_cpu_count(const struct pscope_host *host);

/*
 * Gives a value of one CPU by name: pscope_field_at(PSCOPE_CPU, ...) lists them.
 *
 * `index`: from 0, below pscope_host_cpu_count(); the CPU's own number is the value "cpu".
 * Returns 0 with *ret_value filled; -ENOENT when there is no such CPU or name.
 */
int pscope_host_cpu_get(const struct pscope_host *host, unsigned index, const char *name,
			struct pscope_value *ret_value);

/*
 * Writes the machine's state for people, some lines that each end in a line end: what stands above
 * the processes in top.
 *
 * `buffer`, `size` and the result: as in pscope_value_print().
 */
int pscope_host_print(const struct pscope_host *host, char *buffer, size_t size);

/* ---- open files ---- */

/* What one process has open. */
struct pscope_files;

/*
 * Reads the descriptors of the process `pid`.
 *
 * Returns 0 with *ret_files to be freed with pscope_files_free(); PSCOPE_GONE when there is no such
 * process; or a negative errno. That the kernel does not let us see them is no error: the list is
 * empty then, and pscope_files_denied() says why. A number can have passed to another life since it
 * was seen: that pscope_process_refresh() gives 0 afterwards says that it had not.
 */
int pscope_files_read(struct pscope *pscope, int32_t pid, struct pscope_files **ret_files);

/* Frees the list; NULL is allowed. Returns NULL. */
struct pscope_files *pscope_files_free(struct pscope_files *files);

/* Returns how many descriptors there are. */
size_t pscope_files_count(const struct pscope_files *files);

/* Returns 1 when the list is empty because the kernel shows it to others only, else 0. */
int pscope_files_denied(const struct pscope_files *files);

/*
 * Gives a value of one descriptor by name: pscope_field_at(PSCOPE_FILE, ...) lists them.
 *
 * `index`: from 0, in ascending order of the numbers.
 * Returns 0 with *ret_value filled; -ENOENT when there is no such descriptor or name.
 */
int pscope_files_get(const struct pscope_files *files, size_t index, const char *name,
		     struct pscope_value *ret_value);

/* ---- sockets ---- */

/* The sockets of network namespaces, and who holds them. */
struct pscope_sockets;

/*
 * Reads the sockets of all network namespaces that some process lives in.
 *
 * `pids`: only the sockets that one of these `pid_count` processes holds; NULL: all, also those that
 * nobody holds any more. A `pid_count` of 0 without NULL: none.
 * Returns 0 with *ret_sockets to be freed with pscope_sockets_free(), or a negative errno.
 */
int pscope_sockets_read(struct pscope *pscope, const int32_t *pids, size_t pid_count,
			struct pscope_sockets **ret_sockets);

/* Frees the list; NULL is allowed. Returns NULL. */
struct pscope_sockets *pscope_sockets_free(struct pscope_sockets *sockets);

/* Returns how many sockets there are. */
size_t pscope_sockets_count(const struct pscope_sockets *sockets);

/* Returns how many processes do not let us see what they hold: their sockets may lack holders. */
uint64_t pscope_sockets_unreadable(const struct pscope_sockets *sockets);

/*
 * Gives a value of one socket by name: pscope_field_at(PSCOPE_SOCKET, ...) lists them.
 *
 * `index`: from 0, below pscope_sockets_count(), in no order that means anything.
 * Returns 0 with *ret_value filled; -ENOENT when there is no such socket or name.
 */
int pscope_sockets_get(const struct pscope_sockets *sockets, size_t index, const char *name,
		       struct pscope_value *ret_value);

/* Returns how many descriptors of processes refer to the socket at `index`; 0 past the last one. */
size_t pscope_sockets_holder_count(const struct pscope_sockets *sockets, size_t index);

/*
 * Gives one holder of the socket at `index`: number of the process and of the descriptor in it;
 * either pointer may be NULL. `holder`: from 0, below pscope_sockets_holder_count().
 * Returns 0; -ENOENT when there is no such socket or holder.
 */
int pscope_sockets_holder(const struct pscope_sockets *sockets, size_t index, size_t holder,
			  int32_t *ret_pid, int32_t *ret_fd);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#include "pscope-events.h"

#endif
