/* Starting a command: held until released, its failures said, its signals as they were. */
#include "source/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_status(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void begin(struct launch *launch, const char *const *argv, int stdout_fd)
{
	struct launch_spec spec = {.argv = (char *const *)(uintptr_t)argv, .stdout_fd = stdout_fd};
	struct error err;

	launch_save_signals(&spec);
	assert_int_equal(launch_init(launch, &spec, &err), 0);
}

static void the_command_runs_when_released(void **state)
{
	static const char *const argv[] = {"sh", "-c", "exit 3", NULL};
	struct launch_failure failure;
	struct launch launch;
	struct error err;

	begin(&launch, argv, -1);
	assert_int_equal(launch_fork(&launch, &err), 0);
	assert_int_equal(waitpid(launch.pid, NULL, WNOHANG), 0);
	launch_release(&launch);
	assert_int_equal(launch_result(&launch, &failure, &err), 0);
	assert_int_equal(WEXITSTATUS(wait_status(launch.pid)), 3);
	launch_deinit(&launch);
}

static void without_release_it_never_runs(void **state)
{
	static const char *const argv[] = {"sh", "-c", "exit 3", NULL};
	struct launch launch;
	struct error err;

	begin(&launch, argv, -1);
	assert_int_equal(launch_fork(&launch, &err), 0);
	launch_deinit(&launch);
	assert_int_equal(WEXITSTATUS(wait_status(launch.pid)), 125);
}

static void a_failed_exec_says_why(void **state)
{
	static const struct {
		const char *argv[2];
		int error, code;
	} cases[] = {
		{{"no-such-program-at-all", NULL}, ENOENT, 127},
		{{"/", NULL},                      EACCES, 126},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct launch_failure failure = {0};
		struct launch launch;
		struct error err = {""};

		begin(&launch, cases[i].argv, -1);
		assert_int_equal(launch_fork(&launch, &err), 0);
		launch_release(&launch);
		assert_int_equal(launch_result(&launch, &failure, &err), -cases[i].error);
		assert_int_equal(failure.stage, LAUNCH_EXEC);
		assert_non_null(strstr(err.text, cases[i].argv[0]));
		assert_int_equal(WEXITSTATUS(wait_status(launch.pid)), cases[i].code);
		launch_deinit(&launch);
	}
}

static void an_unknown_user_is_refused(void **state)
{
	static const char *const argv[] = {"true", NULL};
	struct launch_spec spec = {.argv = (char *const *)(uintptr_t)argv,
				   .stdout_fd = -1,
				   .user = "no-such-user-at-all"};
	struct launch launch;
	struct error err = {""};

	assert_true(launch_init(&launch, &spec, &err) < 0);
	assert_non_null(strstr(err.text, "no-such-user-at-all"));
	launch_deinit(&launch);
}

static void a_silent_command_reads_and_writes_nothing(void **state)
{
	static const char *const argv[] = {
		"sh", "-c",
		"test -z \"$(cat)\" && for fd in 0 1 2; do test /proc/self/fd/$fd -ef /dev/null || "
		"exit 1; done; exit 7",
		NULL};
	struct launch_spec spec = {
		.argv = (char *const *)(uintptr_t)argv, .stdout_fd = -1, .silent = true};
	struct launch launch;
	struct error err;

	launch_save_signals(&spec);
	assert_int_equal(launch_init(&launch, &spec, &err), 0);
	assert_int_equal(launch_fork(&launch, &err), 0);
	launch_release(&launch);
	assert_int_equal(WEXITSTATUS(wait_status(launch.pid)), 7);
	launch_deinit(&launch);
}

/* The command sends itself signals: one that must be ignored, then one that must end it. */
static void signals_are_as_pscope_found_them(void **state)
{
	static const struct {
		const char *argv[4];
		int ending;
	} cases[] = {
		{{"sh", "-c", "kill -USR2 $$; kill -PIPE $$; exit 1", NULL}, SIGPIPE},
		{{"sh", "-c", "kill -USR2 $$; kill -INT $$; exit 1", NULL},  SIGINT },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct launch_spec spec = {.argv = (char *const *)(uintptr_t)cases[i].argv,
					   .stdout_fd = -1};
		struct launch launch;
		struct error err;
		sigset_t mask;

		/* a shell's background job has it ignored from the start */
		signal(SIGINT, SIG_DFL);
		signal(SIGUSR2, SIG_IGN);
		launch_save_signals(&spec);
		signal(SIGPIPE, SIG_IGN);
		signal(SIGUSR2, SIG_DFL);
		sigemptyset(&mask);
		sigaddset(&mask, SIGINT);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		assert_int_equal(launch_init(&launch, &spec, &err), 0);
		assert_int_equal(launch_fork(&launch, &err), 0);
		launch_release(&launch);
		assert_int_equal(WTERMSIG(wait_status(launch.pid)), cases[i].ending);
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		launch_deinit(&launch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_runs_when_released),
		cmocka_unit_test(without_release_it_never_runs),
		cmocka_unit_test(a_failed_exec_says_why),
		cmocka_unit_test(an_unknown_user_is_refused),
		cmocka_unit_test(a_silent_command_reads_and_writes_nothing),
		cmocka_unit_test(signals_are_as_pscope_found_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
