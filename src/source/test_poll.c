/* Looking again and again, at a tree that stands in for proc and changes between the looks. */
#include "source/poll.h"

#include "base/buf.h"
#include "base/clock.h"
#include "model/snapshot.h"
#include "source/test_tree.h"

#include <sys/stat.h>

struct fixture {
	struct tree tree;
	struct source *source;
	struct buf text;
	struct record last; /* without its texts */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	tree_make(&f->tree);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->source)
		f->source->ops->close(f->source);
	tree_remove(&f->tree);
	buf_deinit(&f->text);
	free(f);
	return 0;
}

/* A process that is called p<pid>. */
static void put(struct fixture *f, int pid, int ppid, unsigned start_ticks)
{
	char name[16];

	snprintf(name, sizeof name, "p%d", pid);
	tree_put(&f->tree, pid, ppid, start_ticks, 'S', 1, name);
}

/* What stat tells of its group, its flags and where code and stack begin; 0: it does not tell. */
struct rest {
	const char *comm;
	int pgid;
	unsigned flags;
	unsigned long code, stack;
};

static void put_rest(struct fixture *f, int pid, int ppid, struct rest rest)
{
	char text[512];
	int n = snprintf(
		text, sizeof text,
		"%d (%s) S %d %d 8 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 50 0 0 0 %lu 0 %lu 0 0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, rest.comm, ppid, rest.pgid, rest.flags, rest.code, rest.stack);

	tree_put(&f->tree, pid, ppid, 50, 'S', 1, rest.comm);
	tree_put_file(&f->tree, pid, "stat", text, (size_t)n);
}

static void begin_for(struct fixture *f, const struct cgroup_ref *cgroups, unsigned count)
{
	const struct source_options options = {.root = &f->tree.root,
					       .everything = true,
					       .cgroups = cgroups,
					       .cgroup_count = count,
					       .interval_ns = 1};
	struct error err = {""};

	f->source = poll_kind.create(&options);
	if (f->source->ops->open(f->source, &err) < 0)
		fail_msg("%s", err.text);
}

static void begin(struct fixture *f)
{
	begin_for(f, NULL, 0);
}

static void add_name(struct fixture *f, struct str name)
{
	if (name.n > 0)
		buf_printf(&f->text, " %.*s", (int)name.n, name.p);
}

static void add_record(struct fixture *f, const struct record *record)
{
	buf_printf(&f->text, "%s%s %d", f->text.n ? ", " : "", record_layouts[record->kind].name,
		   record->pid);
	if (record->kind == RECORD_FORK && record->fork.parent.tgid)
		buf_printf(&f->text, "<%d", record->fork.parent.tgid);
	add_name(f, record->kind == RECORD_FORK   ? record->fork.comm
		    : record->kind == RECORD_EXEC ? record->exec.filename
		    : record->kind == RECORD_COMM ? record->comm.comm
						  : STR_NONE);
	if (record->covered)
		buf_add_text(&f->text, " covered");
	assert_true(record->inferred);
	if (record->kind == RECORD_EXIT)
		assert_int_equal(record->exit.status, STATUS_UNKNOWN);
}

/* Looks, and says what has happened: "KIND PID<PARENT NAME". */
static const char *look(struct fixture *f)
{
	struct record record;
	struct error err = {""};
	int r;

	buf_clear(&f->text);
	while ((r = f->source->ops->next(f->source, &record, &err)) == SOURCE_RECORD) {
		add_record(f, &record);
		f->last = record;
	}
	if (r < 0)
		fail_msg("%s", err.text);
	return buf_cstr(&f->text);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	begin(f);
	assert_string_equal(look(f), "");
	assert_string_equal(look(f), "");
}

/* Parents before their children, whatever their numbers; each once. */
static void test_births(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	begin(f);
	put(f, 9, 1, 40);
	put(f, 5, 9, 41);
	assert_string_equal(look(f), "fork 9<1, exec 9 /bin/p9, fork 5<9, exec 5 /bin/p5");
	assert_string_equal(look(f), "");
	put(f, 7, 99, 50); /* whose parent nobody knows */
	assert_string_equal(look(f), "fork 7, exec 7 /bin/p7");
}

/* Who has executed nothing is born with the name of its parent, and may have taken another. */
static void test_forks_only(void **state)
{
	struct fixture *f = *state;

	put_rest(f, 1, 0, (struct rest){"a", 7, 0, 100, 200});
	begin(f);
	put_rest(f, 2, 1, (struct rest){"a", 7, 0, 100, 200});
	put_rest(f, 3, 1, (struct rest){"b", 7, 0, 100, 200});
	put_rest(f, 4, 1, (struct rest){"a", 7, 0, 100, 300});
	assert_string_equal(look(f),
			    "fork 2<1, comm 2 a, fork 3<1, comm 3 b, fork 4<1, exec 4 /bin/a");
}

static void test_birth_is_told_of_one(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	begin(f);
	put_rest(f, 2, 1, (struct rest){"a", 2, 0, 100, 200});
	f->source->ops->next(f->source, &f->last, NULL);
	assert_int_equal(f->last.kind, RECORD_FORK);
	assert_true(ident_match(f->last.ident, (struct ident){2, IDENT_GRAIN_TICKS, 500000000}));
	/* its group is its own doing, not that of who forked it */
	assert_int_equal(f->last.standing.ppid, 1);
	assert_int_equal(f->last.standing.pgid, 0);
	f->source->ops->next(f->source, &f->last, NULL);
	assert_int_equal(f->last.kind, RECORD_EXEC);
	assert_int_equal(f->last.standing.pgid, 2);
	assert_int_equal(f->last.standing.uid.effective, 1001);
	assert_int_equal(f->last.exec.argv.n, 5);
}

static void test_ends(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	put(f, 2, 1, 5);
	put(f, 3, 1, 5);
	begin(f);
	tree_drop(&f->tree, 2);
	tree_put_stat(&f->tree, 3, 1, 5, 'Z', 1, "p3");
	assert_string_equal(look(f), "exit 2, exit 3");
	tree_drop(&f->tree, 3);
	assert_string_equal(look(f), "");
}

/* A number that came back is an end and a birth, in this order. */
static void test_reuse(void **state)
{
	struct fixture *f = *state;
	struct record exit, fork;

	put(f, 1, 0, 1);
	put(f, 2, 1, 5);
	begin(f);
	put(f, 2, 1, 6);
	f->source->ops->next(f->source, &exit, NULL);
	f->source->ops->next(f->source, &fork, NULL);
	assert_int_equal(exit.kind, RECORD_EXIT);
	assert_int_equal(exit.ident.start_ns, 50000000);
	assert_int_equal(fork.kind, RECORD_FORK);
	assert_int_equal(fork.ident.start_ns, 60000000);
	assert_true(exit.time_ns <= fork.time_ns);
	assert_string_equal(look(f), "exec 2 /bin/p2");
}

/* Parent and child in one look; the parent's number was another's before. */
static void test_reused_parent(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	put(f, 8, 1, 5);
	begin(f);
	put(f, 8, 1, 60);
	put(f, 3, 8, 61);
	assert_string_equal(look(f), "exit 8, fork 8<1, exec 8 /bin/p8, fork 3<8, exec 3 /bin/p3");
	put(f, 4, 8, 2); /* born before who has the number: not of that one */
	assert_string_equal(look(f), "fork 4, exec 4 /bin/p4");
}

static void test_changes(void **state)
{
	struct fixture *f = *state;

	put_rest(f, 1, 0, (struct rest){"a", 7, 0, 100, 200});
	begin(f);
	put_rest(f, 1, 0, (struct rest){"a", 7, 0, 100, 300});
	assert_string_equal(look(f), "exec 1 /bin/a");
	put_rest(f, 1, 0, (struct rest){"b", 7, 0, 100, 300});
	assert_string_equal(look(f), "comm 1 b");
	put_rest(f, 1, 0, (struct rest){"b", 9, 0, 100, 300});
	assert_string_equal(look(f), "comm 1 b");
	assert_int_equal(f->last.standing.pgid, 9);
	/* whose stack may not be known */
	put_rest(f, 1, 0, (struct rest){"c", 9, 0, 1, 0});
	assert_string_equal(look(f), "exec 1 /bin/c");
	put_rest(f, 1, 0, (struct rest){"c", 9, 0, 1, 0});
	assert_string_equal(look(f), "");
}

/* Its workers are called by what they do. */
static void test_kernel_threads(void **state)
{
	const unsigned flags = SNAPSHOT_PF_KTHREAD;
	struct fixture *f = *state;

	put_rest(f, 2, 0, (struct rest){"kthreadd", 0, flags, 0, 0});
	put_rest(f, 3, 2, (struct rest){"kworker/0:1-a", 0, flags, 0, 0});
	begin(f);
	put_rest(f, 3, 2, (struct rest){"kworker/0:1+b", 0, flags, 0, 0});
	put_rest(f, 4, 2, (struct rest){"kworker/1:1-c", 0, flags, 0, 0});
	assert_string_equal(look(f), "fork 4<2 kworker/1:1-c");
	/* the kernel starts a program */
	put_rest(f, 4, 2, (struct rest){"modprobe", 0, 0, 100, 200});
	assert_string_equal(look(f), "exec 4 /bin/modprobe");
}

static void put_machine_file(struct fixture *f, const char *name, const char *text)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", f->tree.dir, name);
	for (char *at = strchr(path + strlen(f->tree.dir) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(path, 0700);
		*at = '/';
	}
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Who was born there is read of himself, who was moved there of the cgroup. */
static void test_cgroups(void **state)
{
	const struct cgroup_ref ref = {.id = 1, .path = "/jobs"};
	struct fixture *f = *state;

	put_machine_file(f, "proc/self/mountinfo",
			 "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put_machine_file(f, "proc/self/cgroup", "0::/\n");
	put_machine_file(f, "sys/fs/cgroup/cgroup.procs", "1\n2\n3\n");
	put(f, 1, 0, 1);
	put(f, 2, 1, 1);
	put(f, 3, 1, 1);
	tree_put_file(&f->tree, 2, "cgroup", "0::/\n", 5);
	tree_put_file(&f->tree, 3, "cgroup", "0::/\n", 5);
	root_close(&f->tree.root);
	assert_int_equal(root_open(&f->tree.root, f->tree.dir, NULL), 0);
	begin_for(f, &ref, 1);
	put(f, 4, 1, 30); /* in /jobs/4 */
	put_machine_file(f, "sys/fs/cgroup/jobs/4/cgroup.procs", "4\n");
	assert_string_equal(look(f), "fork 4<1 covered, exec 4 /bin/p4 covered");
	put_machine_file(f, "sys/fs/cgroup/jobs/cgroup.procs", "0\n2\nx\n99999999999\n");
	tree_put_file(&f->tree, 2, "cgroup", "0::/jobs\n", 9);
	assert_string_equal(look(f), "comm 2 p2 covered");
	assert_string_equal(look(f), "");
}

/* What has happened by then is told of, and then nothing any more. */
static void test_stop(void **state)
{
	struct source_options options = {.interval_ns = NS_PER_SEC * 3600};
	struct fixture *f = *state;
	struct record record;

	put(f, 1, 0, 1);
	options.root = &f->tree.root;
	f->source = poll_kind.create(&options);
	assert_int_equal(f->source->ops->open(f->source, NULL), 0);
	put(f, 2, 1, 2);
	assert_string_equal(look(f), ""); /* it is not time yet */
	f->source->ops->stop(f->source);
	assert_string_equal(look(f), "fork 2<1, exec 2 /bin/p2");
	assert_int_equal(f->source->ops->next(f->source, &record, NULL), SOURCE_END);
}

/* A damaged tree leads nowhere round and round. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;

	put(f, 1, 0, 1);
	begin(f);
	put(f, 2, 3, 5);
	put(f, 3, 2, 5);
	put(f, 4, 4, 5);
	tree_put_file(&f->tree, 5, "stat", "5 (x", 4);
	tree_put_file(&f->tree, 6, "stat", "", 0);
	assert_string_equal(look(f), "fork 3<2, exec 3 /bin/p3, fork 2<3, exec 2 /bin/p2, "
				     "fork 4, exec 4 /bin/p4");
}

static void test_captured_machine(void **state)
{
	struct fixture *f = *state;
	struct error err = {""};
	const struct source_options options = {.root = &f->tree.root};

	assert_true(poll_kind.probe(&options, &err) < 0);
	assert_string_equal(err.text,
			    "it looks at the running machine only, not at a captured one; "
			    "leave out --root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_births, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forks_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_birth_is_told_of_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_parent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kernel_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cgroups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_captured_machine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
