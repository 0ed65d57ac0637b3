/*
 * `pscope ports`: which ports are open, and who holds them. Key decision: everything is read, then
 * chosen from: so the other end of a connection is known even when it was not asked for.
 */
#include "cli/commands.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/outfile.h"
#include "cli/env.h"
#include "output/socket_text.h"
#include "source/comm_cache.h"
#include "source/host.h"
#include "source/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

struct ports_options {
	bool listening, tcp, udp, local, all, queues, services, json, jsonl, no_headings;
	struct option_texts protocols, ports, pids;
	const char *root;
};

#define AT(member) offsetof(struct ports_options, member)

/* clang-format off */
static const struct option_row ports_rows[] = {
	{'l', "listening", NULL, OPTION_FLAG, AT(listening),
	 "only what waits for others: TCP and Unix listeners, UDP sockets without a peer"},
	{'t', "tcp", NULL, OPTION_FLAG, AT(tcp), "only TCP (options of this kind add up)"},
	{'u', "udp", NULL, OPTION_FLAG, AT(udp), "only UDP and UDP-Lite"},
	{'x', "unix", NULL, OPTION_FLAG, AT(local), "only Unix sockets"},
	{0, "protocol", "LIST", OPTION_TEXTS, AT(protocols),
	 "only these: tcp, udp, udplite, raw, icmp, unix, netlink, packet, vsock, other, or all"},
	{'p', "pid", "PID,...", OPTION_TEXTS, AT(pids), "only what these processes hold"},
	{0, "port", "N,...", OPTION_TEXTS, AT(ports),
	 "only these ports, own or of the other end"},
	{'a', "all", NULL, OPTION_FLAG, AT(all),
	 "also what is no open port: connections that no process holds any more (TIME-WAIT), "
	 "sockets that are not bound"},
	{'q', "queues", NULL, OPTION_FLAG, AT(queues),
	 "show bytes that wait to be read and sent; of listeners: connections that wait, and how many may"},
	{0, "services", NULL, OPTION_FLAG, AT(services),
	 "names of ports from the system's list of services"},
	{0, "json", NULL, OPTION_FLAG, AT(json), "write one JSON object"},
	{0, "jsonl", NULL, OPTION_FLAG, AT(jsonl), "write one JSON object a line"},
	{0, "no-headings", NULL, OPTION_FLAG, AT(no_headings), "leave the headings out"},
	{0, "root", "DIR", OPTION_TEXT, AT(root),
	 "read a captured tree, with proc in it, instead of this machine"},
	{0},
};
/* clang-format on */

/* What is to be shown. */
struct choice {
	const struct ports_options *options;
	unsigned protocols; /* 1 << enum socket_protocol */
	int32_t *pids;
	uint16_t *ports;
	size_t pid_count, port_count;
};

/* ---- the command line ---- */

#define PROTOCOLS_PORTS (1u << SOCKET_TCP | 1u << SOCKET_UDP | 1u << SOCKET_UDPLITE)
#define PROTOCOLS_ALL   ((1u << SOCKET_PROTOCOLS) - 1)

static int take_protocol(struct choice *choice, struct str word, struct error *err)
{
	const char *names[SOCKET_PROTOCOLS + 1], *nearest;
	char plain[32];

	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		names[i] = socket_protocol_names[i];
		if (!str_is(word, names[i]))
			continue;
		choice->protocols |= 1u << i;
		return 0;
	}
	names[SOCKET_PROTOCOLS] = "all";
	if (str_is(word, "all")) {
		choice->protocols = PROTOCOLS_ALL;
		return 0;
	}
	snprintf(plain, sizeof plain, "%.*s", (int)word.n, word.p);
	nearest = nearest_name(plain, names, SOCKET_PROTOCOLS + 1);
	return error_set(err, EINVAL, "--protocol %s: not a protocol; %s%s%s", plain,
			 nearest ? "did you mean " : "'pscope ports --help' lists them",
			 nearest ? nearest : "", nearest ? "?" : "");
}

static int take_number(struct str word, const char *option, const char *what, long long most,
		       long long *ret, struct error *err)
{
	if (str_to_i64(word, ret) < 0 || *ret <= 0 || *ret > most)
		return error_set(err, EINVAL, "--%s %.*s: not %s", option, (int)word.n, word.p,
				 what);
	return 0;
}

static int take_pid(struct choice *choice, struct str word, struct error *err)
{
	long long number;
	int r = take_number(word, "pid", "a process number", INT32_MAX, &number, err);

	if (r < 0)
		return r;
	choice->pids = mem_realloc(choice->pids, choice->pid_count + 1, sizeof *choice->pids);
	choice->pids[choice->pid_count++] = (int32_t)number;
	return 0;
}

static int take_port(struct choice *choice, struct str word, struct error *err)
{
	long long number;
	int r = take_number(word, "port", "a port: 1 to 65535", UINT16_MAX, &number, err);

	if (r < 0)
		return r;
	choice->ports = mem_realloc(choice->ports, choice->port_count + 1, sizeof *choice->ports);
	choice->ports[choice->port_count++] = (uint16_t)number;
	return 0;
}

/* Each word of each list, divided by commas or blanks. */
static int take_words(struct choice *choice, const struct option_texts *texts,
		      int (*take)(struct choice *choice, struct str word, struct error *err),
		      struct error *err)
{
	for (unsigned i = 0; i < texts->count; i++) {
		struct str rest = str_of(texts->items[i]);

		while (rest.n > 0) {
			size_t n = 0;
			int r;

			while (n < rest.n && rest.p[n] != ',' && rest.p[n] != ' ')
				n++;
			r = n > 0 ? take(choice, (struct str){rest.p, n}, err) : 0;
			if (r < 0)
				return r;
			rest = str_skip(rest, n + 1);
		}
	}
	return 0;
}

static int choose(struct choice *choice, const struct ports_options *options, struct error *err)
{
	int r;

	*choice = (struct choice){.options = options};
	choice->protocols = (options->tcp ? 1u << SOCKET_TCP : 0) |
			    (options->udp ? 1u << SOCKET_UDP | 1u << SOCKET_UDPLITE : 0) |
			    (options->local ? 1u << SOCKET_UNIX : 0);
	r = take_words(choice, &options->protocols, take_protocol, err);
	if (r == 0)
		r = take_words(choice, &options->pids, take_pid, err);
	if (r == 0)
		r = take_words(choice, &options->ports, take_port, err);
	if (r == 0 && options->json && options->jsonl)
		r = error_set(err, EINVAL, "--json and --jsonl exclude each other");
	/* who asks for a process wants all that it holds */
	if (!choice->protocols)
		choice->protocols = choice->pid_count > 0 ? PROTOCOLS_ALL : PROTOCOLS_PORTS;
	return r;
}

/* ---- choosing ---- */

static bool has_pid(const struct choice *choice, const struct socket *s)
{
	for (size_t i = 0; i < choice->pid_count; i++)
		if (socket_is_held(s, choice->pids[i]))
			return true;
	return choice->pid_count == 0;
}

static bool has_port(const struct choice *choice, const struct socket *s)
{
	for (size_t i = 0; i < choice->port_count; i++)
		if ((s->local.family && s->local.port == choice->ports[i]) ||
		    (s->remote.family && s->remote.port == choice->ports[i]))
			return true;
	return choice->port_count == 0;
}

/* Neither bound nor connected, or nobody's: no open port. */
static bool is_open(const struct socket *s)
{
	bool has_address = s->local.family || !(PROTOCOLS_PORTS >> s->protocol & 1);

	return has_address && (s->inode || s->listening);
}

static bool is_chosen(const struct choice *choice, const struct socket *s)
{
	return choice->protocols >> s->protocol & 1 &&
	       (s->listening || !choice->options->listening) &&
	       (is_open(s) || choice->options->all || choice->pid_count > 0) &&
	       has_pid(choice, s) && has_port(choice, s);
}

/* The chosen ones, in the order of the list: protocol first, whatever namespace. */
static size_t pick(const struct choice *choice, const struct socket_list *list,
		   const struct socket **rows)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (is_chosen(choice, &list->items[i]))
			rows[count++] = &list->items[i];
	return count;
}

/* ---- printing ---- */

static const char *service_name(uint16_t port, enum socket_protocol protocol)
{
	const struct servent *entry =
		protocol == SOCKET_TCP || protocol == SOCKET_UDP
			? getservbyport(htons(port), socket_protocol_names[protocol])
			: NULL;

	return entry ? entry->s_name : NULL;
}

static void print_json(struct buf *out, const struct socket *const *rows, size_t count,
		       const struct socket_view *view)
{
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "version"), json_u64(&j, 1);
	json_key(&j, "unreadable_processes"), json_u64(&j, view->list->unreadable);
	json_key(&j, "sockets"), json_open(&j, '[');
	for (size_t i = 0; i < count; i++)
		socket_json(&j, rows[i], view);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(out, '\n');
}

static void print_jsonl(struct buf *out, const struct socket *const *rows, size_t count,
			const struct socket_view *view)
{
	for (size_t i = 0; i < count; i++) {
		struct json j = json_into(out);

		socket_json(&j, rows[i], view);
		buf_add_char(out, '\n');
	}
}

/* A socket that is not bound stands in no table, so its namespace is not known: that says nothing. */
static bool many_namespaces(const struct socket *const *rows, size_t count)
{
	const struct socket *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!rows[i]->net_namespace && !rows[i]->local.family)
			continue;
		if (first && rows[i]->net_namespace != first->net_namespace)
			return true;
		first = rows[i];
	}
	return false;
}

static int print(struct env *env, const struct choice *choice, const struct socket_list *list,
		 struct error *err)
{
	const struct ports_options *options = choice->options;
	const struct socket **rows = mem_realloc(NULL, list->count + 1, sizeof(void *));
	size_t count = pick(choice, list, rows);
	struct names_cache *names = names_cache_new(&env->root);
	struct comm_cache *comms = comm_cache_new(&env->root);
	const struct socket_view view = {
		.list = list,
		.names = names_cache_names(names),
		.command = comm_cache_get,
		.command_context = comms,
		.service = options->services ? service_name : NULL,
		.namespaces = many_namespaces(rows, count),
		.queues = options->queues,
		.no_headings = options->no_headings,
		.colour = env->out_colour,
		.width = env->out_width,
	};
	struct outfile out;
	int r;

	outfile_open(&out, NULL, OUTFILE_IN_PLACE, env->out_fd, -1, -1, err);
	if (options->json)
		print_json(&out.pending, rows, count, &view);
	else if (options->jsonl)
		print_jsonl(&out.pending, rows, count, &view);
	else
		socket_add_table(&out.pending, rows, count, &view, 0);
	r = outfile_commit(&out, err);
	names_cache_free(names);
	comm_cache_free(comms);
	free(rows);
	return r < 0 ? r : count == 0;
}

/* ---- running ---- */

static int check_pids(const struct choice *choice, const struct root *root, struct error *err)
{
	for (size_t i = 0; i < choice->pid_count; i++) {
		cleanup_close int dirfd = root_open_pid(root, choice->pids[i]);

		if (dirfd < 0)
			return error_set(err, ESRCH, "there is no process %d", choice->pids[i]);
	}
	return 0;
}

/* Said where it matters: the holder of a shown socket, or all of a process, is not known for it. */
static void say_unreadable(const struct env *env, const struct choice *choice,
			   const struct socket_list *list)
{
	bool matters = false;

	for (size_t i = 0; i < choice->pid_count; i++)
		matters |= socket_list_unreadable(list, choice->pids[i]);
	for (size_t i = 0; i < list->count && !matters; i++)
		matters = is_chosen(choice, &list->items[i]) && list->items[i].inode &&
			  list->items[i].holder_count == 0;
	if (!matters || list->unreadable == 0)
		return;
	cli_note(env,
		 "the descriptors of %llu process%s may not be read, so some holders are not "
		 "known; %s",
		 (unsigned long long)list->unreadable, list->unreadable == 1 ? "" : "es",
		 geteuid() == 0 ? "CAP_SYS_PTRACE is missing, or a security policy forbids it"
				: "run as root to see all");
}

static int show(struct env *env, const struct choice *choice)
{
	struct socket_list list;
	struct error err;
	int r = check_pids(choice, &env->root, &err);

	if (r == 0)
		r = sockets_read_all(&env->root, NULL, 0, &list, &err);
	if (r < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	r = print(env, choice, &list, &err);
	if (r >= 0)
		say_unreadable(env, choice, &list);
	socket_list_deinit(&list);
	if (r < 0)
		return cli_fail(env, STATUS_FAILED, "%s", err.text);
	return r == 0 ? STATUS_DONE : STATUS_FAILED;
}

static int run_ports(struct env *env, const char *name, void *values, int count, char **operands)
{
	const struct ports_options *options = values;
	struct choice choice;
	struct error err;
	int status;

	if (count > 0)
		return cli_fail(env, STATUS_USAGE,
				"ports takes no operand such as '%s'; one port is --port, one "
				"process is --pid",
				operands[0]);
	if (choose(&choice, options, &err) < 0)
		status = cli_fail(env, STATUS_USAGE, "%s", err.text);
	else if (env_use_root(env, options->root, &err) < 0)
		status = cli_fail(env, STATUS_FAILED, "%s", err.text);
	else
		status = show(env, &choice);
	free(choice.pids);
	free(choice.ports);
	return status;
}

const struct command command_ports = {
	.name = "ports",
	.summary = "list open ports and sockets, and which processes hold them",
	.details = "Shows TCP and UDP of all network namespaces that processes live in "
		   "or hold sockets of; with --pid all "
		   "that the process holds. USER is who made the socket. A socket that several "
		   "processes "
		   "hold is one row: PID and PROCESS are of the lowest number, the rest follow. "
		   "OTHER END "
		   "is who holds the peer, where that is on this machine. '?' stands where a "
		   "process may "
		   "hold it whose descriptors may not be listed.\n\n"
		   "Exit status: 0, or 1 when no such socket is open.\n",
	.options = ports_rows,
	.options_size = sizeof(struct ports_options),
	.run = run_ports,
};
