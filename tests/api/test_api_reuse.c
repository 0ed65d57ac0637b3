/*
 * A number that comes back: on a captured machine, whose files the test changes, and for real in a
 * pid namespace of its own.
 */
#include "check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a machine of files ---- */

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_stat(const char *folder, int pid, const char *comm, int start_ticks)
{
	char text[512], name[64];

	snprintf(name, sizeof name, "proc/%d/stat", pid);
	snprintf(text, sizeof text,
		 "%d (%s) S 1 %d %d 0 -1 4194560 10 0 0 0 3 4 0 0 20 0 1 0 %d 1000000 100 "
		 "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		 pid, comm, pid, pid, start_ticks);
	put(folder, name, text);
}

static void make_machine(char *folder)
{
	char path[128];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/proc", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/proc/77", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put(folder, "proc/uptime", "5000.00 1.00\n");
	put(folder, "proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\nbtime 1700000000\n");
	put(folder, "proc/meminfo", "MemTotal:       1000 kB\n");
	put_stat(folder, 77, "before", 1000);
}

static void remove_machine(const char *folder)
{
	char command[160];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_captured(void **state)
{
	char folder[] = "/tmp/pscope-api.XXXXXX", path[128];
	struct pscope_process *process;
	struct pscope_list *list;
	struct pscope *pscope;

	make_machine(folder);
	pscope = check_open(folder);
	list = check_list(pscope, "pid,comm,cpu_user_ns");
	assert_int_equal(pscope_list_count(list), 1);
	process = pscope_list_at(list, 0);
	assert_int_equal(pscope_process_start_ns(process), INT64_C(10000000000));
	put_stat(folder, 77, "renamed", 1000);
	assert_int_equal(pscope_process_refresh(process), 0);
	assert_string_equal(check_get(process, "comm").as.text.bytes, "renamed");
	put_stat(folder, 77, "another", 2000);
	assert_int_equal(pscope_process_refresh(process), PSCOPE_REUSED);
	assert_string_equal(check_get(process, "comm").as.text.bytes, "renamed");
	snprintf(path, sizeof path, "%s/proc/77/stat", folder);
	unlink(path);
	path[strlen(path) - strlen("/stat")] = 0;
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(pscope_process_refresh(process), PSCOPE_GONE);
	assert_int_equal(check_get(process, "pid").as.i, 77);
	pscope_list_free(list);
	pscope_close(pscope);
	remove_machine(folder);
}

/* A captured machine runs no commands. */
static void test_captured_command(void **state)
{
	char folder[] = "/tmp/pscope-api.XXXXXX";
	const char *argv[] = {"true", NULL};
	struct pscope_events *events;
	struct pscope *pscope;

	make_machine(folder);
	pscope = check_open(folder);
	assert_done(pscope, pscope_events_new(pscope, &events));
	assert_int_equal(pscope_events_open_command(events, argv), -EINVAL);
	pscope_events_free(events);
	pscope_close(pscope);
	remove_machine(folder);
}

/* ---- for real ---- */

static pid_t fork_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The first process of a new namespace: 0 when a reused number is told from the old one. */
static int reuse_number(void)
{
	/* start times in proc have steps of 10 ms: two lives must not share one */
	static const struct timespec step = {.tv_nsec = 30000000};
	struct pscope_process *process;
	struct pscope_list *list;
	struct pscope *pscope;
	pid_t first, second;
	FILE *last;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 77;
	first = fork_sleeper();
	if (pscope_open(NULL, &pscope) < 0 || pscope_list_new(pscope, "pid,comm", &list) < 0 ||
	    pscope_list_refresh(list) < 0)
		return 1;
	process = pscope_list_find(list, first);
	if (!process || pscope_process_refresh(process) != 0)
		return 2;
	end(first);
	if (pscope_process_refresh(process) != PSCOPE_GONE)
		return 3;
	nanosleep(&step, NULL);
	last = fopen("/proc/sys/kernel/ns_last_pid", "w");
	if (!last)
		return 77;
	fprintf(last, "%d", (int)first - 1);
	fclose(last);
	second = fork_sleeper();
	r = pscope_process_refresh(process);
	end(second);
	if (second != first)
		return 77;
	pscope_list_free(list);
	pscope_close(pscope);
	return r == PSCOPE_REUSED ? 0 : 4;
}

static void test_real(void **state)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(77);
		pid = fork();
		if (pid == 0)
			_exit(reuse_number());
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			_exit(77);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_captured_command),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
