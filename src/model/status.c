/* Wait statuses and signals by name: the kernel's own encoding, see wait(2) and signal(7). */
#include "model/status.h"

#include <signal.h>

struct ending status_decode(int32_t status)
{
	int signal = status & 0x7f;

	if (status < 0)
		return (struct ending){.exit_code = -1};
	if (signal == 0)
		return (struct ending){.known = true, .exit_code = status >> 8 & 0xff};
	return (struct ending){
		.known = true, .exit_code = -1, .signal = signal, .core_dumped = status & 0x80};
}

bool status_failed(int32_t status)
{
	struct ending ending = status_decode(status);

	return ending.known && ending.exit_code != 0;
}

int status_shell_code(int32_t status)
{
	struct ending ending = status_decode(status);

	if (!ending.known)
		return 0;
	return ending.signal ? 128 + ending.signal : ending.exit_code;
}

/* What the default action of each signal is: signal(7). */
enum action { IGNORED, ENDS, STOPS };

static const struct {
	const char *name;
	enum action action;
} signals[] = {
	[SIGHUP] = {"SIGHUP",    ENDS   },
          [SIGINT] = {"SIGINT",    ENDS   },
	[SIGQUIT] = {"SIGQUIT",   ENDS   },
          [SIGILL] = {"SIGILL",    ENDS   },
	[SIGTRAP] = {"SIGTRAP",   ENDS   },
          [SIGABRT] = {"SIGABRT",   ENDS   },
	[SIGBUS] = {"SIGBUS",    ENDS   },
          [SIGFPE] = {"SIGFPE",    ENDS   },
	[SIGKILL] = {"SIGKILL",   ENDS   },
          [SIGUSR1] = {"SIGUSR1",   ENDS   },
	[SIGSEGV] = {"SIGSEGV",   ENDS   },
          [SIGUSR2] = {"SIGUSR2",   ENDS   },
	[SIGPIPE] = {"SIGPIPE",   ENDS   },
          [SIGALRM] = {"SIGALRM",   ENDS   },
	[SIGTERM] = {"SIGTERM",   ENDS   },
          [SIGSTKFLT] = {"SIGSTKFLT", ENDS   },
	[SIGCHLD] = {"SIGCHLD",   IGNORED},
          [SIGCONT] = {"SIGCONT",   IGNORED},
	[SIGSTOP] = {"SIGSTOP",   STOPS  },
          [SIGTSTP] = {"SIGTSTP",   STOPS  },
	[SIGTTIN] = {"SIGTTIN",   STOPS  },
          [SIGTTOU] = {"SIGTTOU",   STOPS  },
	[SIGURG] = {"SIGURG",    IGNORED},
          [SIGXCPU] = {"SIGXCPU",   ENDS   },
	[SIGXFSZ] = {"SIGXFSZ",   ENDS   },
          [SIGVTALRM] = {"SIGVTALRM", ENDS   },
	[SIGPROF] = {"SIGPROF",   ENDS   },
          [SIGWINCH] = {"SIGWINCH",  IGNORED},
	[SIGIO] = {"SIGIO",     ENDS   },
          [SIGPWR] = {"SIGPWR",    ENDS   },
	[SIGSYS] = {"SIGSYS",    ENDS   },
};

#define SIGNAL_COUNT ((int)(sizeof signals / sizeof *signals))
/* The kernel's, not glibc's, which hides the first two. */
#define KERNEL_RTMIN 32
#define KERNEL_RTMAX 64

static const char *const realtime_names[] = {
	"SIGRTMIN",    "SIGRTMIN+1",  "SIGRTMIN+2",  "SIGRTMIN+3",  "SIGRTMIN+4",  "SIGRTMIN+5",
	"SIGRTMIN+6",  "SIGRTMIN+7",  "SIGRTMIN+8",  "SIGRTMIN+9",  "SIGRTMIN+10", "SIGRTMIN+11",
	"SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+16", "SIGRTMIN+17",
	"SIGRTMIN+18", "SIGRTMIN+19", "SIGRTMIN+20", "SIGRTMIN+21", "SIGRTMIN+22", "SIGRTMIN+23",
	"SIGRTMIN+24", "SIGRTMIN+25", "SIGRTMIN+26", "SIGRTMIN+27", "SIGRTMIN+28", "SIGRTMIN+29",
	"SIGRTMIN+30", "SIGRTMIN+31", "SIGRTMIN+32",
};

const char *signal_name(int number)
{
	if (number > 0 && number < SIGNAL_COUNT)
		return signals[number].name;
	if (number >= KERNEL_RTMIN && number <= KERNEL_RTMAX)
		return realtime_names[number - KERNEL_RTMIN];
	return NULL;
}

int signal_number(struct str name)
{
	unsigned long long number;

	if (str_to_u64(name, &number) == 0)
		return number >= 1 && number <= KERNEL_RTMAX ? (int)number : 0;
	for (int i = 1; i <= KERNEL_RTMAX; i++) {
		struct str known = str_of(signal_name(i));

		if (known.p && (str_eq(name, known) || str_eq(name, str_skip(known, 3))))
			return i;
	}
	return 0;
}

bool signal_kills(int number)
{
	if (number > 0 && number < SIGNAL_COUNT)
		return signals[number].action == ENDS;
	return number >= KERNEL_RTMIN && number <= KERNEL_RTMAX;
}
