/*
 * Runs a command and prints each program that its processes run, and what each process cost:
 *
 *	cc -o watch-tree watch-tree.c $(pkg-config --cflags --libs libpscope)
 *	./watch-tree sh -c 'ls | wc -l'
 *
 * Exits as the command did.
 */
#include <poll.h>
#include <pscope.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static void check(int result, const struct pscope *pscope)
{
	if (result >= 0)
		return;
	fprintf(stderr, "watch-tree: %s\n", pscope_last_error(pscope));
	exit(125);
}

/* A member of the event as text that is safe on a terminal; "-" when it is not known. */
static const char *text_of(const struct pscope_event *event, const char *name, char *room,
			   size_t size)
{
	struct pscope_value value;

	if (pscope_event_get(event, name, &value) < 0 || pscope_value_print(&value, room, size) < 0)
		return "-";
	return room;
}

/* A duration in ms; negative when it is not known. */
static double ms_of(const struct pscope_event *event, const char *name)
{
	struct pscope_value value;
	double ns;

	if (pscope_event_get(event, name, &value) < 0 || pscope_value_to_real(&value, &ns) < 0)
		return -1;
	return ns / 1e6;
}

static void print_event(const struct pscope_event *event)
{
	char text[120], code[16];

	switch (pscope_event_kind(event)) {
	case PSCOPE_EVENT_EXEC:
		printf("%7d exec  %s\n", (int)pscope_event_pid(event),
		       text_of(event, "argv", text, sizeof text));
		break;
	case PSCOPE_EVENT_SETTLED: /* the end was reported by EXIT; now the cost is final */
		printf("%7d done  %s: exit code %s, %.2f ms, CPU %.2f ms user + %.2f ms system\n",
		       (int)pscope_event_pid(event), text_of(event, "name", text, sizeof text),
		       text_of(event, "exit_code", code, sizeof code), ms_of(event, "duration_ns"),
		       ms_of(event, "cpu_user_ns"), ms_of(event, "cpu_sys_ns"));
		break;
	case PSCOPE_EVENT_GAP:
		printf("        lost %s events: %s\n", text_of(event, "lost", code, sizeof code),
		       text_of(event, "reason", text, sizeof text));
		break;
	default:
		break;
	}
}

int main(int argc, char **argv)
{
	const struct pscope_event *event;
	struct pscope_events *events;
	struct pscope *pscope;
	uint64_t lost;
	int result, status;

	if (argc < 2) {
		fprintf(stderr, "usage: watch-tree COMMAND [ARGUMENT]...\n");
		return 125;
	}
	check(pscope_open(NULL, &pscope), pscope);
	check(pscope_events_new(pscope, &events), pscope);
	check(pscope_events_set_source(events, getenv("PSCOPE_SOURCE")), pscope);
	check(pscope_events_open_command(events, (const char *const *)(argv + 1)), pscope);

	for (;;) {
		struct pollfd wait = {pscope_events_fd(events), POLLIN, 0};

		result = pscope_events_next(events, &event);
		check(result, pscope);
		if (result == PSCOPE_EVENTS_END)
			break;
		if (result == PSCOPE_EVENTS_RECORD)
			print_event(event);
		else
			poll(&wait, 1, -1);
	}

	check(pscope_events_counts(events, NULL, &lost, NULL), pscope);
	printf("source %s, %llu events lost\n", pscope_events_source(events),
	       (unsigned long long)lost);
	status = pscope_events_command_status(events);
	pscope_events_free(events);
	pscope_close(pscope);
	if (status >= 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	return status >= 0 ? 128 + WTERMSIG(status) : 125;
}
