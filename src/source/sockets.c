/*
 * The sockets of network namespaces, and who holds them. Key decision: each namespace's tables are
 * read once, through whichever of its processes lives long enough, over netlink where the kernel
 * lets pscope, else from the text files; inode numbers then join them with descriptors.
 */
#include "source/sockets.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "procfs/net.h"
#include "source/scan_numbers.h"
#include "source/sock_diag.h"
#include "source/sock_holders.h"
#include "source/sock_index.h"
#include "source/sock_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define TABLE_MAX ((size_t)1 << 30)

/* A process, and the network namespace that it lives in. */
struct member {
	uint64_t namespace;   /* inode number; 0: not known */
	uint64_t table_inode; /* of its net/dev: tells namespaces apart where the number does not */
	int32_t pid;
};

struct pass {
	const struct root *root;
	struct member *members;
	size_t member_count, member_capacity;
	bool procfs;       /* a proc of a kernel, not files that were captured */
	struct member own; /* pscope's */
	struct sock_holders holders;
	struct socket_list *list;
	struct buf text;
	unsigned tables; /* that were read */
};

void socket_list_deinit(struct socket_list *list)
{
	free(list->items);
	free(list->by_inode);
	arena_deinit(&list->arena);
	*list = (struct socket_list){0};
}

/* ---- the tables of one namespace ---- */

struct adding {
	struct socket_list *list;
	uint64_t namespace;
};

static void add_socket(void *context, const struct socket *s)
{
	const struct adding *adding = context;
	struct socket_list *list = adding->list;
	struct socket *item;

	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 256;
		list->items = mem_realloc(list->items, list->capacity, sizeof *list->items);
	}
	item = &list->items[list->count++];
	*item = *s;
	item->net_namespace = adding->namespace;
	item->path = arena_str(&list->arena, s->path);
}

/* From net/NAME below `dirfd`. 0, or -errno: a kernel without that protocol has no such file. */
static int read_text(struct pass *pass, int dirfd, const struct procfs_net_file *file,
		     struct adding *adding)
{
	struct procfs_net net;
	struct socket s;
	int r;

	buf_clear(&pass->text);
	r = root_read(dirfd, file->name, &pass->text, TABLE_MAX);
	if (r == 0)
		r = procfs_net_begin(&net, file, buf_str(&pass->text));
	if (r < 0)
		return r;
	while (procfs_net_next(&net, &s))
		add_socket(adding, &s);
	return 0;
}

static int read_diag(int diag, const struct procfs_net_file *file, struct adding *adding)
{
	size_t before = adding->list->count;
	int r = diag < 0 || !sock_diag_knows(file->protocol, file->family)
			? -EOPNOTSUPP
			: sock_diag_read(diag, file->protocol, file->family, add_socket, adding);

	if (r < 0)
		adding->list->count = before;
	return r;
}

/*
 * All tables, through the folder "net" of a process. 0; 1 when it vanished meanwhile: then nothing
 * of it is in the list.
 */
static int read_tables(struct pass *pass, int dirfd, int diag, uint64_t namespace)
{
	cleanup_close int net = openat(dirfd, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct adding adding = {pass->list, namespace};
	size_t before = pass->list->count;
	unsigned tables = 0;

	if (net < 0)
		return 1;
	for (unsigned i = 0; i < procfs_net_file_count; i++) {
		const struct procfs_net_file *file = &procfs_net_files[i];

		tables += read_diag(diag, file, &adding) == 0 ||
			  read_text(pass, net, file, &adding) == 0;
	}
	/* a file that is missing is missing in the kernel, unless the process has gone */
	if (pass->procfs && faccessat(net, "dev", F_OK, 0) < 0) {
		pass->list->count = before;
		return 1;
	}
	pass->tables += tables;
	return 0;
}

static bool is_same_namespace(const struct member *a, const struct member *b)
{
	return a->namespace && b->namespace ? a->namespace == b->namespace
					    : a->table_inode && a->table_inode == b->table_inode;
}

static int read_through(struct pass *pass, const struct member *member)
{
	cleanup_close int dirfd = root_open_pid(pass->root, member->pid), diag = -1;

	if (dirfd < 0)
		return 1;
	if (pass->root->live)
		diag = sock_diag_open(is_same_namespace(member, &pass->own) ? -1 : dirfd);
	return read_tables(pass, dirfd, diag, member->namespace);
}

/* ---- who lives in which ---- */

static uint64_t table_inode(int dirfd, const char *path)
{
	struct stat status;

	return fstatat(dirfd, path, &status, 0) == 0 ? status.st_ino : 0;
}

/* The number in "net:[4026531840]"; 0 where it may not be known. */
static uint64_t namespace_of(int dirfd, const char *path)
{
	struct buf link = BUF_INIT;
	unsigned long long number = 0;
	struct str text;

	if (root_read_link(dirfd, path, &link) == 0) {
		text = buf_str(&link);
		if (str_starts(text, STR("net:[")) && text.p[text.n - 1] == ']')
			str_to_u64((struct str){text.p + 5, text.n - 6}, &number);
	}
	buf_deinit(&link);
	return number;
}

static struct member make_member(const struct pass *pass, int dirfd, int32_t pid)
{
	struct member member = {.pid = pid, .namespace = namespace_of(dirfd, "ns/net")};

	if (!member.namespace && pass->procfs)
		member.table_inode = table_inode(dirfd, "net/dev");
	return member;
}

static void start(struct pass *pass, const struct root *root, struct socket_list *list)
{
	struct statfs system;

	*pass = (struct pass){.root = root, .list = list};
	pass->procfs = fstatfs(root->proc_fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
	pass->own.namespace = namespace_of(root->proc_fd, "thread-self/ns/net");
	pass->own.table_inode = table_inode(root->proc_fd, "thread-self/net/dev");
}

static void add_member(struct pass *pass, struct member member)
{
	if (pass->member_count == pass->member_capacity) {
		pass->member_capacity = pass->member_capacity ? 2 * pass->member_capacity : 256;
		pass->members =
			mem_realloc(pass->members, pass->member_capacity, sizeof *pass->members);
	}
	pass->members[pass->member_count++] = member;
}

static void add_process(struct pass *pass, int32_t pid)
{
	cleanup_close int dirfd = root_open_pid(pass->root, pid);
	struct member member;

	if (dirfd < 0)
		return;
	member = make_member(pass, dirfd, pid);
	if (sock_holders_add(&pass->holders, dirfd, pid) == 0 || !pass->procfs)
		add_member(pass, member);
}

static int add_all_processes(struct pass *pass, struct error *err)
{
	cleanup_close int fd = openat(pass->root->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct scan_numbers pids = {0};
	int r = root_check_proc(pass->root, err);

	if (r < 0)
		return r;
	r = fd < 0 ? -errno : scan_numbers_list(&pids, fd);
	for (size_t i = 0; i < pids.count; i++)
		add_process(pass, pids.items[i]);
	scan_numbers_deinit(&pids);
	return r < 0 ? error_set(err, -r, "cannot list the processes: %s", error_name(r)) : 0;
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->namespace != b->namespace)
		return a->namespace < b->namespace ? -1 : 1;
	if (a->table_inode != b->table_inode)
		return a->table_inode < b->table_inode ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* The table of a namespace that is known through another process tells where a member lives. */
static void recognise(struct pass *pass, struct member *member)
{
	const struct member *last = NULL;

	if (is_same_namespace(&pass->own, member)) {
		member->namespace = pass->own.namespace;
		return;
	}
	for (size_t i = 0; i < pass->member_count; i++) {
		const struct member *known = &pass->members[i];
		cleanup_close int dirfd = -1;

		if (!known->namespace || (last && last->namespace == known->namespace))
			continue;
		last = known;
		dirfd = root_open_pid(pass->root, known->pid);
		if (dirfd >= 0 && table_inode(dirfd, "net/dev") == member->table_inode) {
			member->namespace = known->namespace;
			return;
		}
	}
}

/* Afterwards the members of one namespace stand side by side. */
static void group(struct pass *pass)
{
	uint64_t inode = 0, namespace = 0;

	if (pass->member_count == 0)
		return;
	qsort(pass->members, pass->member_count, sizeof *pass->members, compare_members);
	for (size_t i = 0; i < pass->member_count && !pass->members[i].namespace; i++) {
		struct member *member = &pass->members[i];

		if (member->table_inode && member->table_inode != inode) {
			inode = member->table_inode;
			recognise(pass, member);
			namespace = member->namespace;
		} else if (member->table_inode) {
			member->namespace = namespace;
		}
		if (member->namespace)
			member->table_inode = 0;
	}
	qsort(pass->members, pass->member_count, sizeof *pass->members, compare_members);
}

/* Those whose namespace is told by nothing: most likely they live where the others do. */
static bool is_lost(const struct member *member)
{
	return !member->namespace && !member->table_inode;
}

static void read_namespaces(struct pass *pass, bool lost)
{
	const struct member *members = pass->members;

	for (size_t i = 0, end; i < pass->member_count; i = end) {
		bool done = is_lost(&members[i]) != lost;

		for (end = i;
		     end < pass->member_count && members[end].namespace == members[i].namespace &&
		     members[end].table_inode == members[i].table_inode;
		     end++)
			done = done || read_through(pass, &members[end]) == 0;
	}
}

/* ---- the whole ---- */

static bool is_read(const struct pass *pass, uint64_t namespace)
{
	for (size_t i = 0; i < pass->member_count; i++)
		if (pass->members[i].namespace == namespace)
			return true;
	return false;
}

/* Reads the namespace of a held socket, unless that was done. */
static void read_namespace_of(struct pass *pass, const struct sock_held *held)
{
	struct adding adding = {pass->list, 0};
	cleanup_close int there = sock_namespace_open(held, &adding.namespace), diag = -1;

	if (there < 0 || is_read(pass, adding.namespace))
		return;
	add_member(pass, (struct member){.namespace = adding.namespace});
	diag = sock_diag_open_there(there);
	for (unsigned i = 0; diag >= 0 && i < procfs_net_file_count; i++)
		(void)read_diag(diag, &procfs_net_files[i], &adding);
}

/* A socket may belong where no process lives: one that was passed on, or whose maker has left. */
static void read_uninhabited(struct pass *pass)
{
	const struct sock_holders *holders = &pass->holders;
	size_t before = pass->list->count;

	if (!pass->root->live)
		return;
	for (size_t i = 0; i < holders->count; i++)
		if ((i == 0 || holders->items[i].inode != holders->items[i - 1].inode) &&
		    !socket_list_find(pass->list, holders->items[i].inode))
			read_namespace_of(pass, &holders->items[i]);
	if (pass->list->count > before)
		sock_index_make(pass->list);
}

/* What is held but stands in no table. */
static void add_others(struct pass *pass)
{
	const struct sock_holders *holders = &pass->holders;
	struct adding adding = {pass->list, 0};
	struct socket s;

	for (size_t i = 0, end; i < holders->count; i = end) {
		uint64_t inode = holders->items[i].inode;
		bool known = socket_list_find(pass->list, inode), found = false;

		for (end = i; end < holders->count && holders->items[end].inode == inode; end++)
			found = found ||
				(!known && sock_holders_ask(pass->root, &holders->items[end],
							    &pass->list->arena, &s));
		if (found)
			add_socket(&adding, &s);
	}
}

static void take_unreadable(struct pass *pass)
{
	size_t n = pass->holders.unreadable_count;
	int32_t *pids = arena_alloc(&pass->list->arena, (n + 1) * sizeof *pids);

	if (n > 0)
		memcpy(pids, pass->holders.unreadable, n * sizeof *pids);
	pass->list->unreadable_pids = pids;
	pass->list->unreadable = n;
}

static void finish(struct pass *pass)
{
	sock_holders_sort(&pass->holders);
	sock_index_make(pass->list);
	read_uninhabited(pass);
	add_others(pass);
	sock_index_make(pass->list);
	sock_index_join(pass->list, pass->holders.items, pass->holders.count);
	take_unreadable(pass);
}

static void pass_deinit(struct pass *pass)
{
	free(pass->members);
	sock_holders_deinit(&pass->holders);
	buf_deinit(&pass->text);
}

/* A captured tree may hold the tables at its top only. */
static int no_tables(struct pass *pass, struct error *err)
{
	if (read_tables(pass, pass->root->proc_fd, -1, 0) == 0 && pass->tables > 0)
		return 0;
	return error_set(err, ENOENT,
			 "no table of sockets could be read: the files tcp, unix and so on below "
			 "net are missing in each process's directory");
}

int sockets_read_of(const struct root *root, int32_t pid, struct socket_list *ret,
		    struct error *err)
{
	cleanup_close int dirfd = root_open_pid(root, pid);
	struct socket_list list = {0};
	struct member member;
	struct pass pass;
	int r = dirfd < 0;

	start(&pass, root, &list);
	if (r == 0) {
		member = make_member(&pass, dirfd, pid);
		r = read_through(&pass, &member);
		if (!pass.procfs && (r > 0 || pass.tables == 0))
			r = no_tables(&pass, err);
	}
	finish(&pass);
	pass_deinit(&pass);
	if (r == 0)
		*ret = list;
	else
		socket_list_deinit(&list);
	return r;
}

int sockets_read_all(const struct root *root, const int32_t *pids, size_t pid_count,
		     struct socket_list *ret, struct error *err)
{
	struct socket_list list = {0};
	struct pass pass;
	int r = 0;

	start(&pass, root, &list);
	for (size_t i = 0; pids && i < pid_count; i++)
		add_process(&pass, pids[i]);
	if (!pids)
		r = add_all_processes(&pass, err);
	if (r == 0) {
		group(&pass);
		read_namespaces(&pass, false);
		if (pass.tables == 0)
			read_namespaces(&pass, true);
		if (pass.member_count > 0 && pass.tables == 0)
			r = no_tables(&pass, err);
	}
	finish(&pass);
	pass_deinit(&pass);
	if (r == 0)
		*ret = list;
	else
		socket_list_deinit(&list);
	return r;
}
