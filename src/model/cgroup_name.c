/*
 * What a cgroup's path tells. Key decision: units are told as systemd itself does it
 * (src/basic/cgroup-util.c: behind the leading slices stands the unit), containers from the
 * innermost name that has the form of one, since each runtime has forms of its own and they nest.
 */
#include "model/cgroup_name.h"

#include <string.h>

/* ---- the file ---- */

/* Cuts "id:controllers:path" at the first two ':'; a name may hold more of them. */
static bool split_line(struct str line, struct str *ret_controllers, struct str *ret_path)
{
	struct str rest = line;

	(void)str_cut(&rest, ':');
	if (!rest.p)
		return false;
	*ret_controllers = str_cut(&rest, ':');
	if (!rest.p || rest.n == 0)
		return false;
	*ret_path = rest;
	return true;
}

static bool ends_with(struct str text, struct str end)
{
	return text.n >= end.n && memcmp(text.p + text.n - end.n, end.p, end.n) == 0;
}

/* The kernel's mark behind the path of a version 2 group that was removed: zombies have it. */
static struct str without_mark(struct str path)
{
	static const char mark[] = " (deleted)";

	if (ends_with(path, STR(mark)))
		path.n -= sizeof mark - 1;
	return path;
}

struct str cgroup_path(struct str file)
{
	struct str v2 = STR_NONE, named = STR_NONE, first = STR_NONE, line, controllers, path;

	while (file.p) {
		line = str_cut(&file, '\n');
		if (!split_line(line, &controllers, &path))
			continue;
		if (controllers.n == 0)
			v2 = without_mark(path);
		else if (str_is(controllers, "name=systemd"))
			named = path;
		else if (!first.p || (str_is(first, "/") && !str_is(path, "/")))
			first = path;
	}
	if (v2.p && !str_is(v2, "/"))
		return v2;
	if (named.p && !str_is(named, "/"))
		return named;
	if (first.p && !str_is(first, "/"))
		return first;
	return v2.p ? v2 : named.p ? named : first;
}

/* ---- pieces of a path ---- */

/* Cuts the next name off; false at the end. Empty names and the ".." of other namespaces do not count. */
static bool next_name(struct str *path, struct str *ret_name)
{
	while (path->p) {
		struct str name = str_cut(path, '/');

		if (name.n > 0 && !str_is(name, "..")) {
			*ret_name = name;
			return true;
		}
	}
	return false;
}

/* ---- systemd ---- */

static const char *const unit_suffixes[] = {
	".service", ".scope", ".slice",  ".socket", ".mount",  ".automount",
	".swap",    ".timer", ".target", ".path",   ".device",
};

static bool unit_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr(":-_.\\@", c));
}

bool cgroup_has_unit_suffix(struct str name)
{
	for (size_t i = 0; i < sizeof unit_suffixes / sizeof *unit_suffixes; i++) {
		struct str suffix = str_of(unit_suffixes[i]);

		if (name.n > suffix.n && ends_with(name, suffix))
			return true;
	}
	return false;
}

/* systemd puts '_' before a name that the kernel could take for a file of its own. */
static struct str unescaped(struct str name)
{
	return str_starts(name, STR("_")) ? str_skip(name, 1) : name;
}

static bool is_unit(struct str name)
{
	if (!cgroup_has_unit_suffix(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!unit_char(name.p[i]))
			return false;
	return true;
}

static bool is_slice(struct str name)
{
	return ends_with(name, STR(".slice")) && is_unit(name);
}

/*
 * Skips leading slices of *path and cuts the unit behind them off. False when there is none;
 * *ret_slice is the last slice either way, or STR_NONE.
 */
static bool cut_unit(struct str *path, struct str *ret_slice, struct str *ret_unit)
{
	struct str name;

	*ret_slice = STR_NONE;
	while (next_name(path, &name)) {
		name = unescaped(name);
		if (is_slice(name)) {
			*ret_slice = name;
			continue;
		}
		*ret_unit = name;
		return is_unit(name);
	}
	return false;
}

struct str cgroup_unit(struct str path)
{
	struct str slice, unit;

	return cut_unit(&path, &slice, &unit) ? unit : STR_NONE;
}

struct str cgroup_slice(struct str path)
{
	struct str slice, unit;
	bool found = cut_unit(&path, &slice, &unit);

	if (slice.p)
		return slice;
	return found ? STR("-.slice") : STR_NONE;
}

/* The two under which a user's manager makes groups: its service, and (of old) the session. */
static bool holds_user_units(struct str unit)
{
	return (str_starts(unit, STR("user@")) && ends_with(unit, STR(".service"))) ||
	       (str_starts(unit, STR("session-")) && ends_with(unit, STR(".scope")));
}

struct str cgroup_user_unit(struct str path)
{
	struct str slice, unit;

	if (!cut_unit(&path, &slice, &unit) || !holds_user_units(unit))
		return STR_NONE;
	return cut_unit(&path, &slice, &unit) ? unit : STR_NONE;
}

bool cgroup_in_unit(struct str path, struct str unit)
{
	static const struct str service = {".service", sizeof ".service" - 1};
	bool full = cgroup_has_unit_suffix(unit);
	struct str name;

	if (unit.n == 0)
		return false;
	while (next_name(&path, &name)) {
		name = unescaped(name);
		if (!full && ends_with(name, service))
			name.n -= service.n;
		else if (!full)
			continue;
		if (str_eq(name, unit))
			return true;
	}
	return false;
}

/* ---- paths ---- */

static struct str trimmed(struct str path)
{
	while (path.n > 0 && path.p[0] == '/')
		path = str_skip(path, 1);
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static bool at_or_below(struct str path, struct str ancestor)
{
	return ancestor.n == 0 || str_eq(path, ancestor) ||
	       (path.n > ancestor.n && str_starts(path, ancestor) && path.p[ancestor.n] == '/');
}

/* The names under which the hierarchies with units are mounted where version 1 is in use. */
static const char *const mounts[] = {"unified", "systemd"};

bool cgroup_below(struct str path, struct str ancestor)
{
	static const struct str top = {"sys/fs/cgroup", sizeof "sys/fs/cgroup" - 1};

	path = trimmed(path);
	ancestor = trimmed(ancestor);
	if (at_or_below(path, ancestor))
		return true;
	if (!at_or_below(ancestor, top))
		return false;
	ancestor = trimmed(str_skip(ancestor, top.n));
	if (at_or_below(path, ancestor))
		return true;
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		struct str mount = str_of(mounts[i]);

		if (at_or_below(ancestor, mount) &&
		    at_or_below(path, trimmed(str_skip(ancestor, mount.n))))
			return true;
	}
	return false;
}

/* ---- containers ---- */

#define ID_LEAST 12
#define ID_FULL  64

static bool is_hex(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!memchr("0123456789abcdef", text.p[i], 16))
			return false;
	return text.n >= ID_LEAST && text.n <= ID_FULL;
}

/* What the runtimes put before an id. */
static const char *const runtimes[] = {
	"docker", "cri-containerd", "containerd", "nerdctl", "crio", "libpod", "podman", "buildah",
};

static bool is_runtime(struct str prefix)
{
	for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
		if (str_is(prefix, runtimes[i]))
			return true;
	return false;
}

static struct str without_suffix(struct str name, struct str suffix)
{
	if (name.n > suffix.n && ends_with(name, suffix))
		name.n -= suffix.n;
	return name;
}

/*
 * "docker-ID.scope", "kubepods-...slice:cri-containerd:ID", "libpod-ID", a bare ID of full length.
 * conmon watches a container from outside.
 */
static struct str id_in(struct str name)
{
	struct str id = without_suffix(name, STR(".scope")), prefix;
	size_t at;

	if (is_hex(id) && id.n == ID_FULL)
		return id;
	for (at = id.n; at > 0 && id.p[at - 1] != '-' && id.p[at - 1] != ':'; at--)
		;
	if (at == 0)
		return STR_NONE;
	prefix = (struct str){id.p, at - 1};
	if (ends_with(prefix, STR("conmon")))
		return STR_NONE;
	if (id.p[at - 1] == ':' && memchr(prefix.p, ':', prefix.n))
		while (memchr(prefix.p, ':', prefix.n))
			(void)str_cut(&prefix, ':');
	id = str_skip(id, at);
	return is_hex(id) && (id.n == ID_FULL || is_runtime(prefix)) ? id : STR_NONE;
}

/* Names of containers that are no ids: what stands before and behind them. */
static const struct {
	struct str before, behind;
} named_forms[] = {
	{{"lxc.payload.", 12},    {"", 0}        },
	{{"systemd-nspawn@", 15}, {".service", 8}},
	{{"machine-", 8},         {".scope", 6}  },
};

/* Folders whose members are containers, by name. */
static const char *const named_folders[] = {"lxc", "lxc.payload"};

static struct str name_in(struct str name, struct str folder)
{
	for (size_t i = 0; i < sizeof named_forms / sizeof *named_forms; i++) {
		struct str before = named_forms[i].before, behind = named_forms[i].behind;

		if (name.n > before.n + behind.n && str_starts(name, before) &&
		    ends_with(name, behind))
			return (struct str){name.p + before.n, name.n - before.n - behind.n};
	}
	for (size_t i = 0; i < sizeof named_folders / sizeof *named_folders; i++)
		if (str_is(folder, named_folders[i]))
			return name;
	return STR_NONE;
}

/* libvirt registers its machines as systemd-nspawn does. */
static bool is_virtual_machine(struct str name)
{
	return str_starts(name, STR("qemu\\x2d")) || str_starts(name, STR("qemu-"));
}

struct str cgroup_container(struct str path)
{
	struct str innermost = STR_NONE, folder = STR_NONE, name;

	while (next_name(&path, &name)) {
		struct str found = id_in(name);

		if (!found.p)
			found = name_in(name, folder);
		if (found.p && !is_virtual_machine(found))
			innermost = found;
		folder = name;
	}
	return innermost;
}
