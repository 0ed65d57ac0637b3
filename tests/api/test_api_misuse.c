/*
 * What programs do by mistake: NULL for an object, a stream used after a fork, a command that cannot
 * be run. None of it may crash, hang, or leave something behind.
 */
#include "check.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_broken_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
