/*
 * Can the BPF source work here, and if not, why not? Key decision: cheap questions only, in the
 * order in which their answers would explain each other; loading the programs is the real test.
 */
#include "source/bpf/bpf_probe.h"

#include "base/buf.h"
#include "source/bpf/bpf_load.h"
#include "source/bpf/memlock.h"
#include "source/netlink/connector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool has_capability(unsigned number)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[number / 32].effective & 1u << number % 32;
}

bool bpf_is_permitted(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

static bool locked_down(const struct root *root)
{
	struct buf text = BUF_INIT;
	bool locked = root->sys_fd >= 0 &&
		      root_read(root->sys_fd, "kernel/security/lockdown", &text, 256) == 0 &&
		      strstr(buf_cstr(&text), "[confidentiality]");

	buf_deinit(&text);
	return locked;
}

/* A ring is what the newest of the needed features needs. */
static int try_ring(void)
{
	struct rlimit memlock = memlock_raise();
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "pscope_probe", 0, 0,
				(uint32_t)sysconf(_SC_PAGESIZE), NULL);

	memlock_restore(memlock);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int bpf_probe(const struct source_options *options, struct error *why)
{
	struct utsname name;
	struct stat st;
	int r;

	uname(&name);
	if (!options->root->live)
		return error_set(why, ENOTSUP,
				 "BPF sees the running machine only, not a captured "
				 "one; leave out --root");
	if (fstatat(options->root->sys_fd, "kernel/btf/vmlinux", &st, 0) < 0)
		return error_set(
			why, ENOTSUP,
			"kernel %s has no type information (sys/kernel/btf/vmlinux); it needs "
			"one built with CONFIG_DEBUG_INFO_BTF",
			name.release);
	if (!bpf_is_permitted())
		return error_set(why, EPERM,
				 "it needs root or two capabilities; run with sudo, or once "
				 "`sudo setcap cap_bpf,cap_perfmon+ep $(command -v pscope)`");
	if (locked_down(options->root))
		return error_set(
			why, EPERM,
			"the kernel is locked down (lockdown=confidentiality), which forbids "
			"BPF to read kernel memory; boot with lockdown=integrity or none");
	r = try_ring();
	if (r == -EINVAL)
		return error_set(why, ENOTSUP, "kernel %s has no BPF ring buffer; it needs 5.10",
				 name.release);
	if (r < 0)
		return error_set(
			why, -r,
			"the kernel refuses bpf(): %s; a container needs CAP_BPF and "
			"CAP_PERFMON of the machine itself and a seccomp profile with bpf()",
			error_name(r));
	return 0;
}

/* Where the exit tracepoint comes before the memory is given back it needs no fentry. */
static const char *peak_instead(const struct root *root)
{
	struct buf text = BUF_INIT;
	unsigned major = 0, minor = 0;
	bool late;

	(void)root_read(root->proc_fd, "sys/kernel/osrelease", &text, 256);
	late = sscanf(buf_cstr(&text), "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 17));
	buf_deinit(&text);
	return late ? "exact: at the exit itself" : NULL;
}

/* Netlink tells of some things only from 6.6 on, to the initial namespaces. */
static const char *netlink_instead(const struct root *root)
{
	struct connector connector;
	int r = connector_open(&connector, root, CONNECTOR_SID, 0, NULL);

	connector_close(&connector);
	return r == 0 ? "exact: netlink" : NULL;
}

/* Rows of two lines are more than clang-format can align. */
/* clang-format off */
static const struct {
	const char *feature;
	const char *program;
	const char *with, *without;
	/* What does as well where the program is missing, or NULL. */
	const char *(*instead)(const struct root *root);
} features[] = {
	{"fork", "on_fork", "tracepoint sched_process_fork", ""},
	{"exec", "on_exec", "tracepoint sched_process_exec, arguments up to 128 KiB", ""},
	{"exit", "on_exit", "tracepoint sched_process_exit", ""},
	{"exact cost", "on_switch", "tracepoint sched_switch, at each thread's last switch", ""},
	{"peak memory", "on_taskstats_exit", "exact: fentry taskstats_exit",
	 "an upper bound only: fentry is not allowed, and the memory is gone at the exit",
	 peak_instead},
	{"setsid", "on_setsid", "exact: fexit ksys_setsid",
	 "neither fexit nor netlink is allowed: inferred from the process's next record",
	 netlink_instead},
	{"setpgid", "on_setpgid", "exact: fexit setpgid",
	 "fexit is not allowed: inferred from the process's next record"},
	{"users, groups", "on_commit_creds", "exact: fentry commit_creds",
	 "neither fentry nor netlink is allowed: inferred from the process's next record",
	 netlink_instead},
	{"tracers", "on_ptrace", "exact: fentry proc_ptrace_connector",
	 "neither fentry nor netlink is allowed", netlink_instead},
	{"names", "on_rename", "tracepoint task_rename",
	 "the kernel does not take the program: names change at exec only"},
	{"fatal signals", "on_signal", "tracepoint signal_generate, with the sender",
	 "the kernel does not take the program: no senders of signals"},
	{"OOM kills", "on_oom", "tracepoint mark_victim",
	 "the kernel does not take the program: an OOM kill is a SIGKILL"},
	{"core dumps", "on_exit", "from the status at exit", ""},
	{"failed execs", "on_sys_exit",
	 "tracepoint sys_exit, with --failed-execs: about 10 ns a system call of the machine",
	 "the kernel does not take the program"},
};
/* clang-format on */

void bpf_details(const struct source_options *options,
		 void (*line)(void *context, const char *feature, bool available, const char *note),
		 void *context)
{
	struct source_options all = *options;
	struct bpf_load load;
	struct error err;

	all.failed_execs = true;
	if (bpf_probe(options, &err) < 0)
		return;
	if (bpf_load_open(&load, &all, &err) < 0) {
		line(context, "programs", false, err.text);
		bpf_load_close(&load);
		return;
	}
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		bool has = bpf_load_has(&load, features[i].program);
		const char *instead =
			!has && features[i].instead ? features[i].instead(options->root) : NULL;

		line(context, features[i].feature, has || instead,
		     has       ? features[i].with
		     : instead ? instead
			       : features[i].without);
	}
	bpf_load_close(&load);
}
