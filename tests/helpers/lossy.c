/*
 * A reader of the process connector that stands still: lossy BYTES COMMAND...
 * Listens with room for BYTES, runs the command without reading, then reads. What the kernel sent
 * meanwhile is told by the numbers that it gives on each CPU, which a second socket asks for before
 * and after. Prints: received=N lost=N sent=N.
 */
#include "base/root.h"
#include "source/netlink/connector.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "lossy: %s\n", what);
	exit(125);
}

static uint64_t drain(struct connector *c)
{
	struct connector_event events[CONNECTOR_BATCH];

	do
		connector_receive(c, events);
	while (!c->drained);
	return c->received;
}

/* The number of the event that we make on that CPU. */
static uint32_t number_on(struct connector *c, int cpu)
{
	struct connector_event events[CONNECTOR_BATCH];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof one, &one))
		fail("cannot choose a CPU");
	drain(c);
	prctl(PR_SET_NAME, "lossy");
	do
		for (unsigned i = 0, n = connector_receive(c, events); i < n; i++)
			if (events[i].what == CONNECTOR_COMM && events[i].tgid == getpid())
				return events[i].sequence;
	while (!c->drained);
	fail("the own event did not come");
	return 0;
}

static void number_all(struct connector *c, uint32_t numbers[CPU_SETSIZE])
{
	cpu_set_t all;

	if (sched_getaffinity(0, sizeof all, &all))
		fail("which CPUs?");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			numbers[cpu] = number_on(c, cpu);
	sched_setaffinity(0, sizeof all, &all);
}

static void run(char **argv)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("the command failed");
}

int main(int argc, char **argv)
{
	static uint32_t before[CPU_SETSIZE], after[CPU_SETSIZE];
	struct connector watched, numbers;
	struct error err = {""};
	struct root root;
	uint64_t received, sent = 0;

	if (argc < 3)
		return 2;
	if (root_open(&root, NULL, &err) < 0 ||
	    connector_open(&watched, &root, 0, strtoull(argv[1], NULL, 10), &err) < 0 ||
	    connector_open(&numbers, &root, 0, 8 << 20, &err) < 0)
		fail(err.text);
	number_all(&numbers, before);
	received = drain(&watched);
	run(argv + 2);
	number_all(&numbers, after);
	received = drain(&watched) - received;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		sent += after[cpu] - before[cpu];
	printf("received=%llu lost=%llu sent=%llu\n", (unsigned long long)received,
	       (unsigned long long)connector_lost(&watched), (unsigned long long)sent);
	connector_close(&watched);
	connector_close(&numbers);
	root_close(&root);
	return 0;
}
