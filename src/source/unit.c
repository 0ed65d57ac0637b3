/*
 * Units and their cgroups. Key decision: a unit that does not run is no error. Its cgroup follows
 * from its slice and name (systemd.io/CONTROL_GROUP_INTERFACE), so one can wait for it.
 */
#include "source/unit.h"

#include "model/cgroup_name.h"
#include "source/unit_bus.h"

#include <errno.h>

/* The types of units that have processes, and the interfaces that tell of their cgroups. */
static const struct {
	const char *suffix, *interface;
} types[] = {
	{".service", "Service"},
	{".scope",   "Scope"  },
	{".slice",   "Slice"  },
	{".socket",  "Socket" },
	{".mount",   "Mount"  },
	{".swap",    "Swap"   },
};

static bool ends_with(struct str text, struct str end)
{
	return text.n > end.n && str_eq(str_skip(text, text.n - end.n), end);
}

static const char *interface_of(struct str unit)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (ends_with(unit, str_of(types[i].suffix)))
			return types[i].interface;
	return NULL;
}

/* ---- where it will be ---- */

/* What the kernel may make files of its own of gets a '_' in front: systemd, cg_needs_escape(). */
static bool needs_escape(struct str name)
{
	static const char *const files[] = {"notify_on_release", "release_agent", "tasks"};
	static const char *const owners[] = {
		"cgroup",
		"cpu",
		"cpuacct",
		"cpuset",
		"io",
		"blkio",
		"memory",
		"devices",
		"pids",
		"bpf-firewall",
		"bpf-devices",
		"bpf-foreign",
		"bpf-socket-bind",
		"bpf-restrict-network-interfaces",
	};

	if (name.n == 0 || name.p[0] == '_' || name.p[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (str_is(name, files[i]))
			return true;
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
		struct str owner = str_of(owners[i]);

		if (name.n > owner.n && str_starts(name, owner) && name.p[owner.n] == '.')
			return true;
	}
	return false;
}

static void add_name(struct buf *out, struct str name, const char *suffix)
{
	buf_add_char(out, '/');
	if (needs_escape(name))
		buf_add_char(out, '_');
	buf_add_str(out, name);
	buf_add_text(out, suffix);
}

/* "a-b.slice" lies in "a.slice". */
static void add_slice(struct buf *out, struct str slice)
{
	struct str stem = slice;

	if (slice.n == 0 || str_is(slice, "-.slice"))
		return;
	stem.n -= sizeof ".slice" - 1;
	for (size_t i = 0; i < stem.n; i++)
		if (stem.p[i] == '-')
			add_name(out, (struct str){stem.p, i}, ".slice");
	add_name(out, slice, "");
}

void unit_add_cgroup(struct buf *out, struct str slice, struct str unit)
{
	size_t start = out->n;

	if (ends_with(slice, STR(".slice")))
		add_slice(out, slice);
	if (ends_with(unit, STR(".slice")))
		add_slice(out, unit);
	else
		add_name(out, unit, "");
	if (out->n == start)
		buf_add_char(out, '/');
}

/* ---- asking ---- */

struct query {
	struct unit_bus *bus;
	struct buf wanted; /* the name, with its type */
	struct buf object, state, slice;
};

static int cannot_ask(int r, struct error *err)
{
	struct error why = *err;

	return error_set(err, -r, "systemd cannot be asked: %s; give --cgroup PATH", why.text);
}

static int say_none(struct query *query, struct error *err)
{
	struct buf similar = BUF_INIT;
	const char *wanted = buf_cstr(&query->wanted);

	if (unit_bus_similar(query->bus, wanted, &similar))
		error_set(err, ENOENT, "there is no unit '%s'; did you mean %s?", wanted,
			  buf_cstr(&similar));
	else
		error_set(err, ENOENT, "there is no unit '%s' (see systemctl list-units)", wanted);
	buf_deinit(&similar);
	return -ENOENT;
}

static int read_state(struct query *query, struct unit *ret, struct error *err)
{
	const char *object = buf_cstr(&query->object);
	int r = unit_bus_property(query->bus, object, "Unit", "LoadState", &query->state, err);

	if (r == 0)
		r = unit_bus_property(query->bus, object, "Unit", "Id", &ret->name, err);
	return r;
}

/* Where it is; or where it will be, below the manager's own cgroup. */
static int read_cgroup(struct query *query, const char *interface, struct unit *ret,
		       struct error *err)
{
	const char *object = buf_cstr(&query->object);
	int r = unit_bus_property(query->bus, object, interface, "ControlGroup", &ret->cgroup, err);

	ret->runs = ret->cgroup.n > 0;
	if (r < 0 || ret->runs)
		return r;
	r = unit_bus_property(query->bus, NULL, "Manager", "ControlGroup", &ret->cgroup, err);
	if (r == 0 && strcmp(interface, "Slice") != 0)
		r = unit_bus_property(query->bus, object, interface, "Slice", &query->slice, err);
	if (r < 0)
		return r;
	if (str_is(buf_str(&ret->cgroup), "/"))
		buf_clear(&ret->cgroup);
	unit_add_cgroup(&ret->cgroup, buf_str(&query->slice), buf_str(&ret->name));
	return 0;
}

/* "masked", "bad-setting", "error": what runs may stop and then never starts again. */
static int check_loaded(struct query *query, struct unit *unit, struct error *err)
{
	if (unit->runs || str_is(buf_str(&query->state), "loaded"))
		return 0;
	return error_set(
		err, ENOENT,
		"the unit %s does not run and cannot be started (%s); see systemctl status",
		buf_cstr(&unit->name), buf_cstr(&query->state));
}

static int find(struct query *query, struct unit *ret, struct error *err)
{
	const char *interface, *wanted = buf_cstr(&query->wanted);
	int r = unit_bus_load(query->bus, wanted, &query->object, err);
	struct error why = *err;

	if (r == -EINVAL)
		return error_set(err, EINVAL, "'%s' is no unit: %s", wanted, why.text);
	if (r == -ENOENT)
		return say_none(query, err);
	r = r < 0 ? r : read_state(query, ret, err);
	if (r < 0)
		return cannot_ask(r, err);
	if (str_is(buf_str(&query->state), "not-found"))
		return say_none(query, err);
	interface = interface_of(buf_str(&ret->name));
	if (!interface)
		return error_set(
			err, EINVAL,
			"the unit %s has no processes of its own: give a service, scope or "
			"slice",
			buf_cstr(&ret->name));
	r = read_cgroup(query, interface, ret, err);
	return r < 0 ? cannot_ask(r, err) : check_loaded(query, ret, err);
}

int unit_find(const char *name, uint32_t manager, struct unit *ret, struct error *err)
{
	struct query query = {0};
	struct unit unit = {0};
	struct error own = {0};
	int r;

	err = err ? err : &own; /* sentences are made of those below */
	if (!*name)
		return error_set(err, EINVAL, "the name of a unit is empty");
	buf_add_text(&query.wanted, name);
	if (!cgroup_has_unit_suffix(str_of(name)))
		buf_add_text(&query.wanted, ".service");
	r = unit_bus_open(&query.bus, manager, err);
	r = r < 0 ? cannot_ask(r, err) : find(&query, &unit, err);
	unit_bus_close(query.bus);
	buf_deinit(&query.wanted);
	buf_deinit(&query.object);
	buf_deinit(&query.state);
	buf_deinit(&query.slice);
	if (r < 0) {
		unit_deinit(&unit);
		return r;
	}
	*ret = unit;
	return 0;
}

void unit_deinit(struct unit *unit)
{
	buf_deinit(&unit->name);
	buf_deinit(&unit->cgroup);
}
