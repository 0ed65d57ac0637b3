/* Asking a systemd over D-Bus; unit.h says what for. Nothing is ever started, and nobody waited for
 * longer than a second. */
#ifndef SOURCE_UNIT_BUS_H
#define SOURCE_UNIT_BUS_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

struct unit_bus;

#define UNIT_BUS_MACHINE UINT32_MAX /* the machine's systemd; else that of the user with this uid */

/* Returns 0, or -errno with why it cannot be asked. */
int unit_bus_open(struct unit_bus **ret_bus, uint32_t manager, struct error *err);
void unit_bus_close(struct unit_bus *bus);

/*
 * Loads a unit as if it was to be started, which it is not: appends its object. -EINVAL: its name is
 * none, systemd's sentence says why.
 */
int unit_bus_load(struct unit_bus *bus, const char *unit, struct buf *ret_object,
		  struct error *err);
/* Appends a property of type string. `object` NULL: the manager itself. -ENOENT: it has none. */
int unit_bus_property(struct unit_bus *bus, const char *object, const char *interface,
		      const char *name, struct buf *ret_value, struct error *err);
/* Of the units that are loaded, the one with a name like `wrong`: appended. False: there is none. */
bool unit_bus_similar(struct unit_bus *bus, const char *wrong, struct buf *out);

#endif
