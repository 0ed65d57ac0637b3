/*
 * Scan and live events overlap: a life is one life, whichever of them tells of it first, and a number
 * that comes back is another's. For exact starts, starts in ticks, and numbers alone.
 */
#include "model/infer.h"
#include "model/record_text.h"
#include "model/table.h"
#include "model/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct table table;
	struct record_text text;
	struct change change;
	struct target target;
};

static struct record parse(struct fixture *f, const char *line)
{
	struct record record = {0};
	struct error err;

	if (record_text_parse(&f->text, str_of(line), &record, &err) != 1)
		fail_msg("%s: %s", line, err.text);
	return record;
}

static void apply(struct fixture *f, const char *line)
{
	struct record record = parse(f, line);

	table_apply(&f->table, &record, &f->change);
}

static void apply_doubtful(struct fixture *f, const char *line)
{
	struct record record = parse(f, line);

	record.doubtful = true;
	table_apply(&f->table, &record, &f->change);
	assert_false(f->change.proc->member);
}

static struct proc *life(struct fixture *f, uint64_t id)
{
	table_each(&f->table, p)
	{
		if (p->id == id)
			return p;
	}
	fail_msg("there is no life %u", (unsigned)id);
	return NULL;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->target = (struct target){.kind = TARGET_ALL};
	table_init(&f->table, (struct table_limits){SIZE_MAX, 0}, &f->target);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	table_deinit(&f->table);
	record_text_deinit(&f->text);
	free(f);
	return 0;
}

#define EXPECT(f, lives_, living_)                                                                 \
	do {                                                                                       \
		assert_int_equal((f)->table.counts.lives, lives_);                                 \
		assert_int_equal((f)->table.counts.living, living_);                               \
	} while (0)

/* ---- exact starts ---- */

static void test_seen_then_forked(void **state)
{
	struct fixture *f = *state;

	apply(f, "@100ms seen 9:9@50000000~1 comm=sh");
	apply(f, "@150ms seen 10:10@150000000~1 parent=9@50000000~1 comm=sh -- sh");
	assert_int_equal(life(f, 2)->start_ns, 150000000);
	/* the fork is news, but no new life */
	apply(f, "@150020us fork 9:9@50000000~1 -> 10:10@150000000~1 comm=sh pgid=9");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	assert_int_equal(life(f, 2)->start_ns, 150020000);
	apply(f, "@150020us fork 9:9@50000000~1 -> 10:10@150000000~1 comm=sh pgid=9");
	assert_int_equal(f->change.flags, CHANGE_DUPLICATE);
	assert_int_equal(life(f, 1)->forks, 1);
	EXPECT(f, 2, 2);
}

static void test_forked_then_seen(void **state)
{
	struct fixture *f = *state;

	apply(f, "@100ms fork 9:9@5~1 -> 10:10@100000000~1");
	assert_null(life(f, 1)->birth_parent);
	apply(f, "@110ms seen 9:9@5~1 comm=sh -- sh");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	/* what was missing is filled in */
	apply(f,
	      "@110ms seen 10:10@100000000~10000000 parent=9@0~10000000 comm=cc filename=/bin/cc "
	      "-- cc x");
	assert_int_equal(f->change.flags, 0);
	assert_ptr_equal(life(f, 1)->birth_parent, life(f, 2));
	assert_true(str_is(life(f, 1)->comm, "cc"));
	assert_memory_equal(life(f, 1)->last_exec->argv.p, "cc\0x", 5);
	assert_int_equal(life(f, 1)->ident.grain_ns, 1);
	assert_int_equal(life(f, 1)->start_ns, 100000000);
	apply(f,
	      "@110ms seen 10:10@100000000~10000000 parent=9@0~10000000 comm=cc filename=/bin/cc "
	      "-- cc x");
	assert_int_equal(f->change.flags, CHANGE_DUPLICATE);
	EXPECT(f, 2, 2);
}

/* An exec of which only the file was known: a look at the process knows its arguments. */
static void test_seen_completes_exec(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 9 -> 10 comm=sh");
	apply(f, "@1ms exec 10 comm=cc");
	apply(f, "@2ms seen 10:10@0~10000000 comm=cc filename=/bin/cc -- cc x");
	assert_int_equal(life(f, 1)->exec_count, 1);
	assert_memory_equal(life(f, 1)->last_exec->argv.p, "cc\0x", 5);
	assert_true(str_is(life(f, 1)->last_exec->filename, "/bin/cc"));
	/* but not those of an image that came after the look */
	apply(f, "@5ms exec 10 comm=as");
	apply(f, "@4ms seen 10:10@0~10000000 comm=cc filename=/bin/cc -- cc x");
	assert_null(life(f, 1)->last_exec->argv.p);
	EXPECT(f, 1, 1);
}

/* Looked at in the middle of an exec: it has its new name, and no arguments yet. */
static void test_seen_in_exec(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 seen 9:9@0~1 comm=sh -- sh x");
	apply(f, "@0 seen 10:10@0~1 parent=9 comm=cc");
	assert_true(str_is(proc_image(life(f, 2))->comm, "cc"));
	assert_null(proc_image(life(f, 2))->argv.p);
	/* the rest of that exec is no other one */
	apply(f, "@1ms exec 10:10@0~1 comm=cc filename=/bin/cc -- cc x");
	assert_int_equal(f->change.flags, 0);
	assert_int_equal(life(f, 2)->exec_count, 1);
	assert_memory_equal(life(f, 2)->last_exec->argv.p, "cc\0x", 5);
	apply(f, "@2ms exec 10:10@0~1 comm=cc filename=/bin/cc -- cc y");
	assert_int_equal(life(f, 2)->exec_count, 2);
	/* a second look knows them too; another name is another exec */
	apply(f, "@0 seen 11:11@0~1 parent=9 comm=cc");
	apply(f, "@1ms seen 11:11@0~1 parent=9 comm=cc -- cc z");
	assert_int_equal(life(f, 3)->exec_count, 1);
	assert_memory_equal(life(f, 3)->last_exec->argv.p, "cc\0z", 5);
	apply(f, "@0 seen 12:12@0~1 parent=9 comm=cc");
	apply(f, "@1ms exec 12:12@0~1 comm=as -- as");
	assert_int_equal(life(f, 4)->exec_count, 2);
	/* a fork has its forker's name, also one that this gave itself */
	apply(f, "@0 seen 13:13@0~1 parent=9 comm=sh");
	apply(f, "@1ms comm 9:9@0~1 comm=title");
	apply(f, "@1ms seen 14:14@1000000~1 parent=9 comm=title");
	assert_ptr_equal(proc_image(life(f, 5)), life(f, 1)->last_exec);
	assert_ptr_equal(proc_image(life(f, 6)), life(f, 1)->last_exec);
	EXPECT(f, 6, 6);
}

/* Nobody above a kernel thread runs a file, so a name is no sign of one. */
static void test_seen_kernel_threads(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 seen 2:2@0~1 comm=kthreadd");
	apply(f, "@0 seen 30:30@0~1 parent=2 ppid=2 comm=kswapd0");
	apply(f, "@0 seen 31:31@0~1 parent=30 ppid=30 comm=helper");
	for (uint64_t id = 1; id <= 3; id++)
		assert_null(proc_image(life(f, id)));
	EXPECT(f, 3, 3);
}

/* Gone before a second look: of the run only if others tell of it. */
static void test_doubtful(void **state)
{
	struct record told, guessed;
	struct fixture *f = *state;
	struct usage used;

	apply_doubtful(f, "@10ms seen 10:10@5~10000000 comm=sleep");
	apply(f, "@10ms sample 10:10@5~10000000 cpu_user_ns=700 cpu_sys_ns=0");
	guessed = parse(f, "@90ms exit 10:10@5~10000000 inferred=1");
	assert_null(table_joiner(&f->table, &guessed));
	apply(f, "@90ms exit 10:10@5~10000000 inferred=1");
	assert_true(f->change.outside);
	EXPECT(f, 0, 0);
	assert_int_equal(f->table.others, 0);
	assert_int_equal(f->table.doubtful, 0);
	/* by what he does, to be told of before; and by another look */
	apply_doubtful(f, "@10ms seen 11:11@5~10000000 comm=sleep");
	told = parse(f, "@20ms exit 11 status=0");
	assert_int_equal(table_joiner(&f->table, &told)->pid, 11);
	apply_doubtful(f, "@10ms seen 12:12@5~10000000 comm=sleep");
	apply(f, "@10ms sample 12:12@5~10000000 cpu_user_ns=700 cpu_sys_ns=0");
	apply(f, "@20ms seen 12:12@7~1 inferred=1 comm=sleep");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_JOINED);
	assert_int_equal(f->table.doubtful, 1);
	/* what is known of him from before counts then */
	apply(f, "@20ms exit 12:12@7~1 status=0");
	apply(f, "@20ms settled 12:12@7~1 exact=1 cpu_user_ns=900 cpu_sys_ns=0");
	used = proc_used(life(f, 1));
	assert_int_equal(used.value[USAGE_CPU_USER_NS], 200);
	apply(f, "@90ms exit 12:12@5~10000000 inferred=1");
	assert_int_equal(f->change.flags, CHANGE_DUPLICATE);
	EXPECT(f, 1, 0);
}

static void test_events_before_seen(void **state)
{
	static const char *const lines[] = {
		"@100ms exec 10:10@50000000~1 comm=cc -- cc",
		"@100ms comm 11:11@50000000~1 comm=x",
		"@100ms exit 12:12@50000000~1 status=0",
		"@100ms settled 13:13@50000000~1 exact=1",
	};
	static const char *const seen[] = {
		"@100ms seen 10:10@50000000~10000000 comm=sh -- sh",
		"@100ms seen 11:11@50000000~10000000 comm=sh -- sh",
		"@100ms seen 12:12@50000000~10000000 comm=sh -- sh",
		"@100ms seen 13:13@50000000~10000000 comm=sh -- sh",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		apply(f, lines[i]);
		assert_true(f->change.flags & CHANGE_NEW);
		assert_int_equal(f->change.proc->start_ns, 50000000);
		apply(f, seen[i]);
		assert_int_equal(f->change.flags, 0);
		apply(f, seen[i]);
		assert_int_equal(f->change.flags, CHANGE_DUPLICATE);
	}
	EXPECT(f, 4, 2);
	assert_true(str_is(life(f, 3)->comm, "sh"));
	assert_int_equal(life(f, 3)->state, PROC_ENDED);
	/* who is settled has ended, whoever saw it */
	assert_int_equal(life(f, 4)->state, PROC_FINISHED);
	assert_true(life(f, 4)->inferred_end);
}

/* Between scan and events the number of 10 passed on. */
static void test_reused_exact(void **state)
{
	struct fixture *f = *state;

	apply(f, "@100ms seen 10:10@120000000~1 comm=new");
	/* the end of the one before, whom nobody saw */
	apply(f, "@110ms exit 10:10@90000000~1 status=9");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_ENDED);
	assert_int_equal(life(f, 1)->state, PROC_LIVING);
	apply(f, "@110ms settled 10:10@90000000~1 exact=1");
	assert_ptr_equal(f->change.proc, life(f, 2));
	apply(f, "@120ms fork 9 -> 10:10@120000000~1");
	assert_ptr_equal(f->change.proc, life(f, 1));
	/* and once more, this time with its end lost */
	apply(f, "@130ms fork 9 -> 10:10@130000000~1");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_REUSED);
	assert_int_equal(life(f, 1)->state, PROC_FINISHED);
	EXPECT(f, 3, 1);
}

/* Two lives of one number within one tick: the look means the later one. */
static void test_reused_within_tick(void **state)
{
	struct fixture *f = *state;

	apply(f, "@101ms fork 9 -> 10:10@101000000~1");
	apply(f, "@102ms exit 10:10@101000000~1 status=0");
	apply(f, "@103ms fork 9 -> 10:10@103000000~1");
	apply(f, "@104ms seen 10:10@100000000~10000000 comm=late");
	assert_ptr_equal(f->change.proc, life(f, 2));
	EXPECT(f, 2, 1);
	/* the other way round: seen first, it is taken for the first that is told of */
	apply(f, "@110ms seen 11:11@110000000~10000000 comm=x");
	apply(f, "@111ms fork 9 -> 11:11@111000000~1");
	apply(f, "@112ms exit 11:11@111000000~1 status=0");
	apply(f, "@113ms fork 9 -> 11:11@113000000~1");
	EXPECT(f, 4, 2);
}

/* ---- a start in ticks, then exact ---- */

static void test_finer_start(void **state)
{
	struct fixture *f = *state;

	apply(f, "@1s seen 10:10@990000000~10000000 comm=x");
	assert_int_equal(life(f, 1)->start_ns, 990000000);
	apply(f, "@1001ms exec 10:10@999999999~1 -- x");
	assert_int_equal(life(f, 1)->start_ns, 999999999);
	apply(f, "@1002ms exit 10:10@999999999~1 status=0");
	EXPECT(f, 1, 0);
	/* the next tick is another life */
	apply(f, "@2s seen 11:11@1990000000~10000000 comm=x");
	apply(f, "@2001ms exec 11:11@2000000000~1 -- x");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	EXPECT(f, 3, 2);
}

/* ---- numbers alone ---- */

static void test_provisional_fork_of_seen(void **state)
{
	struct fixture *f = *state;

	/* the kernel's moment of birth lies in the tick before that of its telling */
	apply(f, "@100ms seen 10:10@110000000~10000000 comm=sh");
	apply(f, "@120300us fork 9 -> 10");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	assert_int_equal(life(f, 1)->start_ns, 120300000);
	/* one clock turned into the other may be a little too early */
	apply(f, "@200ms seen 11:11@210000000~1 comm=sh");
	apply(f, "@209999us fork 9 -> 11");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	EXPECT(f, 2, 2);
	/* a second later it is somebody else */
	apply(f, "@1120ms fork 9 -> 10");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_REUSED);
	apply(f, "@1200ms seen 12:12@200000000~10000000 comm=sh");
	apply(f, "@1200ms fork 9 -> 12");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_REUSED);
	EXPECT(f, 5, 3);
}

static void test_provisional_events_of_the_one_before(void **state)
{
	struct fixture *f = *state;

	apply(f, "@100ms seen 10:10@150000000~10000000 comm=new");
	apply(f, "@120ms fork 9 -> 10 comm=old");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	apply(f, "@130ms exec 10 -- old");
	assert_ptr_equal(f->change.proc, life(f, 2));
	apply(f, "@140ms exit 10 status=0");
	assert_ptr_equal(f->change.proc, life(f, 2));
	assert_int_equal(life(f, 1)->state, PROC_LIVING);
	/* given up on, when another has the number */
	apply(f, "@150ms settled 10");
	assert_ptr_equal(f->change.proc, life(f, 2));
	assert_false(life(f, 1)->settled);
	apply(f, "@151ms fork 9 -> 10 comm=new");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	apply(f, "@160ms exit 10 status=0");
	assert_ptr_equal(f->change.proc, life(f, 1));
	EXPECT(f, 2, 0);
}

/* A dead parent does not fork, a dead process does not exec: those are others, unknown so far. */
static void test_provisional_after_the_end(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 fork 1 -> 10");
	apply(f, "@1ms exit 10 status=0");
	apply(f, "@1ms exec 10 -- late");
	assert_ptr_equal(f->change.proc, life(f, 1));
	apply(f, "@2ms exec 10 -- other");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	apply(f, "@3ms exit 10 status=0");
	assert_ptr_equal(f->change.proc, life(f, 2));
	apply(f, "@4ms fork 10 -> 11");
	assert_null(life(f, 3)->birth_parent);
	/* an end that was deduced is told after all */
	apply(f, "@5ms exit 11 inferred=1");
	apply(f, "@6ms exit 11 status=0");
	assert_int_equal(f->change.flags, CHANGE_DUPLICATE);
	EXPECT(f, 3, 0);
}

/* Somebody whose fork comes late, and somebody whose fork was lost. */
static void test_provisional_before_its_fork(void **state)
{
	struct fixture *f = *state;

	apply(f, "@10ms exec 10 -- a");
	apply(f, "@9ms fork 9 -> 10");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	assert_int_equal(life(f, 1)->start_ns, 9000000);
	apply(f, "@10ms exec 11 -- a");
	apply(f, "@5s fork 9 -> 11");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_REUSED);
	apply(f, "@5s exit 12 status=0");
	apply(f, "@4999ms fork 9 -> 12");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	assert_int_equal(f->change.proc->state, PROC_ENDED);
	EXPECT(f, 4, 2);
}

/* ---- other numbers than the kernel's ---- */

static void test_numbers_in_a_namespace(void **state)
{
	struct fixture *f = *state;

	apply(f, "@0 seen 10:4010@5~1 comm=a");
	apply(f, "@0 seen 4010:8000@6~1 comm=b");
	assert_ptr_equal(table_find_pid(&f->table, 10), life(f, 1));
	assert_ptr_equal(table_find_pid(&f->table, 4010), life(f, 2));
	assert_null(table_find_pid(&f->table, 8000));
	/* whom only its end tells of has its parent by that number */
	apply(f, "@1ms exit 11:4011@7~1 status=0 ppid=4010");
	assert_ptr_equal(life(f, 3)->birth_parent, life(f, 2));
	/* the number passes on */
	apply(f, "@2ms exit 10:4010@5~1 status=0");
	assert_ptr_equal(table_find_pid(&f->table, 10), life(f, 1));
	apply(f, "@3ms fork 4010:8000@6~1 -> 10:4012@3000000~1");
	assert_ptr_equal(table_find_pid(&f->table, 10), life(f, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seen_then_forked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forked_then_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seen_completes_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seen_in_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seen_kernel_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doubtful, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_before_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_within_tick, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finer_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_provisional_fork_of_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_provisional_events_of_the_one_before, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_provisional_after_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_provisional_before_its_fork, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_in_a_namespace, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
