/* /proc/pressure/{cpu,io,memory,irq}: time that work waited. kernel/sched/psi.c, psi_show. */
#ifndef PROCFS_PRESSURE_H
#define PROCFS_PRESSURE_H

#include "base/str.h"
#include "model/host.h"

/* Sets what the lines "some" and "full" tell; either may miss. 0, or -EINVAL, nothing changed. */
int procfs_pressure_parse(struct str text, struct host_pressure *pressure);

#endif
