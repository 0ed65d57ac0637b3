/* Who ran already, from a tree that stands in for proc and changes between the two looks. */
#include "source/seen.h"

#include "base/buf.h"
#include "model/record_text.h"
#include "source/test_tree.h"

struct fixture {
	struct tree tree;
	struct source *source;
	struct buf text;
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
static void put_process(struct fixture *f, int pid, int ppid, unsigned start_ticks, char state,
			unsigned threads)
{
	char name[16];

	snprintf(name, sizeof name, "p%d", pid);
	tree_put(&f->tree, pid, ppid, start_ticks, state, threads, name);
}

static void look(struct fixture *f, const struct cgroup_ref *cgroups, unsigned count)
{
	f->source = seen_new(&(struct seen_options){
		.root = &f->tree.root, .cgroups = cgroups, .cgroup_count = count});
}

/* Each life that is told of has a sample right behind it: what it had used by then. */
static bool is_sample_of(const struct record *record, int32_t told)
{
	if (record->kind != RECORD_SAMPLE)
		return false;
	assert_int_equal(record->pid, told);
	assert_true(usage_knows(&record->usage, USAGE_CPU_USER_NS));
	return true;
}

/* All other records, "KIND PID<PARENT" each. */
static const char *read_all(struct fixture *f)
{
	struct record record;
	struct error err = {""};
	int r = f->source->ops->open(f->source, &err);
	int32_t told = 0, sampled = 0;

	assert_int_equal(r, 0);
	buf_clear(&f->text);
	while ((r = f->source->ops->next(f->source, &record, &err)) == SOURCE_RECORD) {
		bool seen = record.kind == RECORD_SEEN;

		if (is_sample_of(&record, told)) {
			sampled++;
			continue;
		}
		told = seen ? record.pid : 0;
		sampled -= seen;
		buf_printf(&f->text, "%s%s %d", f->text.n ? ", " : "",
			   record_layouts[record.kind].name, record.pid);
		if (seen && record.seen.parent.tgid)
			buf_printf(&f->text, "<%d", record.seen.parent.tgid);
		if (record.covered)
			buf_add_text(&f->text, " covered");
		if (seen && record.doubtful)
			buf_add_text(&f->text, " doubtful");
		if (!seen || record.time_ns != seen_time_ns(f->source))
			assert_true(record.kind == RECORD_EXIT && record.inferred &&
				    record.time_ns >= seen_time_ns(f->source));
	}
	if (r != SOURCE_END)
		fail_msg("%s", err.text);
	assert_int_equal(sampled, 0);
	return buf_cstr(&f->text);
}

static void test_parents_first(void **state)
{
	struct fixture *f = *state;

	put_process(f, 1, 0, 1, 'S', 1);
	put_process(f, 5, 9, 40, 'S', 1); /* its parent has the higher number */
	put_process(f, 6, 5, 41, 'S', 1);
	put_process(f, 9, 1, 39, 'S', 1);
	look(f, NULL, 0);
	assert_string_equal(read_all(f), "seen 1, seen 9<1, seen 5<9, seen 6<5");
}

static void test_what_is_told(void **state)
{
	struct fixture *f = *state;
	struct record record;

	put_process(f, 20, 0, 123, 'S', 1);
	look(f, NULL, 0);
	assert_int_equal(f->source->ops->open(f->source, NULL), 0);
	assert_int_equal(f->source->ops->next(f->source, &record, NULL), SOURCE_RECORD);
	assert_true(ident_match(record.ident, (struct ident){20, IDENT_GRAIN_TICKS, 1230000000}));
	assert_int_equal(record.standing.pgid, 7);
	assert_int_equal(record.standing.sid, 8);
	assert_int_equal(record.standing.uid.real, 1000);
	assert_int_equal(record.standing.uid.effective, 1001);
	assert_int_equal(record.standing.uid.saved, 1002);
	assert_int_equal(record.standing.gid.saved, 7);
	assert_true(str_is(record.seen.comm, "p20"));
	assert_true(str_is(record.seen.filename, "/bin/p20"));
	assert_int_equal(record.seen.argv.n, 7);
	assert_memory_equal(record.seen.argv.p, "p20\0-x", 7);
}

/* 30 ended between the two looks: its child is told of as one of who was above, and it as ended. */
static void test_parent_ends_between(void **state)
{
	struct fixture *f = *state;

	put_process(f, 1, 0, 1, 'S', 1);
	put_process(f, 30, 1, 50, 'S', 1);
	put_process(f, 31, 30, 51, 'S', 1);
	look(f, NULL, 0);
	tree_drop(&f->tree, 30);
	put_process(f, 31, 1, 51, 'S', 1);
	put_process(f, 32, 31, 60, 'S', 1);
	assert_string_equal(read_all(f),
			    "seen 1, seen 30<1 doubtful, seen 31<1, seen 32<31, exit 30");
}

/* The number of 30 is somebody else's at the second look: two lives. */
static void test_reused_between(void **state)
{
	struct fixture *f = *state;

	put_process(f, 1, 0, 1, 'S', 1);
	put_process(f, 30, 1, 50, 'S', 1);
	put_process(f, 31, 30, 51, 'S', 1);
	look(f, NULL, 0);
	put_process(f, 30, 31, 70, 'S', 1);
	put_process(f, 31, 1, 51, 'S', 1);
	put_process(f, 32, 30, 71, 'S', 1);
	assert_string_equal(
		read_all(f),
		"seen 1, seen 30<1 doubtful, seen 31<1, seen 30<31, seen 32<30, exit 30");
}

static void test_zombies(void **state)
{
	struct fixture *f = *state;

	put_process(f, 2, 0, 1, 'Z', 1);
	put_process(f, 3, 0, 1, 'Z', 2); /* its threads go on */
	put_process(f, 4, 0, 1, 'S', 1);
	look(f, NULL, 0);
	put_process(f, 4, 0, 1, 'Z', 1);
	assert_string_equal(read_all(f), "seen 3, seen 4 doubtful, exit 4");
}

static void test_cgroups(void **state)
{
	const struct cgroup_ref ref = {.id = 1, .path = "/jobs/2"};
	struct fixture *f = *state;

	put_process(f, 2, 0, 1, 'S', 1);
	put_process(f, 3, 0, 1, 'S', 1);
	look(f, &ref, 1);
	assert_string_equal(read_all(f), "seen 2 covered, seen 3");
}

/* What a damaged tree may say must not lead round and round. */
static void test_circle(void **state)
{
	struct fixture *f = *state;

	put_process(f, 2, 3, 5, 'S', 1);
	put_process(f, 3, 2, 5, 'S', 1);
	put_process(f, 4, 4, 5, 'S', 1);
	look(f, NULL, 0);
	assert_string_equal(read_all(f), "seen 3<2, seen 2<3, seen 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parents_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parent_ends_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zombies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cgroups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_circle, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
