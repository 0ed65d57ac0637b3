/*
 * Processes that run before anybody watches: make_elders says "ready" when all of them have done what
 * they do before, and lets them go on when its standard input has something (or ends). Key decision:
 * see mkproc.h.
 */
#include "mkproc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_fd, go_fd;

static void say_ready(void)
{
	if (write(ready_fd, "r", 1) != 1)
		die("write");
}

static void wait_go(void)
{
	char byte;

	while (read(go_fd, &byte, 1) > 0)
		;
}

static pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, argument))
		die("pthread_create");
	return thread;
}

static void *burn_some(void *ns)
{
	burn((int64_t)(intptr_t)ns);
	return NULL;
}

static void *wait_and_burn(void *ns)
{
	wait_go();
	return burn_some(ns);
}

static void burn_and_join(int count)
{
	pthread_t threads[8];

	for (int i = 0; i < count; i++)
		threads[i] = start(burn_some, (void *)(intptr_t)((1 + i) * 2000000));
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void single(void)
{
	burn(5000000);
	say_ready();
	wait_go();
	burn(5000000);
	_exit(31);
}

/* Of eight threads four are dead by then; two are born later; the leader ends last. */
static void threads(void)
{
	pthread_t waiting[4];

	burn_and_join(4);
	for (int i = 0; i < 4; i++)
		waiting[i] = start(wait_and_burn, (void *)(intptr_t)((4 - i) * 2000000));
	say_ready();
	wait_go();
	burn_and_join(2);
	for (int i = 0; i < 4; i++)
		pthread_join(waiting[i], NULL);
	burn(3000000);
	_exit(32);
}

/* Only the leader is left of several. */
static void widowed(void)
{
	burn_and_join(3);
	say_ready();
	wait_go();
	burn(3000000);
	_exit(33);
}

static void *ready_and_burn(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	say_ready();
	wait_go();
	burn(4000000);
	return NULL;
}

/* The leader is dead already. */
static void headless(void)
{
	static pthread_t leader;

	leader = pthread_self();
	burn(2000000);
	start(wait_and_burn, (void *)(intptr_t)2000000);
	start(wait_and_burn, (void *)(intptr_t)3000000);
	start(ready_and_burn, &leader);
	pthread_exit(NULL);
}

static void *wait_and_exec(void *unused)
{
	wait_go();
	burn(2000000);
	exec_exit(34, NULL);
}

/* Another thread than the leader turns into another program. */
static void thread_exec(void)
{
	burn_and_join(2);
	start(wait_and_burn, (void *)(intptr_t)1000000);
	start(wait_and_exec, NULL);
	burn(4000000);
	say_ready();
	for (;;)
		pause();
}

static int gone_on(void)
{
	fd_set set;
	struct timeval none = {0, 0};

	FD_ZERO(&set);
	FD_SET(go_fd, &set);
	return select(go_fd + 1, &set, NULL, NULL, &none) == 1;
}

static void *brief(void *unused)
{
	return NULL;
}

/* Threads are born and die all the time, from two sides. */
static void *churn_side(void *unused)
{
	while (!gone_on())
		pthread_join(start(brief, NULL), NULL);
	for (int i = 0; i < 200; i++)
		pthread_join(start(brief, NULL), NULL);
	return NULL;
}

static void churn(void)
{
	pthread_t side = start(churn_side, NULL);

	say_ready();
	churn_side(NULL);
	pthread_join(side, NULL);
	_exit(35);
}

static void *wait_and_end_all(void *unused)
{
	wait_go();
	_exit(36);
}

/* All threads die at once. */
static void massacre(void)
{
	for (int i = 0; i < 6; i++)
		start(wait_and_burn, (void *)(intptr_t)20000000);
	start(wait_and_end_all, NULL);
	say_ready();
	for (;;)
		pause();
}

/* Its child is born under the watch. */
static void parent(void)
{
	pid_t pid;

	say_ready();
	wait_go();
	pid = must_fork();
	if (pid == 0) {
		burn(2000000);
		_exit(38);
	}
	reap(pid, getpid(), "execs=0 elder=child");
	_exit(37);
}

static const struct {
	const char *name;
	void (*live)(void);
} elders[] = {
	{"single",      single     },
	{"threads",     threads    },
	{"widowed",     widowed    },
	{"headless",    headless   },
	{"thread_exec", thread_exec},
	{"churn",       churn      },
	{"massacre",    massacre   },
	{"parent",      parent     },
};
#define ELDERS (sizeof elders / sizeof *elders)

static pid_t begin(unsigned number, const int *ready, const int *go)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		ready_fd = ready[1];
		go_fd = go[0];
		close(go[1]);
		close(ready[0]);
		elders[number].live();
		_exit(95);
	}
	return pid;
}

static void make_elders(void)
{
	int ready[2], go[2];
	pid_t pids[ELDERS];
	char byte;

	if (pipe(ready) || pipe(go))
		die("pipe");
	for (unsigned i = 0; i < ELDERS; i++) {
		pids[i] = begin(i, ready, go);
		if (read(ready[0], &byte, 1) != 1)
			die("read");
	}
	truth("ready");
	if (read(0, &byte, 1) < 0)
		die("read");
	close(go[1]);
	for (unsigned i = 0; i < ELDERS; i++) {
		char more[64];

		snprintf(more, sizeof more, "elder=%s execs=%d", elders[i].name,
			 elders[i].live == thread_exec);
		reap(pids[i], getpid(), more);
	}
}

const struct situation elder_situations[] = {
	{"elders",     "they run already: says ready, and goes on after a line", make_elders},
	{NULL},
};
