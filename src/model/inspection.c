/*
 * What inspect derives from its facts. Key decision: the names of capabilities stand here, since
 * pscope links no libcap; the kernel's header gives their order, which never changes.
 */
#include "model/inspection.h"

static const char *const capability_names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

const char *capability_name(unsigned bit)
{
	return bit < sizeof capability_names / sizeof *capability_names ? capability_names[bit]
									: NULL;
}

bool watch_range(const struct watch *watch, enum watch_value value, double *ret_min,
		 double *ret_max, double *ret_mean)
{
	double least = 0, most = 0, sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < watch->sample_count; i++) {
		double x = watch->samples[i].value[value];

		if (!(watch->samples[i].known & 1u << value))
			continue;
		least = count == 0 || x < least ? x : least;
		most = count == 0 || x > most ? x : most;
		sum += x;
		count++;
	}
	if (count == 0)
		return false;
	*ret_min = least;
	*ret_max = most;
	*ret_mean = sum / (double)count;
	return true;
}
