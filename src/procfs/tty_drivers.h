/* /proc/tty/drivers: which terminals have which device numbers. fs/proc/proc_tty.c. */
#ifndef PROCFS_TTY_DRIVERS_H
#define PROCFS_TTY_DRIVERS_H

#include "base/buf.h"

/*
 * Appends the name below /dev of the terminal with that device number ("pts/0", "ttyS1"), as the
 * text of the file tells, or where that is silent (or empty) as devices are numbered everywhere.
 * Returns 0, or -ENOENT when nobody knows it.
 */
int procfs_tty_name(struct str drivers, unsigned major, unsigned minor, struct buf *out);

#endif
