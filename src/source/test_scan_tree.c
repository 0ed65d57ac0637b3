/* The pass over made-up trees of kernel files, as a captured machine is one. */
#include "source/scan_read.h"
#include "source/test_scan.h"

#include <errno.h>
#include <fcntl.h>

static void put(struct fixture *f, const char *name, const char *text)
{
	char path[128], *slash;
	int fd;

	snprintf(path, sizeof path, "%s/proc/%s", f->dir, name);
	slash = strrchr(path, '/');
	*slash = 0;
	mkdir(path, 0755);
	*slash = '/';
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void use_tree(struct fixture *f)
{
	root_close(&f->root);
	if (root_open(&f->root, f->dir, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

#define STAT(pid, flags)                                                                           \
	pid " (x) S 1 1 1 0 -1 " flags " 0 0 0 0 5 6 0 0 20 0 1 0 500 4096 2 0 0 0 0 0 0 0 0 0 "   \
	    "0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void test_tree(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s;

	put(f, "uptime", "123.45 99.00\n");
	put(f, "12/stat", STAT("12", "0"));
	put(f, "12/status", "Name:\tx\nTgid:\t12\nUid:\t7 8 9 10\nGid:\t1 2 3 4\nVmRSS:\t  8 kB\n");
	put(f, "7/stat", STAT("7", "0")); /* nothing else could be read */
	put(f, "100/stat", STAT("100", "2097152"));
	put(f, "33/stat", "33 (damaged\n");
	put(f, "34/cmdline", "no stat");
	put(f, "0/stat", STAT("0", "0"));
	put(f, "099/stat", STAT("99", "0"));
	put(f, "99999999999/stat", STAT("99", "0"));
	use_tree(f);
	f->options.parts = ALL_PARTS & ~PART_BIT(PART_STATUS);
	pass(f);
	assert_int_equal(f->list.count, 3);
	assert_int_equal(f->list.unreadable, 2);
	assert_int_equal(f->list.time_ns, 123450000000);
	s = find(f, 7);
	assert_non_null(s);
	assert_int_equal(s->known, PART_BIT(PART_STAT) | PART_BIT(PART_STAT_REST));
	assert_int_equal(s->denied, 0);
	assert_int_equal(s->time_ns, 123450000000);
	/* its files belong to who made the tree, the process did not */
	s = find(f, 12);
	assert_int_equal(s->euid, 8);
	assert_int_equal(s->egid, 2);
	assert_int_equal(s->rss_bytes, 8192);
	assert_false(snapshot_knows(s, PART_BIT(PART_CPU_CLOCK)));
	/* a kernel thread has no arguments, which is known */
	s = find(f, 100);
	assert_true(snapshot_knows(s, PART_BIT(PART_CMDLINE)));
	assert_int_equal(s->cmdline.n, 0);
}

static void test_tree_links(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s;
	char path[128];

	put(f, "5/stat", STAT("5", "0"));
	put(f, "5/oom_score", "667\n");
	put(f, "5/oom_score_adj", "-998\n");
	put(f, "5/loginuid", "4294967295");
	put(f, "5/sessionid", "4294967295");
	put(f, "5/wchan", "0");
	put(f, "5/fd/0", "");
	put(f, "5/fd/1", "");
	snprintf(path, sizeof path, "%s/proc/5/exe", f->dir);
	assert_int_equal(symlink("/usr/bin/gone (deleted)", path), 0);
	snprintf(path, sizeof path, "%s/proc/5/cwd", f->dir);
	assert_int_equal(symlink("/x (deleted)", path), 0);
	put(f, "6/stat", "6 (x (deleted)) S 1 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 5 4096 2\n");
	snprintf(path, sizeof path, "%s/proc/6/exe", f->dir);
	assert_int_equal(symlink("/bin/x (deleted)", path), 0);
	snprintf(path, sizeof path, "%s/proc/5/ns", f->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/proc/5/ns/net", f->dir);
	assert_int_equal(symlink("net:[4026531840]", path), 0);
	use_tree(f);
	pass(f);
	s = find(f, 5);
	assert_true(str_is(s->exe, "/usr/bin/gone"));
	assert_true(s->exe_deleted);
	assert_true(str_is(s->cwd, "/x"));
	assert_true(str_is(find(f, 6)->exe, "/bin/x (deleted)"));
	assert_false(find(f, 6)->exe_deleted);
	assert_int_equal(find(f, 6)->known & PART_BIT(PART_STAT_REST), 0);
	assert_int_equal(s->fd_count, 2);
	assert_int_equal(s->oom_score, 667);
	assert_int_equal(s->oom_adjust, -998);
	assert_true(s->login_uid == UINT32_MAX && s->session == UINT32_MAX);
	assert_true(snapshot_knows(s, PART_BIT(PART_WCHAN)));
	assert_int_equal(s->wchan.n, 0);
	assert_true(s->namespaces[NS_NET] == 4026531840);
	assert_int_equal(s->namespaces[NS_USER], 0);
}

#define STAT_D(pid)                                                                                \
	pid " (x) D 1 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 500 4096 2 0 0 0 0 0 0 0 0 0 "           \
	    "0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

/* Who waits in state D may hold the lock of its memory: it is not asked for its arguments. */
static void test_waiting(void **state)
{
	struct fixture *f = *state;
	const uint32_t cmdline = PART_BIT(PART_CMDLINE);
	struct scan_reader reader;
	struct scan_place place;
	struct snapshot s, old;

	put(f, "7/stat", STAT_D("7"));
	put(f, "7/cmdline", "x");
	put(f, "7/wchan", "io_schedule");
	put(f, "8/stat", STAT_D("8"));
	put(f, "8/cmdline", "x");
	put(f, "8/wchan", "kernel_clone");
	put(f, "9/stat", STAT_D("9"));
	put(f, "9/cmdline", "x"); /* its wchan could not be read */
	use_tree(f);
	pass(f);
	assert_int_equal(find(f, 7)->known & cmdline, 0);
	assert_int_equal(find(f, 7)->denied & cmdline, 0);
	assert_int_equal(find(f, 8)->known & cmdline, cmdline);
	assert_int_equal(find(f, 9)->known & cmdline, 0);

	/* looked at again when it runs on */
	s = old = *find(f, 7);
	scan_reader_init(&reader, &f->root);
	place = (struct scan_place){
		f->root.proc_fd, scan_open_directory(f->root.proc_fd, 7), 7, 7, false, cmdline};
	scan_read_locking(&reader, &place, &f->list.arena, &s);
	assert_int_equal(s.known & cmdline, 0);
	put(f, "7/stat", STAT("7", "0"));
	scan_read_locking(&reader, &place, &f->list.arena, &s);
	assert_int_equal(s.known & cmdline, cmdline);
	/* of another process nothing is taken */
	old.stat.start_ns -= IDENT_GRAIN_TICKS;
	scan_read_locking(&reader, &place, &f->list.arena, &old);
	assert_int_equal(old.known & cmdline, 0);
	close(place.dirfd);
	scan_reader_deinit(&reader);
}

static void test_no_proc(void **state)
{
	struct fixture *f = *state;
	struct scan *scan;

	/* an empty directory where proc should be */
	use_tree(f);
	f->root.live = true;
	assert_int_equal(scan_new(&scan, &f->options, &f->err), -ENODEV);
	assert_non_null(strstr(f->err.text, "mount -t proc"));
	f->root.live = false;
	pass(f);
	assert_int_equal(f->list.count, 0);
	assert_null(scan_free(NULL));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_tree),
		CASE(test_tree_links),
		CASE(test_waiting),
		CASE(test_no_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
