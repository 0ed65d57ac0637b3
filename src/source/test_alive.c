/* What is asked after a loss: who lives, from a tree that stands in for proc. */
#include "source/alive.h"

#include "base/clock.h"
#include "model/record_text.h"
#include "model/target.h"
#include "source/test_tree.h"

struct fixture {
	struct tree tree;
	struct table table;
	struct target target;
	struct pipeline pipeline;
	struct record_text text;
	struct buf out;
	int64_t begun_ns;
	struct alive_options options;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	tree_make(&f->tree);
	f->target = (struct target){.kind = TARGET_ALL};
	table_init(&f->table, (struct table_limits){.tombstones = SIZE_MAX}, &f->target);
	f->pipeline.table = &f->table;
	f->options = (struct alive_options){
		.root = &f->tree.root, .everything = true, .status = STATUS_UNKNOWN};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	reorder_deinit(&f->pipeline.reorder);
	table_deinit(&f->table);
	record_text_deinit(&f->text);
	buf_deinit(&f->out);
	tree_remove(&f->tree);
	free(f);
	return 0;
}

static void apply(struct fixture *f, const char *line)
{
	struct change change;
	struct record record;
	struct error err;

	if (record_text_parse(&f->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	table_apply(&f->table, &record, &change);
}

/* Asks, and says what was deduced: "KIND PID<PARENT NAME", in order of time. */
static const char *reconcile(struct fixture *f)
{
	const struct record *record;

	f->begun_ns = clock_boot_ns();
	alive_reconcile(&f->pipeline, &f->options);
	buf_clear(&f->out);
	while ((record = reorder_pop(&f->pipeline.reorder, INT64_MAX))) {
		struct str name = record->kind == RECORD_SEEN   ? record->seen.comm
				  : record->kind == RECORD_EXEC ? record->exec.comm
				  : record->kind == RECORD_COMM ? record->comm.comm
								: STR("");

		buf_printf(&f->out, "%s%s %d", f->out.n ? ", " : "",
			   record_layouts[record->kind].name, record->pid);
		if (record->kind == RECORD_SEEN && record->seen.parent.tgid)
			buf_printf(&f->out, "<%d", record->seen.parent.tgid);
		if (record->kind == RECORD_EXIT && record->exit.status != STATUS_UNKNOWN)
			buf_printf(&f->out, " status %d", record->exit.status);
		if (name.n)
			buf_printf(&f->out, " %.*s", (int)name.n, name.p);
		assert_true(record->inferred && record->time_ns >= f->begun_ns &&
			    record->time_ns <= clock_boot_ns());
	}
	return buf_cstr(&f->out);
}

static void test_lives(void **state)
{
	struct fixture *f = *state;
	/* started 51.23456789 s after boot: tick 5123 */
	struct proc proc = {.ident = ident_exact(4007, 51234567890), .pid = 7};

	assert_false(alive_check(&f->tree.root, &proc));
	tree_put_stat(&f->tree, 7, 1, 5123, 'S', 1, "x");
	assert_true(alive_check(&f->tree.root, &proc));
	tree_put_stat(&f->tree, 7, 1, 5123, 'Z', 1, "x");
	assert_false(alive_check(&f->tree.root, &proc));
	/* its threads go on */
	tree_put_stat(&f->tree, 7, 1, 5123, 'Z', 2, "x");
	assert_true(alive_check(&f->tree.root, &proc));
	tree_put_stat(&f->tree, 7, 1, 5124, 'S', 1, "x");
	assert_false(alive_check(&f->tree.root, &proc));
	/* by number alone: who was heard of before this one began is another */
	proc.ident = ident_provisional(7);
	proc.start_ns = 51240000000;
	assert_true(alive_check(&f->tree.root, &proc));
	proc.start_ns = 51230000000;
	assert_false(alive_check(&f->tree.root, &proc));
	/* by its fork */
	proc.forked = true;
	proc.start_ns = 51250001000;
	assert_true(alive_check(&f->tree.root, &proc));
	proc.start_ns = 61250001000;
	assert_false(alive_check(&f->tree.root, &proc));
}

static void test_ends(void **state)
{
	struct fixture *f = *state;

	tree_put(&f->tree, 2, 1, 100, 'S', 1, "a");
	tree_put(&f->tree, 3, 1, 100, 'Z', 1, "a");
	tree_put(&f->tree, 6, 2, 900, 'S', 1, "late");
	apply(f, "@2s seen 2:2@1000000000~10000000 comm=a");
	apply(f, "@2s seen 3:3@1000000000~10000000 comm=a");
	apply(f, "@2s seen 4:4@1000000000~10000000 comm=a");
	apply(f, "@2s exec 5:5@1000000001~1 comm=a");
	apply(f, "@2s seen 6:6@1000000000~10000000 comm=a");
	apply(f, "@2s exit 7:7@1000000001~1 status=0");
	f->options.known = ident_exact(5, 1000000001);
	f->options.status = 256;
	/* the number of 6 is somebody else's by now */
	assert_string_equal(reconcile(f),
			    "seen 6<2 late, exit 3, exit 4, exit 5 status 256, exit 6");
}

static void test_strangers(void **state)
{
	struct fixture *f = *state;

	tree_put(&f->tree, 1, 0, 1, 'S', 1, "init");
	tree_put(&f->tree, 20, 1, 100, 'S', 1, "root");
	tree_put(&f->tree, 21, 30, 300, 'S', 1, "c"); /* its parent has the higher number */
	tree_put(&f->tree, 30, 20, 200, 'S', 1, "b");
	tree_put(&f->tree, 40, 1, 150, 'S', 1, "other");
	tree_put(&f->tree, 41, 40, 160, 'S', 1, "other");
	apply(f, "@5s seen 1:1@10000000~10000000 comm=init");
	apply(f, "@5s seen 20:20@1000000000~10000000 parent=1@10000000~10000000 comm=root");
	assert_string_equal(reconcile(f), "seen 40<1 other, seen 41<40 other, seen 30<20 b, "
					  "seen 21<30 c");
}

/* Of a source that tells of one tree: strangers are its descendants, or nobody. */
static void test_strangers_of_a_tree(void **state)
{
	struct fixture *f = *state;

	tree_put(&f->tree, 1, 0, 1, 'S', 1, "init");
	tree_put(&f->tree, 20, 1, 100, 'S', 1, "root");
	tree_put(&f->tree, 21, 30, 300, 'S', 1, "c");
	tree_put(&f->tree, 30, 20, 200, 'S', 1, "b");
	tree_put(&f->tree, 40, 1, 150, 'S', 1, "other");
	tree_put(&f->tree, 41, 40, 160, 'S', 1, "other");
	apply(f, "@5s fork 1 -> 20:20@1000000000~10000000 comm=root");
	f->options.everything = false;
	assert_string_equal(reconcile(f), "seen 30<20 b, seen 21<30 c");
}

static void test_names(void **state)
{
	struct fixture *f = *state;

	tree_put(&f->tree, 2, 1, 100, 'S', 1, "cc");
	tree_put(&f->tree, 3, 1, 100, 'S', 1, "cc");
	tree_put(&f->tree, 4, 1, 100, 'S', 1, "cc");
	apply(f, "@2s seen 2:2@1000000000~10000000 comm=cc");
	apply(f, "@2s seen 3:3@1000000000~10000000 comm=sh filename=/bin/sh -- sh");
	apply(f, "@2s seen 4:4@1000000000~10000000 comm=old filename=/bin/cc -- cc");
	assert_string_equal(reconcile(f), "exec 3 cc, comm 4 cc");
}

/* Of others than members nobody tells an end: they are dropped. */
static void test_others(void **state)
{
	const int32_t root = 2;
	struct fixture *f = *state;
	char line[64];

	f->target = (struct target){.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	tree_put(&f->tree, 2, 1, 100, 'S', 1, "a");
	tree_put(&f->tree, 500, 1, 100, 'S', 1, "a");
	apply(f, "@2s seen 2:2@1000000000~10000000 comm=a");
	for (int i = 3; i < 1000; i++) {
		snprintf(line, sizeof line, "@2s seen %d:%d@1000000000~10000000 comm=a", i, i);
		apply(f, line);
	}
	assert_int_equal(f->table.others, 997);
	assert_string_equal(reconcile(f), "");
	assert_int_equal(f->table.others, 1);
	assert_non_null(table_find_pid(&f->table, 500));
	assert_int_equal(f->table.by_tgid.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers_of_a_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
