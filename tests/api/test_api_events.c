/* Streams of events: of commands, of files, and what can go wrong with them. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What came of a stream. */
struct heard {
	unsigned kinds[32], finals, inferred;
	int64_t last_ns;
	char execs[256];
	uint64_t cpu_ns;
	int code, signal;
};

static struct pscope_value member(const struct pscope_event *event, const char *name)
{
	struct pscope_value value;

	assert_int_equal(pscope_event_get(event, name, &value), 0);
	return value;
}

static void hear(const struct pscope_event *event, struct heard *heard)
{
	struct pscope_value value;
	char text[256];
	size_t n = strlen(heard->execs);
	int kind = pscope_event_kind(event);

	assert_true(kind > 0 && kind < 32);
	assert_non_null(pscope_event_kind_name(kind));
	heard->kinds[kind]++;
	heard->finals += !!(pscope_event_flags(event) & PSCOPE_EVENT_IS_FINAL);
	if (kind == PSCOPE_EVENT_EXEC) {
		value = member(event, "argv");
		snprintf(heard->execs + n, sizeof heard->execs - n, "%s;",
			 check_text(&value, text));
	}
	if (kind != PSCOPE_EVENT_SETTLED)
		return;
	value = member(event, "cpu_user_ns");
	assert_int_equal(value.type, PSCOPE_TYPE_DURATION);
	heard->cpu_ns += value.as.u;
	value = member(event, "exit_code");
	heard->code = value.kind == PSCOPE_SIGNED ? (int)value.as.i : -1;
	value = member(event, "exit_signal");
	heard->signal = value.kind == PSCOPE_SIGNED ? (int)value.as.i : 0;
	assert_int_equal(member(event, "name").kind, PSCOPE_TEXT);
}

static struct heard hear_all(struct pscope *pscope, struct pscope_events *events)
{
	const struct pscope_event *event;
	struct heard heard = {.code = -1};
	int r;

	while ((r = pscope_events_next(events, &event)) != PSCOPE_EVENTS_END) {
		struct pollfd wait = {.fd = pscope_events_fd(events), .events = POLLIN};

		assert_done(pscope, r);
		if (r == PSCOPE_EVENTS_RECORD)
			hear(event, &heard);
		else
			assert_int_equal(poll(&wait, 1, 20000), 1);
	}
	assert_int_equal(pscope_events_next(events, &event), PSCOPE_EVENTS_END);
	assert_null(event);
	return heard;
}

static struct pscope_events *new_events(struct pscope *pscope)
{
	struct pscope_events *events;

	assert_done(pscope, pscope_events_new(pscope, &events));
	return events;
}

/* NULL: the source does not open here, which the tests of the sources judge. */
static struct pscope_events *start(struct pscope *pscope, const char *source, const char *shell)
{
	const char *argv[] = {"sh", "-c", shell, NULL};
	struct pscope_events *events = new_events(pscope);

	assert_done(pscope, pscope_events_set_source(events, source));
	if (pscope_events_open_command(events, argv) == 0)
		return events;
	print_message("%s\n", pscope_last_error(pscope));
	assert_string_equal(source, "bpf");
	return pscope_events_free(events);
}

static void test_command(const char *source)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = start(pscope, source, "true; /bin/true; exit 5");
	uint64_t generated, lost, outside;
	struct heard heard;

	if (!events) {
		pscope_close(pscope);
		skip();
	}
	assert_string_equal(pscope_events_source(events), source);
	assert_true(pscope_events_command_pid(events) > 0);
	assert_true(pscope_events_start_ns(events) > 0 && pscope_events_start_real_ns(events) > 0);
	assert_int_equal(pscope_events_command_status(events), -1);
	heard = hear_all(pscope, events);
	assert_string_equal(heard.execs, "sh -c 'true; /bin/true; exit 5';/bin/true;");
	assert_int_equal(heard.kinds[PSCOPE_EVENT_FORK], 2);
	assert_int_equal(heard.kinds[PSCOPE_EVENT_EXIT], 2);
	assert_int_equal(heard.kinds[PSCOPE_EVENT_SETTLED], 2);
	assert_int_equal(heard.finals, 2);
	assert_int_equal(heard.code, 5);
	assert_true(heard.cpu_ns > 0);
	assert_int_equal(WEXITSTATUS(pscope_events_command_status(events)), 5);
	assert_done(pscope, pscope_events_counts(events, &generated, &lost, &outside));
	assert_true(generated >= 8);
	assert_int_equal(lost, 0);
	assert_int_equal(outside, 0);
	pscope_events_free(events);
	/* no child is left: neither the command nor a helper */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	pscope_close(pscope);
}

static void test_bpf(void **state)
{
	test_command("bpf");
}

static void test_ptrace(void **state)
{
	test_command("ptrace");
}

/* Both at once, from one program; each has its own events only. */
static void test_interleaved(void **state)
{
	struct pscope *a = check_open(NULL), *b = check_open(NULL);
	struct pscope_events *of_a = start(a, "ptrace", "/bin/true; kill -TERM $$");
	struct pscope_events *of_b = start(b, "ptrace", "exit 3");
	struct heard heard_b = hear_all(b, of_b), heard_a = hear_all(a, of_a);

	assert_int_equal(heard_a.signal, SIGTERM);
	assert_int_equal(heard_a.kinds[PSCOPE_EVENT_EXEC], 2);
	assert_int_equal(heard_b.code, 3);
	assert_int_equal(heard_b.kinds[PSCOPE_EVENT_EXEC], 1);
	pscope_events_free(of_b);
	pscope_close(b);
	pscope_events_free(of_a);
	pscope_close(a);
}

/* A shell that waits for a word on `feed` before it does anything. */
static pid_t waiting_shell(int feed[2])
{
	pid_t pid;

	assert_int_equal(pipe2(feed, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(feed[0], STDIN_FILENO);
		execl("/bin/sh", "sh", "-c", "read x; /bin/true; exit 3", NULL);
		_exit(127);
	}
	close(feed[0]);
	return pid;
}

static const struct pscope_event *hear_one(struct pscope *pscope, struct pscope_events *events)
{
	struct pollfd wait = {.fd = pscope_events_fd(events), .events = POLLIN};
	const struct pscope_event *event;
	int r;

	while ((r = pscope_events_next(events, &event)) == PSCOPE_EVENTS_NONE)
		assert_int_equal(poll(&wait, 1, 20000), 1);
	assert_done(pscope, r);
	assert_non_null(event);
	return event;
}

static void test_running(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = new_events(pscope);
	const struct pscope_event *event;
	struct heard heard;
	int feed[2], r, status;
	pid_t pid = waiting_shell(feed);

	assert_done(pscope, pscope_events_set_root(events, pid));
	assert_done(pscope, pscope_events_set_source(events, "bpf"));
	r = pscope_events_open_system(events);
	if (r == 0) {
		event = hear_one(pscope, events);
		assert_int_equal(pscope_event_kind(event), PSCOPE_EVENT_SEEN);
		assert_int_equal(pscope_event_pid(event), pid);
		assert_int_equal(write(feed[1], "\n", 1), 1);
		heard = hear_all(pscope, events);
		assert_int_equal(heard.kinds[PSCOPE_EVENT_FORK], 1);
		assert_string_equal(heard.execs, "/bin/true;");
		assert_int_equal(heard.kinds[PSCOPE_EVENT_EXIT], 2);
		assert_int_equal(heard.code, 3);
	}
	close(feed[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pscope_events_free(events);
	events = new_events(pscope);
	assert_done(pscope, pscope_events_set_root(events, pid));
	assert_int_equal(pscope_events_open_system(events), -ESRCH);
	pscope_events_free(events);
	pscope_close(pscope);
	if (r < 0)
		skip();
}

static void test_stop(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = start(pscope, "ptrace", "exec sleep 1000");
	const struct pscope_event *event;
	struct heard heard = {0};
	int pid = pscope_events_command_pid(events), r;

	do {
		struct pollfd wait = {.fd = pscope_events_fd(events), .events = POLLIN};

		assert_int_equal(poll(&wait, 1, 20000), 1);
		r = pscope_events_next(events, &event);
		assert_done(pscope, r);
		if (r == PSCOPE_EVENTS_RECORD)
			hear(event, &heard);
	} while (heard.kinds[PSCOPE_EVENT_EXEC] < 2);
	assert_done(pscope, pscope_events_stop(events));
	hear_all(pscope, events);
	pscope_events_free(events);
	/* it runs on */
	assert_int_equal(kill(pid, SIGKILL), 0);
	pscope_close(pscope);
}

static void test_sampling(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = new_events(pscope);
	const char *argv[] = {"sh", "-c", "read x", NULL};
	const struct pscope_event *event;
	int feed[2], r, saved = dup(STDIN_FILENO);
	bool sampled = false;

	assert_int_equal(pipe2(feed, O_CLOEXEC), 0);
	dup2(feed[0], STDIN_FILENO);
	assert_done(pscope, pscope_events_set_source(events, "ptrace"));
	assert_done(pscope, pscope_events_set_sampling(events, 1000000));
	assert_done(pscope, pscope_events_open_command(events, argv));
	dup2(saved, STDIN_FILENO);
	close(saved);
	while (!sampled) {
		r = pscope_events_next(events, &event);
		assert_done(pscope, r);
		assert_int_not_equal(r, PSCOPE_EVENTS_END);
		if (r != PSCOPE_EVENTS_RECORD || pscope_event_kind(event) != PSCOPE_EVENT_SAMPLE)
			continue;
		sampled = true;
		assert_true(member(event, "rss_bytes").as.u > 0);
		assert_int_equal(member(event, "rss_bytes").type, PSCOPE_TYPE_BYTES);
	}
	close(feed[1]);
	close(feed[0]);
	hear_all(pscope, events);
	pscope_events_free(events);
	pscope_close(pscope);
}

static void test_stdout(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = new_events(pscope);
	const char *argv[] = {"echo", "hello", NULL};
	char text[16] = "";
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_done(pscope, pscope_events_set_source(events, "ptrace"));
	assert_done(pscope, pscope_events_set_stdout(events, out[1]));
	assert_done(pscope, pscope_events_open_command(events, argv));
	close(out[1]);
	/* its end comes though the stream lives: the helper holds no copy */
	assert_int_equal(read(out[0], text, sizeof text), 6);
	assert_string_equal(text, "hello\n");
	assert_int_equal(read(out[0], text, sizeof text), 0);
	hear_all(pscope, events);
	pscope_events_free(events);
	close(out[0]);
	pscope_close(pscope);
}

static void test_failures(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = new_events(pscope);
	const char *missing[] = {"/nonexistent/program", NULL}, *empty[] = {NULL};
	const struct pscope_event *event;

	assert_int_equal(pscope_events_set_source(events, "magic"), -EINVAL);
	assert_non_null(strstr(pscope_last_error(pscope), "magic"));
	assert_int_equal(pscope_events_set_flags(events, 1u << 30), -EINVAL);
	assert_int_equal(pscope_events_set_buffer(events, 1), -EINVAL);
	assert_int_equal(pscope_events_set_sampling(events, -1), -EINVAL);
	assert_int_equal(pscope_events_set_root(events, -1), -EINVAL);
	assert_int_equal(pscope_events_next(events, &event), -EINVAL);
	assert_int_equal(pscope_events_fd(events), -1);
	assert_int_equal(pscope_events_counts(events, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(pscope_events_stop(events), -EINVAL);
	assert_int_equal(pscope_events_open_command(events, empty), -EINVAL);
	assert_int_equal(pscope_events_open_command(events, NULL), -EINVAL);
	assert_done(pscope, pscope_events_set_source(events, "ptrace"));
	assert_int_equal(pscope_events_open_command(events, missing), -ENOENT);
	assert_non_null(strstr(pscope_last_error(pscope), "/nonexistent/program"));
	assert_int_equal(pscope_events_open_command(events, missing), -EBUSY);
	assert_int_equal(pscope_events_set_flags(events, 0), -EBUSY);
	assert_int_equal(pscope_events_next(events, &event), -EINVAL);
	pscope_events_free(events);
	events = new_events(pscope);
	assert_int_equal(pscope_events_open_file(events, "/nonexistent"), -ENOENT);
	pscope_events_free(events);
	events = new_events(pscope);
	assert_int_equal(pscope_events_open_file(events, "/"), -EISDIR);
	pscope_events_free(events);
	events = new_events(pscope);
	assert_int_equal(pscope_events_open_file(events, "/dev/null"), -EINVAL);
	pscope_events_free(events);
	pscope_close(pscope);
}

/* ---- files ---- */

static const char script[] =
	"@0 fork 1 -> 100 uid=7 comm=sh\n"
	"+1ms exec 100 filename=/bin/sh cwd=/tmp -- sh -c \"\"\n"
	"+1ms fork 100 -> 101\n"
	"+1ms exec 101 filename=/bin/ls -- ls \"a b\"\n"
	"+1ms exit 101 status=512\n"
	"+1ms settled 101 exact=1 cpu_user_ns=1500 rss_peak_bytes=4096 bound=4\n"
	"+1ms gap ? lost=3 reason=\"too slow\" from=1000 to=2000\n"
	"+1ms exit 100 status=9\n"
	"+1ms settled 100 exact=1 cpu_user_ns=1\n";

static struct pscope_events *open_script(struct pscope *pscope, int32_t root)
{
	char path[] = "/tmp/pscope-api.XXXXXX";
	int fd = mkstemp(path);
	struct pscope_events *events = new_events(pscope);

	assert_int_equal(write(fd, script, sizeof script - 1), sizeof script - 1);
	close(fd);
	assert_done(pscope, pscope_events_set_root(events, root));
	assert_done(pscope, pscope_events_open_file(events, path));
	unlink(path);
	return events;
}

static const struct pscope_event *next_of(struct pscope_events *events, int kind)
{
	const struct pscope_event *event;

	do
		assert_int_equal(pscope_events_next(events, &event), PSCOPE_EVENTS_RECORD);
	while (pscope_event_kind(event) != kind);
	return event;
}

static void test_members(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = open_script(pscope, 0);
	const struct pscope_event *event;
	uint64_t generated, lost;
	struct pscope_value value;
	char text[256];

	assert_int_equal(pscope_events_fd(events), -1);
	event = next_of(events, PSCOPE_EVENT_FORK);
	assert_int_equal(pscope_event_pid(event), 100);
	assert_true(pscope_event_flags(event) & PSCOPE_EVENT_IS_NEW);
	assert_int_equal(member(event, "uid").as.u, 7);
	assert_int_equal(member(event, "gid").kind, PSCOPE_UNKNOWN);
	assert_int_equal(member(event, "parent").kind, PSCOPE_LIFE);
	assert_int_equal(member(event, "parent").as.life.tgid, 1);
	assert_int_equal(pscope_event_get(event, "argv", &value), -ENOENT);
	assert_non_null(strstr(pscope_last_error(pscope), "fork"));
	event = next_of(events, PSCOPE_EVENT_EXEC);
	assert_string_equal(member(event, "cwd").as.text.bytes, "/tmp");
	value = member(event, "command");
	assert_string_equal(check_text(&value, text), "sh -c ''");
	event = next_of(events, PSCOPE_EVENT_SETTLED);
	assert_int_equal(pscope_event_pid(event), 101);
	assert_int_equal(member(event, "cpu_user_ns").as.u, 1500);
	assert_int_equal(member(event, "cpu_sys_ns").kind, PSCOPE_UNKNOWN);
	assert_int_equal(member(event, "rss_peak_bytes").flags, PSCOPE_VALUE_UPPER_BOUND);
	assert_int_equal(member(event, "exact").as.flag, 1);
	assert_int_equal(member(event, "exit_code").as.i, 2);
	assert_int_equal(member(event, "exit_signal").kind, PSCOPE_UNKNOWN);
	assert_int_equal(member(event, "duration_ns").as.i, 2000000);
	assert_string_equal(member(event, "name").as.text.bytes, "ls");
	assert_string_equal(member(event, "executable").as.text.bytes, "/bin/ls");
	value = member(event, "command");
	assert_string_equal(check_text(&value, text), "ls 'a b'");
	assert_int_equal(member(event, "parent_life").as.u, 1);
	event = next_of(events, PSCOPE_EVENT_GAP);
	assert_int_equal(pscope_event_pid(event), 0);
	assert_int_equal(member(event, "lost").as.u, 3);
	assert_string_equal(member(event, "reason").as.text.bytes, "too slow");
	assert_int_equal(member(event, "life").kind, PSCOPE_UNKNOWN);
	event = next_of(events, PSCOPE_EVENT_EXIT);
	assert_int_equal(member(event, "exit_signal").as.i, 9);
	/* each member has a name, and each name a value */
	for (unsigned i = 0; i < pscope_event_member_count(event); i++)
		member(event, pscope_event_member_name(event, i));
	assert_null(pscope_event_member_name(event, pscope_event_member_count(event)));
	next_of(events, PSCOPE_EVENT_SETTLED);
	assert_int_equal(pscope_events_next(events, &event), PSCOPE_EVENTS_END);
	assert_done(pscope, pscope_events_counts(events, &generated, &lost, NULL));
	assert_int_equal(lost, 3);
	assert_int_equal(generated, 9 + 3);
	pscope_events_free(events);
	pscope_close(pscope);
}

static void test_root(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = open_script(pscope, 101);
	struct heard heard = hear_all(pscope, events);

	assert_int_equal(heard.kinds[PSCOPE_EVENT_FORK], 1);
	assert_string_equal(heard.execs, "ls 'a b';");
	pscope_events_free(events);
	pscope_close(pscope);
}

static void test_proctrace(void **state)
{
	struct pscope *pscope = check_open(NULL);
	struct pscope_events *events = new_events(pscope);
	struct heard heard;

	assert_done(pscope, pscope_events_open_file(events, FIXTURES "/proctrace/gen3.jsonl"));
	heard = hear_all(pscope, events);
	assert_true(heard.kinds[PSCOPE_EVENT_EXEC] > 0 && heard.kinds[PSCOPE_EVENT_EXIT] > 0);
	pscope_events_free(events);
	pscope_close(pscope);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bpf),         cmocka_unit_test(test_ptrace),
		cmocka_unit_test(test_interleaved), cmocka_unit_test(test_stop),
		cmocka_unit_test(test_running),     cmocka_unit_test(test_sampling),
		cmocka_unit_test(test_stdout),      cmocka_unit_test(test_failures),
		cmocka_unit_test(test_members),     cmocka_unit_test(test_root),
		cmocka_unit_test(test_proctrace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
