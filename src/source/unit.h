/* systemd's units by name, and the cgroups that their processes are in. */
#ifndef SOURCE_UNIT_H
#define SOURCE_UNIT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

#define UNIT_OF_MACHINE UINT32_MAX

struct unit {
	struct buf name; /* systemd's own: of an alias that of the unit */
	struct buf
		cgroup; /* a path for cgroup_expect: where it is, or will be when it is started */
	bool runs;      /* it has that cgroup now */
};

/*
 * Asks the machine's systemd, or that of the user `manager` (a uid), for a unit; ".service" is
 * added where the name has no type. Starts nothing, waits a second at most. Returns 0, with a
 * sentence -ENOENT (there is no such unit), -EINVAL (it can have no processes, or is no name), or
 * another -errno: systemd cannot be asked. unit_deinit is due after 0 only.
 */
int unit_find(const char *name, uint32_t manager, struct unit *ret, struct error *err);
void unit_deinit(struct unit *unit);

/* Where systemd puts the processes of a unit of a slice ("" or "-.slice": the root): appended. */
void unit_add_cgroup(struct buf *out, struct str slice, struct str unit);

#endif
