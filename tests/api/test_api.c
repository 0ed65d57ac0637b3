/* The library's handle, values, fields, lists, processes, host and files. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_versions(void **state)
{
	char text[32];

	snprintf(text, sizeof text, "%d.%d.%d", PSCOPE_VERSION_MAJOR, PSCOPE_VERSION_MINOR,
		 PSCOPE_VERSION_PATCH);
	assert_string_equal(pscope_version(), text);
	assert_int_equal(pscope_version_number(), PSCOPE_VERSION_NUMBER);
}

static void test_handle(void **state)
{
	struct pscope *pscope;
	struct pscope_list *list = (void *)&pscope;

	assert_int_equal(pscope_open("/nonexistent", &pscope), -ENOENT);
	assert_non_null(strstr(pscope_last_error(pscope), "/nonexistent"));
	assert_int_equal(pscope_list_new(pscope, "pid", &list), -EINVAL);
	assert_null(list);
	assert_null(pscope_close(pscope));
	assert_null(pscope_close(NULL));
	assert_int_equal(pscope_open(NULL, NULL), -EINVAL);
	assert_string_equal(pscope_last_error(NULL), "out of memory");
	/* what was made from a handle may outlive it */
	pscope = check_open(NULL);
	list = check_list(pscope, "pid");
	pscope_close(pscope);
	assert_true(pscope_list_count(list) > 0);
	assert_int_equal(pscope_list_refresh(list), 0);
	pscope_list_free(list);
}

/* Nothing that is NULL and must not be ends the program. */
static void test_null(void **state)
{
	struct pscope_value value;

	assert_int_equal(pscope_list_refresh(NULL), -EINVAL);
	assert_int_equal(pscope_list_set_filter(NULL, "pid > 1"), -EINVAL);
	assert_int_equal(pscope_process_get(NULL, "pid", &value), -EINVAL);
	assert_int_equal(pscope_process_refresh(NULL), -EINVAL);
	assert_int_equal(pscope_host_refresh(NULL), -EINVAL);
	assert_int_equal(pscope_host_get(NULL, "users", &value), -EINVAL);
	assert_int_equal(pscope_files_get(NULL, 0, "fd", &value), -EINVAL);
	assert_int_equal(pscope_sockets_get(NULL, 0, "state", &value), -EINVAL);
	assert_int_equal(pscope_events_next(NULL, NULL), -EINVAL);
	assert_int_equal(pscope_value_print(NULL, NULL, 0), -EINVAL);
	assert_int_equal(pscope_list_count(NULL), 0);
	assert_null(pscope_list_at(NULL, 0));
	assert_null(pscope_process_parent(NULL));
	assert_null(pscope_list_free(NULL));
	assert_null(pscope_host_free(NULL));
	assert_null(pscope_files_free(NULL));
	assert_null(pscope_sockets_free(NULL));
	assert_null(pscope_events_free(NULL));
}

/* ---- values ---- */

static void assert_printed(struct pscope_value value, const char *expected)
{
	char text[64];
	int n = pscope_value_print(&value, text, sizeof text);

	assert_string_equal(text, expected);
	assert_int_equal(n, strlen(expected));
}

static void test_values(void **state)
{
	struct pscope_value value = {.kind = PSCOPE_WORDS, .type = PSCOPE_TYPE_WORDS};
	static const uint32_t numbers[] = {3, 4};
	char text[4] = "xyz";

	assert_printed((struct pscope_value){.kind = PSCOPE_UNKNOWN}, "-");
	assert_printed((struct pscope_value){.kind = PSCOPE_DENIED}, "?");
	assert_printed((struct pscope_value){.kind = PSCOPE_SIGNED, .as.i = -7}, "-7");
	assert_printed((struct pscope_value){.kind = PSCOPE_UNSIGNED, .as.u = UINT64_MAX},
		       "18446744073709551615");
	assert_printed((struct pscope_value){.kind = PSCOPE_UNSIGNED,
					     .type = PSCOPE_TYPE_ADDRESS,
					     .as.u = 0xbeef},
		       "0xbeef");
	assert_printed((struct pscope_value){.kind = PSCOPE_UNSIGNED,
					     .type = PSCOPE_TYPE_OCTAL,
					     .as.u = 022},
		       "0022");
	assert_printed((struct pscope_value){.kind = PSCOPE_REAL, .as.real = 1.5}, "1.50");
	assert_printed((struct pscope_value){.kind = PSCOPE_FLAG, .as.flag = 1}, "yes");
	assert_printed(
		(struct pscope_value){
			.kind = PSCOPE_TEXT, .as.text = {"a\x1b[31m\n", 7}
        },
		"a\\x1b[31m\\n");
	assert_printed(
		(struct pscope_value){
			.kind = PSCOPE_LIST, .as.list = {numbers, 2}
        },
		"3,4");
	value.as.text.bytes = "ls\0a b";
	value.as.text.size = 7;
	assert_printed(value, "ls 'a b'");
	/* as snprintf: the whole length, what fits, always a NUL */
	assert_int_equal(pscope_value_print(&value, NULL, 0), 8);
	assert_int_equal(pscope_value_print(&value, text, sizeof text), 8);
	assert_string_equal(text, "ls ");
	assert_int_equal(pscope_value_print(&value, NULL, 1), -EINVAL);
	assert_string_equal(pscope_type_unit(PSCOPE_TYPE_BYTES), "bytes");
	assert_string_equal(pscope_type_unit(PSCOPE_TYPE_NUMBER), "");
	assert_string_equal(pscope_type_unit(-1), "");
	assert_string_equal(pscope_type_unit(1000), "");
}

/* ---- fields ---- */

static void assert_field(int subject, const struct pscope_field *field)
{
	const char *name = pscope_field_name(field);

	assert_true(strlen(name) > 0 && strlen(pscope_field_help(field)) > 0);
	assert_non_null(pscope_field_heading(field));
	assert_non_null(pscope_field_aliases(field));
	assert_non_null(pscope_type_unit(pscope_field_type(field)));
	assert_ptr_equal(pscope_field_find(subject, name), field);
}

static void test_fields(void **state)
{
	static const unsigned least[] = {60, 60, 10, 10, 10};

	for (int subject = PSCOPE_PROCESS; subject <= PSCOPE_SOCKET; subject++) {
		unsigned count = pscope_field_count(subject);

		assert_true(count >= least[subject]);
		for (unsigned i = 0; i < count; i++)
			assert_field(subject, pscope_field_at(subject, i));
		assert_null(pscope_field_at(subject, count));
		assert_null(pscope_field_find(subject, "nothing"));
		assert_null(pscope_field_find(subject, NULL));
	}
	assert_int_equal(pscope_field_count(-1), 0);
	assert_int_equal(pscope_field_count(99), 0);
	assert_null(pscope_field_at(99, 0));
	assert_ptr_equal(pscope_field_find(PSCOPE_PROCESS, "rss"),
			 pscope_field_find(PSCOPE_PROCESS, "rss_bytes"));
	assert_int_equal(pscope_field_type(pscope_field_find(PSCOPE_PROCESS, "rss_bytes")),
			 PSCOPE_TYPE_BYTES);
}

/* ---- lists ---- */

static void test_list(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list = check_list(pscope, "pid,ppid,rss,comm,command,user,state");
	struct pscope_process *self = pscope_list_find(list, getpid());
	struct pscope_value value;
	char text[256];

	assert_int_equal(pscope_list_column_count(list), 7);
	assert_string_equal(pscope_field_name(pscope_list_column(list, 0)), "pid");
	assert_null(pscope_list_column(list, 7));
	assert_true(pscope_list_time_ns(list) > 0);
	value = check_get(self, "pid");
	assert_int_equal(value.kind, PSCOPE_SIGNED);
	assert_int_equal(value.as.i, getpid());
	assert_int_equal(check_get(self, "ppid").as.i, getppid());
	assert_int_equal(pscope_process_pid(self), getpid());
	assert_int_equal(pscope_process_tgid(self), getpid());
	assert_true(pscope_process_start_ns(self) > 0);
	value = check_get(self, "rss_bytes");
	assert_int_equal(value.type, PSCOPE_TYPE_BYTES);
	assert_true(value.as.u > 100000);
	value = check_get(self, "RSS"); /* by alias, in any case */
	assert_int_equal(value.type, PSCOPE_TYPE_BYTES);
	value = check_get(self, "comm");
	assert_string_equal(value.as.text.bytes, "test_api");
	value = check_get(self, "command");
	assert_int_equal(value.as.text.bytes[value.as.text.size], 0);
	assert_non_null(strstr(check_text(&value, text), "test_api"));
	assert_int_equal(pscope_process_get_column(self, 0, &value), 0);
	assert_int_equal(value.as.i, getpid());
	assert_int_equal(pscope_process_get_column(self, 7, &value), -ENOENT);
	assert_int_equal(pscope_process_get(self, "vsz", &value), -ENOENT);
	assert_non_null(strstr(pscope_last_error(pscope), "without"));
	assert_int_equal(pscope_process_get(self, "nothing", &value), -ENOENT);
	assert_int_equal(pscope_process_get(self, "pid", NULL), -EINVAL);
	assert_null(pscope_list_at(list, pscope_list_count(list)));
	pscope_list_free(list);
	assert_int_equal(pscope_list_new(pscope, "pid,rsss", &list), -EINVAL);
	assert_non_null(strstr(pscope_last_error(pscope), "rss"));
	pscope_close(pscope);
}

static void test_sorting(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list;
	uint64_t last = UINT64_MAX;

	assert_done(pscope, pscope_list_new(pscope, "pid,rss_bytes", &list));
	assert_done(pscope, pscope_list_sort(list, "-rss_bytes"));
	assert_done(pscope, pscope_list_refresh(list));
	assert_true(pscope_list_count(list) > 2);
	for (size_t i = 0; i < pscope_list_count(list); i++) {
		struct pscope_value rss = check_get(pscope_list_at(list, i), "rss_bytes");

		if (rss.kind != PSCOPE_UNSIGNED)
			continue;
		assert_true(rss.as.u <= last);
		last = rss.as.u;
	}
	/* what is there is ordered anew */
	assert_done(pscope, pscope_list_sort(list, "-pid"));
	for (size_t i = 1; i < pscope_list_count(list); i++)
		assert_true(pscope_process_pid(pscope_list_at(list, i - 1)) >
			    pscope_process_pid(pscope_list_at(list, i)));
	assert_done(pscope, pscope_list_sort(list, NULL));
	assert_true(pscope_process_pid(pscope_list_at(list, 0)) <
		    pscope_process_pid(pscope_list_at(list, 1)));
	assert_int_equal(pscope_list_sort(list, "-nothing"), -EINVAL);
	pscope_list_free(list);
	pscope_close(pscope);
}

static void test_filter(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list;
	int32_t pids[] = {getpid(), INT32_MAX, getppid()};
	char filter[64];

	assert_done(pscope, pscope_list_new(pscope, "pid", &list));
	snprintf(filter, sizeof filter, "pid = %d and comm =~ \"^test\"", (int)getpid());
	assert_done(pscope, pscope_list_set_filter(list, filter));
	assert_done(pscope, pscope_list_refresh(list));
	assert_int_equal(pscope_list_count(list), 1);
	assert_null(pscope_list_find(list, getppid()));
	assert_null(pscope_process_parent(pscope_list_at(list, 0)));
	/* the sentence has the place; the condition stays */
	assert_int_equal(pscope_list_set_filter(list, "pid >"), -EINVAL);
	assert_non_null(strstr(pscope_last_error(pscope), "^"));
	assert_done(pscope, pscope_list_refresh(list));
	assert_int_equal(pscope_list_count(list), 1);
	assert_done(pscope, pscope_list_set_filter(list, NULL));
	assert_done(pscope, pscope_list_set_pids(list, pids, 3));
	assert_done(pscope, pscope_list_refresh(list));
	assert_int_equal(pscope_list_count(list), getppid() ? 2 : 1);
	assert_done(pscope, pscope_list_set_pids(list, NULL, 0));
	assert_done(pscope, pscope_list_refresh(list));
	assert_true(pscope_list_count(list) > 2);
	assert_int_equal(pscope_list_set_pids(list, NULL, 3), -EINVAL);
	pscope_list_free(list);
	pscope_close(pscope);
}

static size_t walk(struct pscope_process *process, struct pscope_process *parent, unsigned depth)
{
	size_t count = 0;

	assert_true(depth < 1000);
	for (; process; process = pscope_process_next_sibling(process)) {
		assert_ptr_equal(pscope_process_parent(process), parent);
		count += 1 + walk(pscope_process_first_child(process), process, depth + 1);
	}
	return count;
}

/* Each process is found once from the roots, and links agree with the numbers. */
static void test_tree(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list = check_list(pscope, "pid,ppid");
	struct pscope_process *self = pscope_list_find(list, getpid()), *root = NULL;

	for (size_t i = 0; i < pscope_list_count(list); i++) {
		struct pscope_process *process = pscope_list_at(list, i);
		struct pscope_process *parent = pscope_process_parent(process);

		if (parent)
			assert_int_equal(check_get(process, "ppid").as.i,
					 pscope_process_pid(parent));
		else if (!root)
			root = process;
	}
	assert_int_equal(walk(root, NULL, 0), pscope_list_count(list));
	assert_int_equal(pscope_process_pid(pscope_process_parent(self)), getppid());
	pscope_list_free(list);
	pscope_close(pscope);
}

static void test_two_handles(void **state)
{
	struct pscope *a = check_open(NULL), *b = check_open(NULL);
	struct pscope_list *of_a = check_list(a, "pid,comm"), *of_b = check_list(b, "comm,rss");
	struct pscope_value mine = check_get(pscope_list_find(of_a, getpid()), "comm");

	assert_int_equal(pscope_list_sort(of_b, "nothing"), -EINVAL);
	assert_string_equal(pscope_last_error(a), "");
	assert_done(b, pscope_list_refresh(of_b));
	pscope_close(b);
	pscope_list_free(of_b);
	assert_string_equal(mine.as.text.bytes, "test_api");
	assert_done(a, pscope_list_refresh(of_a));
	pscope_list_free(of_a);
	pscope_close(a);
}

static void test_interval(void **state)
{
	struct pscope *pscope = check_open(NULL);
	int32_t pid = getpid();
	struct pscope_list *list;
	struct pscope_value now;

	assert_done(pscope, pscope_list_new(pscope, "pid,cpu_percent", &list));
	assert_done(pscope, pscope_list_set_pids(list, &pid, 1));
	assert_done(pscope, pscope_list_refresh(list));
	now = check_get(pscope_list_at(list, 0), "cpu_percent");
	assert_int_equal(now.kind, PSCOPE_UNKNOWN);
	for (int pass = 0; pass < 3; pass++) {
		assert_done(pscope, pscope_list_refresh(list));
		now = check_get(pscope_list_at(list, 0), "cpu_percent");
		assert_int_equal(now.kind, PSCOPE_REAL);
		assert_int_equal(now.type, PSCOPE_TYPE_PERCENT);
	}
	assert_int_equal(pscope_process_refresh(pscope_list_at(list, 0)), 0);
	now = check_get(pscope_list_at(list, 0), "cpu_percent");
	assert_int_equal(now.kind, PSCOPE_REAL);
	pscope_list_free(list);
	pscope_close(pscope);
}

/* ---- one process ---- */

static pid_t start_sleeper(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_refresh(void **state)
{
	struct pscope *pscope = check_open(NULL);
	pid_t pid = start_sleeper();
	struct pscope_list *list = check_list(pscope, "pid,state,comm");
	struct pscope_process *process = pscope_list_find(list, pid);
	int status;

	assert_non_null(process);
	assert_int_equal(pscope_process_refresh(process), 0);
	assert_string_equal(check_get(process, "comm").as.text.bytes, "test_api");
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(pscope_process_refresh(process), 0);
	assert_string_equal(check_get(process, "state").as.text.bytes, "T");
	/* a row that was read anew can still be sorted and found in the tree */
	assert_done(pscope, pscope_list_sort(list, "-pid"));
	assert_ptr_equal(pscope_list_find(list, pid), process);
	assert_int_equal(pscope_process_pid(pscope_process_parent(process)), getpid());
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(pscope_process_refresh(process), PSCOPE_GONE);
	/* its last values stay */
	assert_string_equal(check_get(process, "state").as.text.bytes, "T");
	pscope_list_free(list);
	pscope_close(pscope);
}

/* The interval of a process that is read alone is that since it was read before. */
static void test_refresh_interval(void **state)
{
	struct pscope *pscope = check_open(NULL);
	int32_t pid = getpid();
	struct pscope_list *list;
	struct pscope_process *process;
	struct pscope_value used;
	struct timespec cpu = {0};

	assert_done(pscope, pscope_list_new(pscope, "cpu_percent,cpu_clock_ns", &list));
	assert_done(pscope, pscope_list_set_pids(list, &pid, 1));
	assert_done(pscope, pscope_list_refresh(list));
	process = pscope_list_at(list, 0);
	while (cpu.tv_nsec < 200 * 1000 * 1000 && cpu.tv_sec == 0)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	assert_int_equal(pscope_process_refresh(process), 0);
	assert_true(check_get(process, "cpu_percent").as.real > 1);
	/* asleep from here on */
	nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
	assert_int_equal(pscope_process_refresh(process), 0);
	used = check_get(process, "cpu_percent");
	assert_int_equal(used.kind, PSCOPE_REAL);
	assert_true(used.as.real < 25);
	pscope_list_free(list);
	pscope_close(pscope);
}

static void test_aux(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list = check_list(pscope, NULL);
	struct pscope_process *self = pscope_list_find(list, getpid());
	char row[4096], number[16], small[8];
	int n = pscope_process_print_aux(self, row, sizeof row);

	snprintf(number, sizeof number, " %d ", (int)getpid());
	assert_non_null(strstr(row, number));
	assert_non_null(strstr(row, "test_api"));
	assert_null(strchr(row, '\n'));
	assert_int_equal(n, strlen(row));
	assert_int_equal(pscope_process_print_aux(self, small, sizeof small), n);
	assert_int_equal(strlen(small), sizeof small - 1);
	assert_int_equal(pscope_process_print_aux(self, NULL, 0), n);
	assert_non_null(strstr(pscope_aux_heading(), "COMMAND"));
	pscope_list_free(list);
	pscope_close(pscope);
}

/* ---- the host ---- */

static struct pscope_value host_get(struct pscope_host *host, const char *name)
{
	struct pscope_value value;

	assert_int_equal(pscope_host_get(host, name, &value), 0);
	return value;
}

static void test_host(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_host *host;
	struct pscope_value value;
	char text[4096];

	assert_int_equal(pscope_host_new(pscope, 1u << 20, &host), -EINVAL);
	assert_done(pscope, pscope_host_new(pscope, PSCOPE_HOST_TASKS, &host));
	assert_int_equal(host_get(host, "uptime_ns").kind, PSCOPE_UNKNOWN);
	assert_int_equal(pscope_host_cpu_count(host), 0);
	for (int pass = 0; pass < 2; pass++) {
		assert_done(pscope, pscope_host_refresh(host));
		assert_true(host_get(host, "tasks_total").as.u > 2);
		assert_true(host_get(host, "memory_total_bytes").as.u >
			    host_get(host, "memory_free_bytes").as.u);
		assert_true(host_get(host, "uptime_ns").as.i > 0);
		assert_int_equal(host_get(host, "load_1").kind, PSCOPE_REAL);
		assert_true(pscope_host_cpu_count(host) > 0);
	}
	assert_int_equal(pscope_host_get(host, "nothing", &value), -ENOENT);
	assert_int_equal(pscope_host_cpu_get(host, 0, "cpu_idle_ns", &value), 0);
	assert_int_equal(value.kind, PSCOPE_UNSIGNED);
	assert_int_equal(value.type, PSCOPE_TYPE_DURATION);
	assert_int_equal(pscope_host_cpu_get(host, 100000, "cpu", &value), -ENOENT);
	for (unsigned i = 0; i < pscope_field_count(PSCOPE_HOST); i++) {
		const struct pscope_field *field = pscope_field_at(PSCOPE_HOST, i);

		value = host_get(host, pscope_field_name(field));
		assert_int_equal(value.type, pscope_field_type(field));
	}
	assert_true(pscope_host_print(host, text, sizeof text) > 0);
	assert_int_equal(text[strlen(text) - 1], '\n');
	pscope_host_free(host);
	pscope_close(pscope);
}

/* ---- files, sockets ---- */

static struct pscope_value file_get(struct pscope_files *files, int fd, const char *name)
{
	struct pscope_value value;

	for (size_t i = 0; i < pscope_files_count(files); i++) {
		assert_int_equal(pscope_files_get(files, i, "fd", &value), 0);
		if (value.as.i != fd)
			continue;
		assert_int_equal(pscope_files_get(files, i, name, &value), 0);
		return value;
	}
	fail_msg("descriptor %d is not in the list", fd);
	return value;
}

static void test_files(void **state)
{
	struct pscope *pscope = check_open(NULL);
	char path[] = "/tmp/pscope-api.XXXXXX";
	int fd = mkstemp(path);
	struct pscope_files *files;
	struct pscope_value value;

	assert_int_equal(write(fd, "hello", 5), 5);
	unlink(path);
	assert_int_equal(pscope_files_read(pscope, getpid(), &files), 0);
	assert_int_equal(pscope_files_denied(files), 0);
	assert_string_equal(file_get(files, fd, "path").as.text.bytes, path);
	assert_string_equal(file_get(files, fd, "type").as.text.bytes, "file");
	assert_int_equal(file_get(files, fd, "deleted").as.flag, 1);
	assert_int_equal(file_get(files, fd, "size_bytes").as.u, 5);
	assert_int_equal(file_get(files, fd, "position_bytes").as.u, 5);
	assert_int_equal(file_get(files, fd, "mode").as.u, S_IFREG | 0600);
	assert_int_equal(pscope_files_get(files, 0, "nothing", &value), -ENOENT);
	assert_int_equal(pscope_files_get(files, 100000, "fd", &value), -ENOENT);
	pscope_files_free(files);
	assert_int_equal(pscope_files_read(pscope, INT32_MAX, &files), PSCOPE_GONE);
	assert_null(files);
	close(fd);
	pscope_close(pscope);
}

static void test_sockets(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), n;
	struct pscope_sockets *sockets;
	struct pscope_value value;
	int32_t self = getpid(), pid, found = -1;
	size_t at = 0;

	n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "pscope-api-%d", (int)self);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)),
			 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_done(pscope, pscope_sockets_read(pscope, &self, 1, &sockets));
	for (size_t i = 0; i < pscope_sockets_count(sockets); i++) {
		assert_true(pscope_sockets_holder_count(sockets, i) > 0);
		assert_int_equal(pscope_sockets_holder(sockets, i, 0, &pid, &found), 0);
		assert_int_equal(pid, self);
		at = found == fd ? i : at;
	}
	assert_int_equal(pscope_sockets_get(sockets, at, "path", &value), 0);
	assert_non_null(strstr(value.as.text.bytes, "@pscope-api-"));
	assert_int_equal(pscope_sockets_get(sockets, at, "listening", &value), 0);
	assert_int_equal(value.as.flag, 1);
	assert_int_equal(pscope_sockets_get(sockets, at, "nothing", &value), -ENOENT);
	assert_int_equal(pscope_sockets_holder(sockets, at, 99, &pid, &found), -ENOENT);
	pscope_sockets_free(sockets);
	assert_done(pscope, pscope_sockets_read(pscope, NULL, 0, &sockets));
	assert_true(pscope_sockets_count(sockets) > 0);
	pscope_sockets_free(sockets);
	close(fd);
	pscope_close(pscope);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_handle),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_sorting),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_two_handles),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_interval),
		cmocka_unit_test(test_aux),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
