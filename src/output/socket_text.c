/*
 * Sockets as a table. Key decision: a socket is one row however many processes hold it: the one
 * with the lowest number (who opened it, most often) has a column of its own, the rest follow its
 * name.
 */
#include "output/socket_text.h"

#include "base/text.h"
#include "output/grid.h"

#include <sys/socket.h>

#define HOLDERS_SHOWN 8 /* of one socket, where a line is of limited width */

/* ---- one value ---- */

void socket_add_protocol(struct buf *out, const struct socket *s)
{
	const char *type = socket_type_name(s);

	buf_add_text(out, socket_protocol_names[s->protocol]);
	if (s->family == AF_INET6)
		buf_add_char(out, '6');
	if ((s->protocol == SOCKET_UNIX || s->protocol == SOCKET_PACKET) && type)
		buf_printf(out, "/%s", type);
}

static void add_address(struct buf *out, const struct socket *s,
			const struct socket_address *address, const struct socket_view *view)
{
	const char *name =
		view->service && address->port ? view->service(address->port, s->protocol) : NULL;

	if (!address->family) {
		buf_add_char(out, '-');
		return;
	}
	socket_address_add_port(out, address);
	if (!name)
		return;
	while (out->p[out->n - 1] != ':')
		out->n--;
	text_add_safe(out, str_of(name));
}

static void add_path(struct buf *out, struct str path)
{
	if (path.n > 0)
		text_add_safe(out, path);
	else
		buf_add_char(out, '-');
}

/* "route:1234"; "route:kernel" is the kernel's end, "route:-" a socket without a port. */
static void add_netlink(struct buf *out, const struct socket *s)
{
	const char *name = socket_netlink_name(s);

	if (name)
		buf_add_text(out, name);
	else if (s->netlink_protocol >= 0)
		buf_add_i64(out, s->netlink_protocol);
	else
		buf_add_char(out, '-');
	if (s->netlink_port)
		buf_printf(out, ":%u", s->netlink_port);
	else if (s->netlink_protocol >= 0)
		buf_add_text(out, s->holder_count > 0 ? ":-" : ":kernel");
}

/* What it takes from which interface: "0x0003%2", "*" for any. */
static void add_packet(struct buf *out, const struct socket *s)
{
	buf_printf(out, "0x%04x", s->local.port);
	if (s->local.scope)
		buf_printf(out, "%%%u", s->local.scope);
}

void socket_add_local(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	if (s->protocol == SOCKET_NETLINK)
		add_netlink(out, s);
	else if (s->protocol == SOCKET_PACKET)
		add_packet(out, s);
	else if (s->local.family)
		add_address(out, s, &s->local, view);
	else
		add_path(out, s->path);
}

void socket_add_remote(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	if (s->remote.family)
		add_address(out, s, &s->remote, view);
	else
		add_path(out, s->peer_path);
}

/* ---- who ---- */

static void add_command(struct buf *out, int32_t pid, const struct socket_view *view)
{
	struct str name = view->command ? view->command(view->command_context, pid) : STR_NONE;

	if (name.p)
		text_add_safe(out, name);
	else
		buf_add_char(out, '?');
}

static struct str command_of(const struct socket_view *view, int32_t pid)
{
	return view->command ? view->command(view->command_context, pid) : STR_NONE;
}

/* The next process behind holder `i`; several descriptors of one are one. */
static size_t next_process(const struct socket *s, size_t i)
{
	int32_t pid = s->holders[i].pid;

	while (i < s->holder_count && s->holders[i].pid == pid)
		i++;
	return i;
}

/*
 * The processes from holder `from` on, but for `skip`: "sshd(12,13) systemd(1)". The first ones may
 * be called `before`, which stands there already: " +13,14 sshd(15)".
 */
static void add_list(struct buf *out, const struct socket *s, size_t from, int32_t skip,
		     struct str before, const struct socket_view *view)
{
	size_t shown = 0, start = out->n;
	struct str group = before;
	const char *next = " +";
	bool bracket = false;

	for (size_t i = from; i < s->holder_count; i = next_process(s, i)) {
		int32_t pid = s->holders[i].pid;
		struct str name = command_of(view, pid);

		if (pid == skip)
			continue;
		if (view->width && shown++ == HOLDERS_SHOWN) {
			buf_add_text(out, ",...");
			break;
		}
		if (!group.p || !str_eq(name, group)) {
			buf_add_text(out, bracket ? ")" : "");
			buf_add_text(out, before.p || out->n > start ? " " : "");
			add_command(out, pid, view);
			bracket = true;
			group = name;
			next = "(";
		}
		buf_printf(out, "%s%d", next, pid);
		next = ",";
	}
	buf_add_text(out, bracket ? ")" : "");
}

/* Nobody holds it, or somebody whose descriptors may not be listed. */
static const char *no_holder(const struct socket *s, const struct socket_view *view)
{
	return s->inode && view->list && view->list->unreadable ? "?" : "-";
}

static void add_first_pid(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	if (s->holder_count > 0)
		buf_add_i64(out, s->holders[0].pid);
	else
		buf_add_text(out, no_holder(s, view));
}

static void add_processes(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	struct str name;

	if (s->holder_count == 0) {
		buf_add_text(out, no_holder(s, view));
		return;
	}
	name = command_of(view, s->holders[0].pid);
	add_command(out, s->holders[0].pid, view);
	add_list(out, s, next_process(s, 0), 0, name.p ? name : STR("?"), view);
}

/* Who holds the peer: "postgres(812)". */
static void add_other_end(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	const struct socket *peer =
		view->list && s->peer_inode ? socket_list_find(view->list, s->peer_inode) : NULL;

	if (peer)
		add_list(out, peer, 0, 0, STR_NONE, view);
}

static void add_user(struct buf *out, const struct socket *s, const struct socket_view *view)
{
	struct str name = s->uid != SOCKET_UID_UNKNOWN && view->names && view->names->user
				  ? view->names->user(view->names->context, s->uid)
				  : STR_NONE;

	if (name.p)
		text_add_safe(out, name);
	else if (s->uid != SOCKET_UID_UNKNOWN)
		buf_add_u64(out, s->uid);
	else
		buf_add_char(out, '-');
}

static void add_queue(struct buf *out, uint64_t bytes)
{
	if (bytes == SOCKET_QUEUE_UNKNOWN)
		buf_add_char(out, '-');
	else
		buf_add_u64(out, bytes);
}

static void add_descriptors(struct buf *out, const struct socket *s, int32_t pid)
{
	const char *separator = "";

	for (size_t i = 0; i < s->holder_count; i++) {
		if (s->holders[i].pid != pid)
			continue;
		buf_printf(out, "%s%d", separator, s->holders[i].fd);
		separator = ",";
	}
}

/* ---- the table ---- */

static void add_namespace(struct buf *out, const struct socket *s)
{
	if (s->net_namespace)
		buf_add_u64(out, s->net_namespace);
	else
		buf_add_char(out, '?');
}

/* Cells stay empty where they say nothing: a column without any is left out. */
static void add_row(struct grid *grid, const struct socket *s, const struct socket_view *view)
{
	struct buf *descriptors = grid_cell(grid);

	if (view->pid)
		add_descriptors(descriptors, s, view->pid);
	socket_add_protocol(grid_cell(grid), s);
	grid_text(grid, socket_state_names[s->state]);
	socket_add_local(grid_cell(grid), s, view);
	socket_add_remote(grid_cell(grid), s, view);
	grid_text(grid, "");
	if (view->namespaces)
		add_namespace(&grid->text, s);
	grid_text(grid, "");
	if (view->queues)
		add_queue(&grid->text, s->receive_queue);
	grid_text(grid, "");
	if (view->queues)
		add_queue(&grid->text, s->send_queue);
	add_user(grid_cell(grid), s, view);
	grid_text(grid, "");
	if (!view->pid)
		add_first_pid(&grid->text, s, view);
	grid_text(grid, "");
	if (view->pid)
		add_list(&grid->text, s, 0, view->pid, STR_NONE, view);
	else
		add_processes(&grid->text, s, view);
	add_other_end(grid_cell(grid), s, view);
}

#define COLUMNS(last_but_one)                                                                      \
	{"FD", true}, {"PROTO", false}, {"STATE", false}, {"LOCAL", false}, {"PEER", false},       \
		{"NETNS", true}, {"RECV-Q", true}, {"SEND-Q", true}, {"USER", false},              \
		{"PID", true}, {last_but_one, false},                                              \
	{                                                                                          \
		"OTHER END", false                                                                 \
	}

static const struct grid_column of_all[] = {COLUMNS("PROCESS")};
static const struct grid_column of_one[] = {COLUMNS("ALSO HELD BY")};

void socket_add_table(struct buf *out, const struct socket *const *rows, size_t count,
		      const struct socket_view *view, unsigned indent)
{
	struct grid grid;

	grid_init(&grid, view->pid ? of_one : of_all, sizeof of_all / sizeof *of_all);
	grid.no_headings = view->no_headings;
	grid.cut = true;
	for (size_t i = 0; i < count; i++)
		add_row(&grid, rows[i], view);
	grid_print(&grid, out, indent, view->width, view->colour);
	grid_deinit(&grid);
}
