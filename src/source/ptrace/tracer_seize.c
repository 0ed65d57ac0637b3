/*
 * PTRACE_SEIZE with a bound. Key decision: a thread that calls exec holds the mutex that SEIZE
 * needs (cred_guard_mutex) until the other threads of its process have died; one of those that is
 * traced dies only when its tracer, who waits in SEIZE, lets it. The kernel restarts that wait
 * behind every signal handler, so the handler leaves it by a jump. What it jumps to comes with the
 * timer's signal: no variable is shared.
 */
#include "source/ptrace/tracer_seize.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/ptrace.h>

#define WAIT_NS (20 * NS_PER_MS)

static void on_timer(int number, siginfo_t *info, void *context)
{
	struct seizer *seizer = info->si_code == SI_TIMER ? info->si_value.sival_ptr : NULL;

	if (seizer && seizer->waiting)
		siglongjmp(seizer->jump, 1);
}

void seizer_init(struct seizer *seizer, unsigned long options)
{
	struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};

	*seizer = (struct seizer){.options = options};
	event.sigev_value.sival_ptr = seizer;
	sigaction(SIGRTMIN, &action, NULL);
	seizer->has_timer = timer_create(CLOCK_MONOTONIC, &event, &seizer->timer) == 0;
}

static void set_timer(struct seizer *seizer, long ns)
{
	struct itimerspec once = {
		.it_value = {0, ns}
        };

	if (seizer->has_timer)
		timer_settime(seizer->timer, 0, &once, NULL);
}

int seizer_take(struct seizer *seizer, pid_t tid)
{
	int r;

	if (sigsetjmp(seizer->jump, 1) == 0) {
		seizer->waiting = 1;
		set_timer(seizer, WAIT_NS);
		r = ptrace(PTRACE_SEIZE, tid, 0, (void *)seizer->options) < 0 ? -errno : 0;
		seizer->waiting = 0;
		set_timer(seizer, 0);
		return r;
	}
	seizer->waiting = 0;
	return -EAGAIN;
}
