/*
 * Counts the signals that it gets: prints "ready PID"; each SIGRTMIN counts; at SIGTERM it prints
 * "seen N" and exits with 9. Key decision: both are blocked but while it waits, so that what was
 * sent before SIGTERM is counted before the end.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t seen, ended;

static void count(int number)
{
	seen++;
}

static void end(int number)
{
	ended = 1;
}

int main(void)
{
	struct sigaction counting = {.sa_handler = count}, ending = {.sa_handler = end};
	sigset_t both, old;

	sigemptyset(&both);
	sigaddset(&both, SIGRTMIN);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &old);
	sigaction(SIGRTMIN, &counting, NULL);
	sigaction(SIGTERM, &ending, NULL);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (!ended)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("seen %d\n", (int)seen);
	return 9;
}
