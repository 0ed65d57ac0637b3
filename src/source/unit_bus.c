/*
 * D-Bus by libsystemd. Key decision: the library is loaded when a unit is first asked for, because
 * it and what it needs would make every start of pscope half as long again; and one deadline stands
 * over connecting, authentication and all questions, since a bus may accept and then say nothing.
 */
#include "source/unit_bus.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define LIBRARY     "libsystemd.so.0"
#define PATIENCE_NS NS_PER_SEC
#define UNITS_MOST  65536

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER     "/org/freedesktop/systemd1"
#define PROPERTIES  "org.freedesktop.DBus.Properties"

struct library {
	void *handle;
	__typeof__(sd_bus_new) *new;
	__typeof__(sd_bus_set_address) *set_address;
	__typeof__(sd_bus_set_bus_client) *set_bus_client;
	__typeof__(sd_bus_start) *start;
	__typeof__(sd_bus_process) *process;
	__typeof__(sd_bus_wait) *wait;
	__typeof__(sd_bus_close) *close;
	__typeof__(sd_bus_unref) *unref;
	__typeof__(sd_bus_call_async) *call_async;
	__typeof__(sd_bus_slot_unref) *slot_unref;
	__typeof__(sd_bus_message_new_method_call) *new_method_call;
	__typeof__(sd_bus_message_set_auto_start) *set_auto_start;
	__typeof__(sd_bus_message_append) *append;
	__typeof__(sd_bus_message_read) *read;
	__typeof__(sd_bus_message_enter_container) *enter_container;
	__typeof__(sd_bus_message_get_error) *get_error;
	__typeof__(sd_bus_message_ref) *message_ref;
	__typeof__(sd_bus_message_unref) *message_unref;
};

#define AT(member) offsetof(struct library, member)

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	{"sd_bus_new",                     AT(new)            },
	{"sd_bus_set_address",             AT(set_address)    },
	{"sd_bus_set_bus_client",          AT(set_bus_client) },
	{"sd_bus_start",                   AT(start)          },
	{"sd_bus_process",                 AT(process)        },
	{"sd_bus_wait",                    AT(wait)           },
	{"sd_bus_close",                   AT(close)          },
	{"sd_bus_unref",                   AT(unref)          },
	{"sd_bus_call_async",              AT(call_async)     },
	{"sd_bus_slot_unref",              AT(slot_unref)     },
	{"sd_bus_message_new_method_call", AT(new_method_call)},
	{"sd_bus_message_set_auto_start",  AT(set_auto_start) },
	{"sd_bus_message_append",          AT(append)         },
	{"sd_bus_message_read",            AT(read)           },
	{"sd_bus_message_enter_container", AT(enter_container)},
	{"sd_bus_message_get_error",       AT(get_error)      },
	{"sd_bus_message_ref",             AT(message_ref)    },
	{"sd_bus_message_unref",           AT(message_unref)  },
};

struct unit_bus {
	struct library library;
	sd_bus *bus;
	sd_bus_message *reply; /* the last one */
	int64_t deadline_ns;
	struct buf address;
};

static int load_library(struct library *library, struct error *err)
{
	library->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library->handle)
		return error_set(err, ENOSYS, LIBRARY " cannot be loaded; install libsystemd0");
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *function = dlsym(library->handle, functions[i].name);

		if (!function)
			return error_set(err, ENOSYS, LIBRARY " is too old: it has no %s",
					 functions[i].name);
		*(void **)((char *)library + functions[i].offset) = function;
	}
	return 0;
}

/* ---- one question ---- */

static int keep_reply(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct unit_bus *bus = context;

	bus->reply = bus->library.message_ref(message);
	return 1;
}

static void drop_reply(struct unit_bus *bus)
{
	if (bus->reply)
		bus->library.message_unref(bus->reply);
	bus->reply = NULL;
}

static int wait_for_reply(struct unit_bus *bus, struct error *err)
{
	const struct library *library = &bus->library;

	while (!bus->reply) {
		int r = library->process(bus->bus, NULL);
		int64_t left_ns = bus->deadline_ns - clock_boot_ns();

		if (r == 0 && left_ns <= 0)
			return error_set(err, ETIMEDOUT, "no answer from %s within a second",
					 buf_cstr(&bus->address));
		if (r == 0)
			r = library->wait(bus->bus, (uint64_t)left_ns / 1000 + 1);
		if (r < 0 && r != -EINTR)
			return error_set(err, -r, "%s does not answer: %s", buf_cstr(&bus->address),
					 error_name(r));
	}
	return 0;
}

static int make_question(struct unit_bus *bus, const char *const *words, sd_bus_message **ret)
{
	const struct library *library = &bus->library;
	int r = library->new_method_call(bus->bus, ret, DESTINATION, words[0], words[1], words[2]);

	for (unsigned i = 3; r >= 0 && words[i]; i++)
		r = library->append(*ret, "s", words[i]);
	return r < 0 ? r : library->set_auto_start(*ret, 0);
}

/*
 * Object, interface, method, its arguments (texts), NULL. When it returns 0 the answer is in
 * bus->reply; -ENOENT and -EINVAL are answers too.
 */
static int ask(struct unit_bus *bus, const char *const *words, struct error *err)
{
	const struct library *library = &bus->library;
	sd_bus_message *message = NULL;
	const sd_bus_error *error;
	sd_bus_slot *slot = NULL;
	int r;

	drop_reply(bus);
	r = make_question(bus, words, &message);
	if (r >= 0)
		r = library->call_async(bus->bus, &slot, message, keep_reply, bus, UINT64_MAX);
	r = r < 0 ? error_set(err, -r, "a question cannot be sent: %s", error_name(r))
		  : wait_for_reply(bus, err);
	if (message)
		library->message_unref(message);
	if (slot)
		library->slot_unref(slot);
	if (r < 0)
		return r;
	error = library->get_error(bus->reply);
	if (!error)
		return 0;
	/* org.freedesktop.systemd1.NoSuchUnit, org.freedesktop.DBus.Error.InvalidArgs, ... */
	r = strstr(error->name, "NoSuch")        ? ENOENT
	    : strstr(error->name, "InvalidArgs") ? EINVAL
						 : EIO;
	return error_set(err, r, "%s", error->message ? error->message : error->name);
}

/* ---- connecting ---- */

/* The D-Bus specification, "Server Addresses": all but these bytes as %xx. */
static void add_path(struct buf *out, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_/.\\*";

	buf_add_text(out, "unix:path=");
	for (; *path; path++) {
		if (strchr(plain, *path))
			buf_add_char(out, *path);
		else
			buf_printf(out, "%%%02x", (unsigned char)*path);
	}
}

static int connect_to(struct unit_bus *bus, bool is_bus, struct error *err)
{
	const struct library *library = &bus->library;
	int r = library->new (&bus->bus);

	r = r < 0 ? r : library->set_address(bus->bus, buf_cstr(&bus->address));
	r = r < 0 ? r : library->set_bus_client(bus->bus, is_bus);
	r = r < 0 ? r : library->start(bus->bus);
	if (r >= 0)
		return 0;
	bus->bus = library->unref(bus->bus);
	return error_set(err, -r, "there is nobody at %s: %s", buf_cstr(&bus->address),
			 error_name(r));
}

/* systemd's own socket, as systemctl does: it works without a bus. Not an error when it fails. */
static bool connect_directly(struct unit_bus *bus, const char *folder)
{
	struct buf path = BUF_INIT;
	int r;

	buf_printf(&path, "%s/systemd/private", folder);
	buf_clear(&bus->address);
	add_path(&bus->address, buf_cstr(&path));
	buf_deinit(&path);
	r = connect_to(bus, false, NULL);
	return r == 0;
}

static int connect_bus(struct unit_bus *bus, const char *given, const char *folder,
		       const char *name, struct error *err)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", folder, name);
	buf_clear(&bus->address);
	if (given)
		buf_add_text(&bus->address, given);
	else
		add_path(&bus->address, buf_cstr(&path));
	buf_deinit(&path);
	return connect_to(bus, true, err);
}

/* The caller may say where; not to a pscope that has more rights than he. */
static int connect_to_machine(struct unit_bus *bus, struct error *err)
{
	const char *given = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");

	if (!given && geteuid() == 0 && connect_directly(bus, "/run"))
		return 0;
	return connect_bus(bus, given, "/run/dbus", "system_bus_socket", err);
}

static int connect_to_user(struct unit_bus *bus, uint32_t uid, struct error *err)
{
	const char *folder = NULL, *given = NULL;
	struct buf usual = BUF_INIT;
	int r = 0;

	if (uid == getuid()) {
		folder = secure_getenv("XDG_RUNTIME_DIR");
		given = secure_getenv("DBUS_SESSION_BUS_ADDRESS");
	}
	buf_printf(&usual, "/run/user/%u", uid);
	folder = folder ? folder : buf_cstr(&usual);
	if (!connect_directly(bus, folder))
		r = connect_bus(bus, given, folder, "bus", err);
	buf_deinit(&usual);
	return r;
}

/* ---- the public part ---- */

int unit_bus_open(struct unit_bus **ret_bus, uint32_t manager, struct error *err)
{
	struct unit_bus *bus = mem_alloc(sizeof *bus);
	int r = load_library(&bus->library, err);

	bus->deadline_ns = clock_boot_ns() + PATIENCE_NS;
	if (r == 0)
		r = manager == UNIT_BUS_MACHINE ? connect_to_machine(bus, err)
						: connect_to_user(bus, manager, err);
	if (r < 0) {
		unit_bus_close(bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

void unit_bus_close(struct unit_bus *bus)
{
	if (!bus)
		return;
	drop_reply(bus);
	if (bus->bus) {
		bus->library.close(bus->bus);
		bus->library.unref(bus->bus);
	}
	if (bus->library.handle)
		dlclose(bus->library.handle);
	buf_deinit(&bus->address);
	free(bus);
}

static int read_text(struct unit_bus *bus, const char *type, struct buf *out, struct error *err)
{
	const char *text = NULL;
	int r = *type == 'v' ? bus->library.read(bus->reply, "v", "s", &text)
			     : bus->library.read(bus->reply, type, &text);

	if (r < 0 || !text)
		return error_set(err, EPROTO, "systemd's answer cannot be read");
	buf_add_text(out, text);
	return 0;
}

int unit_bus_load(struct unit_bus *bus, const char *unit, struct buf *ret_object, struct error *err)
{
	const char *const words[] = {MANAGER, DESTINATION ".Manager", "LoadUnit", unit, NULL};
	int r = ask(bus, words, err);

	return r < 0 ? r : read_text(bus, "o", ret_object, err);
}

int unit_bus_property(struct unit_bus *bus, const char *object, const char *interface,
		      const char *name, struct buf *ret_value, struct error *err)
{
	struct buf full = BUF_INIT;
	int r;

	buf_printf(&full, DESTINATION ".%s", interface);
	r = ask(bus,
		(const char *const[]){object ? object : MANAGER, PROPERTIES, "Get", buf_cstr(&full),
				      name, NULL},
		err);
	buf_deinit(&full);
	return r < 0 ? r : read_text(bus, "v", ret_value, err);
}

/* ---- names like a wrong one ---- */

struct candidates {
	const char **names; /* owned; without type and escapes */
	char **units;       /* as they are */
	size_t count;
};

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The name without its type, "\x2d" as "-". */
static char *plain_name(struct str unit, size_t type)
{
	char *out = mem_alloc(unit.n + 1);
	size_t n = 0;

	for (size_t i = 0; i + type < unit.n; i++) {
		const char *c = unit.p + i;

		if (str_starts(str_skip(unit, i), STR("\\x")) && i + 3 < unit.n &&
		    hex_digit(c[2]) >= 0 && hex_digit(c[3]) >= 0) {
			out[n++] = (char)(hex_digit(c[2]) << 4 | hex_digit(c[3]));
			i += 3;
		} else {
			out[n++] = *c;
		}
	}
	return out;
}

/* name, description, load, active and sub state, followed, object, job: number, type, object */
static void read_candidates(struct unit_bus *bus, struct str type, struct candidates *ret)
{
	const struct library *library = &bus->library;
	const char *name = NULL;

	if (library->enter_container(bus->reply, 'a', "(ssssssouso)") < 0)
		return;
	while (ret->count < UNITS_MOST &&
	       library->read(bus->reply, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL, NULL,
			     NULL, NULL, NULL) > 0) {
		struct str unit = str_of(name);

		if (unit.n <= type.n || !str_eq(str_skip(unit, unit.n - type.n), type))
			continue;
		ret->names[ret->count] = plain_name(unit, type.n);
		ret->units[ret->count++] = mem_strdup(unit);
	}
}

bool unit_bus_similar(struct unit_bus *bus, const char *wrong, struct buf *out)
{
	const char *const words[] = {MANAGER, DESTINATION ".Manager", "ListUnits", NULL};
	const char *dot = strrchr(wrong, '.'), *found;
	struct str type = str_of(dot ? dot : "");
	struct candidates candidates;
	char *plain;

	if (ask(bus, words, NULL) < 0)
		return false;
	candidates = (struct candidates){mem_alloc(UNITS_MOST * sizeof(char *)),
					 mem_alloc(UNITS_MOST * sizeof(char *)), 0};
	read_candidates(bus, type, &candidates);
	plain = plain_name(str_of(wrong), type.n);
	found = nearest_name(plain, candidates.names, candidates.count);
	for (size_t i = 0; i < candidates.count; i++) {
		if (candidates.names[i] == found)
			buf_add_text(out, candidates.units[i]);
		free((char *)candidates.names[i]);
		free(candidates.units[i]);
	}
	free(candidates.names);
	free(candidates.units);
	free(plain);
	return found;
}
