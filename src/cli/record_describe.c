/* The header of a recording: what machine, which kernel, what command, since when. */
#include "cli/record.h"

#include "base/clock.h"

#include <sys/utsname.h>
#include <unistd.h>

static void read_boot_id(struct recording *recording)
{
	struct buf *id = &recording->boot_id;

	if (root_read(recording->env->root.proc_fd, "sys/kernel/random/boot_id", id, 64) < 0)
		return;
	while (id->n > 0 && id->p[id->n - 1] == '\n')
		id->n--;
	recording->run.boot_id = buf_str(id);
}

void record_describe(struct recording *recording, char *const *argv)
{
	struct run *run = &recording->run;
	struct utsname system;

	for (; *argv; argv++)
		buf_add(&recording->words, *argv, strlen(*argv) + 1);
	run->command = buf_str(&recording->words);
	if (uname(&system) == 0) {
		buf_add_text(&recording->host, system.nodename);
		buf_add_text(&recording->kernel, system.release);
		run->host = buf_str(&recording->host);
		run->kernel = buf_str(&recording->kernel);
	}
	read_boot_id(recording);
	run->version = STR(PSCOPE_VERSION);
	run->status = STATUS_UNKNOWN;
	run->cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	if (recording->launch.change_user) {
		buf_printf(&recording->user_change, "root -> %s", recording->launch.spec.user);
		run->user_change = buf_str(&recording->user_change);
	}
	run->started_real_ns = clock_real_ns();
	run->start_ns = clock_boot_ns();
}
