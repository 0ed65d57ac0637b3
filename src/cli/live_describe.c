/* The header of a run: what machine, which kernel, what command, since when. */
#include "cli/live_internal.h"

#include "base/clock.h"

#include <sys/utsname.h>
#include <unistd.h>

static void read_boot_id(struct live *live)
{
	struct buf *id = &live->boot_id;

	if (root_read(live->env->root.proc_fd, "sys/kernel/random/boot_id", id, 64) < 0)
		return;
	while (id->n > 0 && id->p[id->n - 1] == '\n')
		id->n--;
	live->run.boot_id = buf_str(id);
}

void live_describe(struct live *live)
{
	struct run *run = &live->run;
	struct utsname system;

	for (char **word = live->plan.argv; word && *word; word++)
		buf_add(&live->words, *word, strlen(*word) + 1);
	if (live->plan.argv)
		run->command = buf_str(&live->words);
	else
		run->target = buf_str(&live->choice.text);
	if (uname(&system) == 0) {
		buf_add_text(&live->host, system.nodename);
		buf_add_text(&live->kernel, system.release);
		run->host = buf_str(&live->host);
		run->kernel = buf_str(&live->kernel);
	}
	read_boot_id(live);
	run->version = STR(PSCOPE_VERSION);
	run->status = STATUS_UNKNOWN;
	run->cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	if (live->launch.change_user) {
		buf_printf(&live->user_change, "root -> %s", live->launch.spec.user);
		run->user_change = buf_str(&live->user_change);
	}
	/* whoever runs already is told of as standing at the start, before anything that happens */
	run->start_ns = live->opened_ns ? live->opened_ns : clock_boot_ns();
	run->started_real_ns = clock_real_ns() - (clock_boot_ns() - run->start_ns);
}
