/* The pass over processes: this very process and its odd children, by both ways. */
#include "source/scan.h"

#include "base/clock.h"
#include "source/scan_read.h"
#include "source/test_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The children of this test go when it goes. */
static pid_t child(struct fixture *f)
{
	pid_t parent = getpid();

	f->child = fork();
	assert_true(f->child >= 0);
	if (f->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return f->child;
}

/* ---- this machine ---- */

static void test_itself(void **state)
{
	struct fixture *f = *state;
	int64_t before_ns = clock_boot_ns();
	char exe[4096], cwd[4096];
	struct snapshot *s;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	assert_true(n > 0);
	exe[n] = 0;
	assert_non_null(getcwd(cwd, sizeof cwd));
	pass(f);
	s = find(f, getpid());
	assert_non_null(s);
	assert_int_equal(s->tgid, getpid());
	assert_int_equal(s->stat.pid, getpid());
	assert_int_equal(s->stat.ppid, getppid());
	assert_true(str_is(s->stat.comm, "test_scan"));
	assert_int_equal(s->stat.state, 'R');
	assert_int_equal(s->stat.start_grain_ns, IDENT_GRAIN_TICKS);
	assert_int_equal(s->euid, geteuid());
	assert_int_equal(s->egid, getegid());
	assert_true(str_is(s->exe, exe));
	assert_false(s->exe_deleted);
	assert_true(str_is(s->cwd, cwd));
	assert_true(str_is(s->root, "/"));
	assert_true(s->time_ns >= before_ns && s->time_ns <= clock_boot_ns());
	assert_true(s->rss_bytes > 0 && s->statm->rss_bytes == s->rss_bytes);
	assert_int_equal(s->status->uid.effective, geteuid());
	assert_true(s->fd_count >= 5 && s->fd_count < 100);
	assert_true(s->cmdline.n > 0 && s->cmdline.p[s->cmdline.n - 1] == 0);
	assert_int_equal(s->cmdline_bytes, s->cmdline.n);
	assert_true(s->cpu_clock_ns > 0);
	assert_true(s->namespaces[NS_MNT] > 0);
	assert_true(s->io->value[USAGE_READ_CHARS] > 0 && s->io_calls_read > 0);
	assert_true(s->smaps->pss_bytes > 0);
	assert_true(s->cgroup.n > 0);
	assert_int_equal(s->denied, 0);
	for (size_t i = 1; i < f->list.count; i++)
		assert_true(snapshot_compare(&f->list.items[i - 1], &f->list.items[i]) < 0);
}

/* Each part for itself: what it says it knows, it knows, and only that. */
static void test_each_part(void **state)
{
	struct fixture *f = *state;
	int32_t self = getpid();

	f->options.pids = &self;
	f->options.pid_count = 1;
	for (unsigned part = 0; part < PART_INTERVAL; part++) {
		uint32_t optional = PART_BIT(PART_LOGINUID) | PART_BIT(PART_WCHAN);
		uint32_t free_parts = PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST);

		f->options.parts = PART_BIT(part);
		pass(f);
		assert_int_equal(f->list.count, 1);
		if ((f->list.items[0].known & ~free_parts) != (PART_BIT(part) & ~free_parts) &&
		    !(PART_BIT(part) & optional))
			fail_msg("%s: %x", snapshot_part_names[part], f->list.items[0].known);
		if (part != PART_STATUS)
			assert_null(f->list.items[0].status);
	}
}

/* Two ways to the same figures: status, and statm with the directory's owner. */
static void test_cheap_ways(void **state)
{
	struct fixture *f = *state;
	struct snapshot a, b;

	if (child(f) == 0)
		pause();
	assert_int_equal(scan_one(&f->root, f->child, (struct ident){0},
				  PART_BIT(PART_OWNER) | PART_BIT(PART_RSS), &f->list.arena, &a,
				  &f->err),
			 SCAN_DONE);
	assert_int_equal(scan_one(&f->root, f->child, (struct ident){0},
				  PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED),
				  &f->list.arena, &b, &f->err),
			 SCAN_DONE);
	assert_int_equal(a.euid, b.euid);
	assert_int_equal(a.egid, b.egid);
	assert_true(a.rss_bytes > 0);
	assert_int_equal(a.known & PART_BIT(PART_LOCKED), 0);
	assert_int_equal(b.known & PART_BIT(PART_LOCKED), PART_BIT(PART_LOCKED));
}

static void test_zombie(void **state)
{
	struct fixture *f = *state;
	siginfo_t info;
	struct snapshot *s;

	if (child(f) == 0)
		_exit(3);
	assert_int_equal(waitid(P_PID, (id_t)f->child, &info, WEXITED | WNOWAIT), 0);
	pass(f);
	s = find(f, f->child);
	assert_non_null(s);
	assert_int_equal(s->stat.state, 'Z');
	assert_int_equal(s->known & (PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE)), 0);
	assert_int_equal(s->denied & (PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE)), 0);
	assert_true(snapshot_knows(s, PART_BIT(PART_RSS) | PART_BIT(PART_OWNER)));
	assert_int_equal(s->rss_bytes, 0);
}

/* Until it waits and is known to do so for a vfork: between the two it is in state D already. */
static void set_waiting(struct fixture *f, bool waiting, struct snapshot *ret)
{
	int r, tries = 1000000;

	do
		r = scan_one(&f->root, f->child, (struct ident){0},
			     PART_BIT(PART_CMDLINE) | PART_BIT(PART_RSS), &f->list.arena, ret,
			     &f->err);
	while (r == SCAN_DONE && --tries &&
	       ((ret->stat.state == 'D') != waiting || !(ret->known & PART_BIT(PART_CMDLINE))));
	assert_int_equal(r, SCAN_DONE);
	assert_true(tries > 0);
}

/* The parent of a vfork waits in state D, holding no lock: it is asked for its arguments. */
static void test_vfork(void **state)
{
	struct fixture *f = *state;
	struct snapshot waiting, now;
	int told[2];
	pid_t grandchild;

	assert_int_equal(pipe(told), 0);
	if (child(f) == 0) {
		if (vfork() == 0) {
			pid_t self = getpid();

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (write(told[1], &self, sizeof self) == sizeof self)
				pause();
			_exit(0);
		}
		for (;;)
			pause();
	}
	assert_int_equal(read(told[0], &grandchild, sizeof grandchild), sizeof grandchild);
	set_waiting(f, true, &waiting);
	assert_true(snapshot_knows(&waiting, PART_BIT(PART_CMDLINE)));
	assert_true(waiting.rss_bytes > 0);
	kill(grandchild, SIGKILL);
	set_waiting(f, false, &now);
	assert_true(str_eq(waiting.cmdline, now.cmdline));
	close(told[0]);
	close(told[1]);
}

static void test_long_arguments(void **state)
{
	struct fixture *f = *state;
	const size_t n = 1900000, words = 19;
	struct snapshot *s;
	int ready[2], wait_fds[2];
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(wait_fds, O_CLOEXEC), 0);
	if (child(f) == 0) {
		char *word = malloc(n / words), *argv[32] = {strdup("/bin/sh"), strdup("-s")};

		memset(word, 'x', n / words);
		word[n / words - 1] = 0;
		for (size_t i = 0; i < words; i++)
			argv[2 + i] = word;
		setrlimit(RLIMIT_STACK, &(struct rlimit){64 << 20, 64 << 20});
		/* the shell waits for its input, whatever further arguments it has */
		dup2(wait_fds[0], STDIN_FILENO);
		execv("/bin/sh", argv);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0); /* closed by exec */
	close(ready[0]);
	close(wait_fds[0]);
	f->options.pids = &f->child;
	f->options.pid_count = 1;
	f->options.parts = PART_BIT(PART_CMDLINE);
	pass(f);
	s = find(f, f->child);
	assert_non_null(s);
	assert_int_equal(s->cmdline.n, sizeof "/bin/sh" + sizeof "-s" + n / words * words);
	assert_int_equal(s->cmdline_bytes, s->cmdline.n);
	f->options.cmdline_max = 1000;
	pass(f);
	s = find(f, f->child);
	assert_int_equal(s->cmdline.n, 1000);
	assert_true(s->cmdline_bytes > 1000);
	assert_int_equal(s->cmdline.p[1000], 0);
	close(wait_fds[1]);
}

/* A copy of a program under a name, run until the test ends. */
static void run_copy(struct fixture *f, const char *name, char *path, size_t room)
{
	char line[256];
	int ready[2];
	char c;

	snprintf(path, room, "%s/%s", f->dir, name);
	snprintf(line, sizeof line, "cp /bin/sleep '%s'", path);
	assert_int_equal(system(line), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	if (child(f) == 0) {
		execl(path, path, "600", (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
}

static void test_deleted(void **state)
{
	struct fixture *f = *state;
	char path[128], kept[160];
	struct snapshot s;

	run_copy(f, "x (deleted)", path, sizeof path);
	assert_int_equal(scan_one(&f->root, f->child, (struct ident){0}, PART_BIT(PART_EXE),
				  &f->list.arena, &s, &f->err),
			 SCAN_DONE);
	assert_true(str_is(s.exe, path));
	assert_false(s.exe_deleted);
	/* this name is gone, though the file has another */
	snprintf(kept, sizeof kept, "%s/kept", f->dir);
	assert_int_equal(link(path, kept), 0);
	assert_int_equal(unlink(path), 0);
	scan_one(&f->root, f->child, (struct ident){0}, PART_BIT(PART_EXE), &f->list.arena, &s,
		 &f->err);
	assert_true(str_is(s.exe, path));
	assert_true(s.exe_deleted);
	assert_int_equal(unlink(kept), 0);
	scan_one(&f->root, f->child, (struct ident){0}, PART_BIT(PART_EXE), &f->list.arena, &s,
		 &f->err);
	assert_true(str_is(s.exe, path));
	assert_true(s.exe_deleted);
}

static void test_gone_and_reused(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = {.pid = -5};
	struct ident ident;
	pid_t pid;

	if ((pid = child(f)) == 0)
		pause();
	assert_int_equal(
		scan_one(&f->root, pid, (struct ident){0}, ALL_PARTS, &f->list.arena, &s, &f->err),
		SCAN_DONE);
	ident = snapshot_ident(&s);
	assert_int_equal(scan_one(&f->root, pid, ident, ALL_PARTS, &f->list.arena, &s, &f->err),
			 SCAN_DONE);
	ident.start_ns -= IDENT_GRAIN_TICKS;
	assert_int_equal(scan_one(&f->root, pid, ident, ALL_PARTS, &f->list.arena, &s, &f->err),
			 SCAN_REUSED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	f->child = 0;
	assert_int_equal(scan_one(&f->root, pid, ident, ALL_PARTS, &f->list.arena, &s, &f->err),
			 SCAN_GONE);
	assert_int_equal(scan_one(&f->root, 0, ident, ALL_PARTS, &f->list.arena, &s, &f->err),
			 SCAN_GONE);
	assert_int_equal(scan_one(&f->root, -1, ident, ALL_PARTS, &f->list.arena, &s, &f->err),
			 SCAN_GONE);
}

static int idle_thread(void *ready)
{
	write(*(int *)ready, "t", 1);
	for (;;)
		syscall(SYS_pause);
	return 0;
}

static void test_threads(void **state)
{
	enum { THREADS = 5 };
	struct fixture *f = *state;
	unsigned seen = 0, leaders = 0;
	struct snapshot *process, s;
	int32_t pids[3], tid = 0;
	int ready[2];
	char c;

	assert_int_equal(pipe(ready), 0);
	if (child(f) == 0) {
		for (unsigned i = 0; i < THREADS; i++) {
			char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

			if (clone(idle_thread, stack + 65536,
				  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
					  CLONE_SYSVSEM,
				  &ready[1]) < 0)
				_exit(1);
		}
		pause();
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(read(ready[0], &c, 1), 1);
	f->options.threads = true;
	pass(f);
	process = find(f, f->child);
	assert_non_null(process);
	assert_false(process->is_thread);
	assert_int_equal(process->stat.threads, THREADS + 1);
	for (struct snapshot *t = process + 1; t < f->list.items + f->list.count && t->is_thread;
	     t++) {
		assert_int_equal(t->tgid, f->child);
		assert_true(str_eq(t->cmdline, process->cmdline));
		assert_int_equal(t->rss_bytes, process->rss_bytes);
		assert_true(snapshot_knows(t, PART_BIT(PART_CPU_CLOCK) | PART_BIT(PART_EXE)));
		leaders += t->pid == f->child;
		tid = t->pid;
		seen++;
	}
	assert_int_equal(seen, THREADS + 1);
	assert_int_equal(leaders, 1);
	assert_true(find(f, tid)->is_thread);
	/* a single thread has no row of its own */
	if (find(f, getpid()) + 1 < f->list.items + f->list.count)
		assert_int_not_equal(find(f, getpid())[1].tgid, getpid());

	/* asked for by its number; in any order, and twice */
	assert_int_equal(
		scan_one(&f->root, tid, (struct ident){0}, ALL_PARTS, &f->list.arena, &s, &f->err),
		SCAN_DONE);
	assert_true(s.is_thread);
	assert_int_equal(s.tgid, f->child);
	pids[0] = tid;
	pids[1] = getpid();
	pids[2] = tid;
	f->options.pids = pids;
	f->options.pid_count = 3;
	f->options.threads = false;
	pass(f);
	assert_int_equal(f->list.count, 2);
	assert_true(find(f, tid)->is_thread);
	assert_non_null(find(f, getpid()));
	close(ready[0]);
	close(ready[1]);
}

static void test_no_such_pids(void **state)
{
	struct fixture *f = *state;
	const int32_t pids[] = {INT32_MAX, 0, -7};

	f->options.pids = pids;
	f->options.pid_count = 3;
	pass(f);
	assert_int_equal(f->list.count, 0);
	f->options.pid_count = 0;
	pass(f);
	assert_int_equal(f->list.count, 0);
}

/* What one way sees of this process and its child, the other sees too. */
static void test_files_behind_the_iterator(void **state)
{
	struct fixture *f = *state;
	struct snapshot_list proc;
	struct scan *scan;

	if (child(f) == 0)
		pause();
	f->options.way = SCAN_BPF;
	f->options.parts = PART_BIT(PART_OWNER) | PART_BIT(PART_CMDLINE) | PART_BIT(PART_EXE) |
			   PART_BIT(PART_CGROUP) | PART_BIT(PART_STATM);
	if (scan_new(&scan, &f->options, &f->err) < 0)
		skip(); /* not permitted, or not built */
	assert_string_equal(scan_way_name(scan), "bpf");
	if (scan_pass(scan, &f->list, &f->err) < 0)
		fail_msg("%s", f->err.text);
	scan_free(scan);
	proc = f->list;
	snapshot_list_init(&f->list);
	f->options.way = SCAN_PROC;
	pass(f);
	for (unsigned i = 0; i < 2; i++) {
		struct snapshot *a = find(f, i ? f->child : getpid());
		struct snapshot *b = snapshot_list_find(&proc, a->pid);

		assert_non_null(b);
		assert_true(ident_match(snapshot_ident(a), snapshot_ident(b)));
		assert_int_equal(f->options.parts & ~b->known, 0);
		assert_true(str_eq(a->cmdline, b->cmdline) && a->cmdline.n > 0);
		assert_true(str_eq(a->exe, b->exe));
		assert_true(str_eq(a->cgroup, b->cgroup));
		assert_int_equal(a->euid, b->euid);
		/* this process has grown by its lists meanwhile */
		if (i == 1)
			assert_int_equal(a->statm->size_bytes, b->statm->size_bytes);
	}
	snapshot_list_deinit(&proc);
}

/* Passes while processes come and go by the hundred. */
static void test_storm(void **state)
{
	struct fixture *f = *state;

	if (child(f) == 0) {
		for (;;) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
	}
	f->options.parts = ALL_PARTS & ~PART_BIT(PART_SMAPS) & ~PART_BIT(PART_STAT_REST) &
			   ~PART_BIT(PART_STATUS);
	for (unsigned i = 0; i < 20; i++) {
		struct scan *scan;

		f->options.way = i % 2 ? SCAN_PROC : SCAN_BPF;
		f->options.threads = i % 3 == 0;
		if (scan_new(&scan, &f->options, &f->err) < 0) {
			assert_int_equal(f->options.way, SCAN_BPF);
			continue;
		}
		if (scan_pass(scan, &f->list, &f->err) < 0)
			fail_msg("%s", f->err.text);
		assert_non_null(find(f, getpid()));
		assert_non_null(find(f, f->child));
		for (size_t k = 0; k < f->list.count; k++) {
			assert_true(f->list.items[k].stat.start_ns > 0 ||
				    f->list.items[k].pid < 100);
			if (k > 0)
				assert_true(snapshot_compare(&f->list.items[k - 1],
							     &f->list.items[k]) < 0);
		}
		scan_free(scan);
	}
}

/* ---- what cannot be done ---- */

static void test_no_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, none;
	struct scan *scan;
	int r;

	assert_int_equal(scan_new(&scan, &f->options, &f->err), 0);
	getrlimit(RLIMIT_NOFILE, &old);
	none = (struct rlimit){3, old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	r = scan_pass(scan, &f->list, &f->err);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(r, -EMFILE);
	assert_non_null(strstr(f->err.text, "ulimit -n"));
	scan_free(scan);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_itself),
		CASE(test_each_part),
		CASE(test_cheap_ways),
		CASE(test_zombie),
		CASE(test_vfork),
		CASE(test_long_arguments),
		CASE(test_deleted),
		CASE(test_threads),
		CASE(test_gone_and_reused),
		CASE(test_no_such_pids),
		CASE(test_files_behind_the_iterator),
		CASE(test_storm),

		CASE(test_no_descriptors),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
