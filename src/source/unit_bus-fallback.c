/* Units of a pscope that was built without libsystemd: it says so. */
#include "source/unit_bus.h"

#include <errno.h>

int unit_bus_open(struct unit_bus **ret_bus, uint32_t manager, struct error *err)
{
	return error_set(err, ENOSYS,
			 "this pscope was built without systemd; build it with libsystemd-dev "
			 "installed");
}

/* Never called: there is no bus. */
void unit_bus_close(struct unit_bus *bus) {}

int unit_bus_load(struct unit_bus *bus, const char *unit, struct buf *ret_object, struct error *err)
{
	return unit_bus_open(NULL, UNIT_BUS_MACHINE, err);
}

int unit_bus_property(struct unit_bus *bus, const char *object, const char *interface,
		      const char *name, struct buf *ret_value, struct error *err)
{
	return unit_bus_open(NULL, UNIT_BUS_MACHINE, err);
}

bool unit_bus_similar(struct unit_bus *bus, const char *wrong, struct buf *out)
{
	return false;
}
