/*
 * What programs do by mistake: NULL for an object, a stream used after a fork, a command that cannot
 * be run. None of it may crash, hang, or leave something behind.
 */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_no_object(void **state)
{
	struct pscope_value value = {.kind = PSCOPE_TEXT};
	char text[8];

	assert_string_equal(pscope_field_name(NULL), "");
	assert_string_equal(pscope_field_aliases(NULL), "");
	assert_string_equal(pscope_field_heading(NULL), "");
	assert_string_equal(pscope_field_help(NULL), "");
	assert_int_equal(pscope_field_type(NULL), -1);
	assert_int_equal(pscope_field_flags(NULL), 0);
	assert_int_equal(pscope_event_kind(NULL), 0);
	assert_int_equal(pscope_event_time_ns(NULL), 0);
	assert_int_equal(pscope_event_pid(NULL), 0);
	assert_int_equal(pscope_event_flags(NULL), 0);
	/* a value that points nowhere */
	value.as.text.size = 3;
	assert_int_equal(pscope_value_print(&value, text, sizeof text), 1);
	assert_string_equal(text, "-");
	value.kind = PSCOPE_LIST;
	assert_int_equal(pscope_value_print(&value, text, sizeof text), 1);
	assert_string_equal(text, "-");
}

/* ---- commands that cannot be run ---- */

static void open_broken(const char *source, const char *program, int errnum)
{
	const char *argv[] = {program, NULL};
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events;
	int r;

	assert_done(pscope, pscope_events_new(pscope, &events));
	assert_done(pscope, pscope_events_set_source(events, source));
	r = pscope_events_open_command(events, argv);
	assert_true(r == -errnum || (strcmp(source, "bpf") == 0 && r < 0));
	pscope_events_free(events);
	pscope_close(pscope);
	/* no child is left, ended or not */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_broken_commands(void **state)
{
	const size_t size = 64 << 20;
	void *memory = malloc(size);

	/* a child that has much to give back is slow to end */
	assert_non_null(memory);
	memset(memory, 1, size);
	for (int round = 0; round < 8; round++) {
		open_broken("bpf", "/etc/passwd", EACCES);
		open_broken("bpf", "/nonexistent", ENOENT);
		open_broken("ptrace", "/etc/passwd", EACCES);
		open_broken("ptrace", "/nonexistent", ENOENT);
	}
	free(memory);
}

/* ---- a fork in between ---- */

/* What the child may do; its status. */
static int use_in_child(struct pscope *pscope, struct pscope_list *list,
			struct pscope_events *events)
{
	const struct pscope_event *event;

	if (pscope_list_refresh(list) < 0 || !pscope_list_find(list, getpid()))
		return 1;
	if (pscope_events_next(events, &event) != -EPERM ||
	    !strstr(pscope_last_error(pscope), "fork"))
		return 2;
	if (pscope_events_stop(events) != -EPERM ||
	    pscope_events_counts(events, NULL, NULL, NULL) != -EPERM)
		return 3;
	pscope_events_free(events);
	pscope_list_free(list);
	pscope_close(pscope);
	return 0;
}

/* The parent hears everything, although a child has freed its copy of the stream. */
static void fork_between(const char *source)
{
	const char *argv[] = {"sh", "-c", "read line; exec true", NULL};
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list = check_list(pscope, "pid");
	unsigned execs = 0, ends = 0;
	const struct pscope_event *event;
	struct pscope_events *events;
	int r, status, input[2], own = dup(0);
	pid_t pid;

	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	assert_int_equal(dup2(input[0], 0), 0);
	assert_done(pscope, pscope_events_new(pscope, &events));
	assert_done(pscope, pscope_events_set_source(events, source));
	r = pscope_events_open_command(events, argv);
	dup2(own, 0);
	close(own);
	close(input[0]);
	if (r < 0 && strcmp(source, "bpf") == 0) {
		print_message("%s\n", pscope_last_error(pscope));
	} else {
		assert_done(pscope, r);
		pid = fork();
		if (pid == 0)
			_exit(use_in_child(pscope, list, events));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	close(input[1]); /* the command goes on */
	while (r >= 0 && (r = pscope_events_next(events, &event)) != PSCOPE_EVENTS_END) {
		struct pollfd wait = {pscope_events_fd(events), POLLIN, 0};

		assert_done(pscope, r);
		if (r == PSCOPE_EVENTS_NONE)
			poll(&wait, 1, -1);
		else
			execs += pscope_event_kind(event) == PSCOPE_EVENT_EXEC;
		if (r == PSCOPE_EVENTS_RECORD)
			ends += pscope_event_kind(event) == PSCOPE_EVENT_EXIT;
	}
	if (r >= 0)
		assert_true(execs == 2 && ends == 1);
	pscope_events_free(events);
	pscope_list_free(list);
	pscope_close(pscope);
}

static void test_fork(void **state)
{
	fork_between("ptrace");
	fork_between("bpf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_broken_commands),
		cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
