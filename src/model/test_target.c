/* Who is a member: at a birth, later, by descent; and what is kept of who is none. */
#include "model/record_text.h"
#include "model/table.h"
#include "model/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct table table;
	struct record_text text;
	struct change change;
	struct target target;
	struct buf told;
};

static void parse(struct fixture *f, const char *line, struct record *ret)
{
	struct error err;

	if (record_text_parse(&f->text, str_of(line), ret, &err) != 1)
		fail_msg("%s: %s", line, err.text);
}

/* As the pipeline does it; who joined is in f->told. */
static void apply_record(struct fixture *f, const struct record *record)
{
	const struct proc *joiner = table_joiner(&f->table, record);

	buf_clear(&f->told);
	for (const struct proc *proc = joiner; proc;
	     proc = table_next_joiner(&f->table, joiner, proc)) {
		struct record told = table_tell(proc, record->time_ns);
		struct record *copy = record_clone(&told);

		table_apply(&f->table, copy, &f->change);
		assert_int_equal(f->change.flags, CHANGE_JOINED | CHANGE_NEW);
		buf_printf(&f->told, "%s%d", f->told.n ? " " : "", f->change.proc->pid);
		free(copy);
	}
	table_apply(&f->table, record, &f->change);
}

static void apply(struct fixture *f, const char *line)
{
	struct record record;

	parse(f, line, &record);
	apply_record(f, &record);
}

static void apply_covered(struct fixture *f, const char *line)
{
	struct record record;

	parse(f, line, &record);
	record.covered = true;
	apply_record(f, &record);
}

static bool is_member(struct fixture *f, int32_t pid)
{
	const struct proc *proc = table_find_pid(&f->table, pid);

	return proc && proc->member;
}

#define assert_told(f, expected) assert_string_equal(buf_cstr(&(f)->told), expected)

static bool matches(const void *context, struct str name)
{
	return str_is(name, context);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	table_init(&f->table, (struct table_limits){SIZE_MAX, 0}, &f->target);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	table_deinit(&f->table);
	record_text_deinit(&f->text);
	buf_deinit(&f->told);
	free(f);
	return 0;
}

static void aim_at_name(struct fixture *f, const char *name)
{
	f->target =
		(struct target){.kind = TARGET_NAME, .name_matches = matches, .name_context = name};
}

static void test_names(void **state)
{
	struct fixture *f = *state;

	aim_at_name(f, "cc");
	apply(f, "@0 seen 1:1@1~1 comm=cc");
	apply(f, "@0 seen 2:2@1~1 comm=x filename=/usr/bin/cc");
	apply(f, "@0 seen 3:3@1~1 comm=x filename=/usr/bin/gcc -- /opt/cc -c");
	apply(f, "@0 seen 4:4@1~1 comm=x filename=/usr/bin/gcc -- gcc cc");
	apply(f, "@0 fork 4:4@1~1 -> 5:5@2~1 comm=x");
	apply(f, "@0 exec 5:5@2~1 comm=cc1 filename=/lib/cc1 -- ./cc");
	apply(f, "@0 fork 4:4@1~1 -> 6:6@2~1 comm=x");
	apply(f, "@0 exec 6:6@2~1 comm=cc1 filename=/lib/cc -- as");
	apply(f, "@0 fork 4:4@1~1 -> 7:7@2~1 comm=x");
	apply(f, "@0 comm 7:7@2~1 comm=cc");
	apply(f, "@0 fork 4:4@1~1 -> 8:8@2~1 comm=x");
	/* the name of one of its threads is not its own */
	apply(f, "@0 comm 8:8@2~1 tid=9 comm=cc");
	assert_true(is_member(f, 1) && is_member(f, 2) && is_member(f, 3) && is_member(f, 5) &&
		    is_member(f, 6) && is_member(f, 7));
	assert_false(is_member(f, 4) || is_member(f, 8));
	assert_int_equal(f->table.counts.lives, 6);
	assert_int_equal(f->table.counts.execs, 2);
	assert_int_equal(f->table.others, 2);
	/* somebody unknown */
	apply(f, "@0 exec 20:20@2~1 comm=cc -- cc");
	assert_int_equal(f->change.flags, CHANGE_NEW);
	apply(f, "@0 exec 21:21@2~1 comm=as -- as");
	assert_true(f->change.outside);
	assert_null(table_find_pid(&f->table, 21));
}

static void test_users(void **state)
{
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_USER, .uid = 1000};
	apply(f, "@0 seen 1:1@1~1 uid=1000 euid=0");
	apply(f, "@0 seen 2:2@1~1 uid=0 euid=1000");
	apply(f, "@0 fork 1:1@1~1 -> 3:3@2~1 uid=0 euid=0");
	apply(f, "@0 uid 3:3@2~1 real_id=1000 effective_id=1000 saved_id=0");
	apply(f, "@0 fork 1:1@1~1 -> 4:4@2~1 uid=0 euid=1000");
	assert_true(is_member(f, 2) && is_member(f, 3) && is_member(f, 4));
	assert_false(is_member(f, 1));
	/* once taken, always: also as root again */
	apply(f, "@0 uid 3:3@2~1 real_id=0 effective_id=0 saved_id=0");
	apply(f, "@0 fork 3:3@2~1 -> 5:5@2~1 uid=0 euid=0");
	assert_true(is_member(f, 3) && is_member(f, 5));
}

/* A fork that says nothing of users is of its forker's, also where descent does not count. */
static void test_user_of_forker(void **state)
{
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_USER, .uid = 1000, .alone = true};
	apply(f, "@0 seen 2 uid=1000 euid=1000");
	apply(f, "@0 fork 2 -> 3");
	assert_true(is_member(f, 3));
	apply(f, "@0 uid 3 real_id=0 effective_id=0 saved_id=0");
	apply(f, "@0 fork 3 -> 4");
	assert_false(is_member(f, 4));
}

static void test_cgroups(void **state)
{
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_CGROUP};
	apply(f, "@0 seen 1:1@1~1");
	apply_covered(f, "@0 seen 2:2@1~1");
	apply_covered(f, "@0 fork 1:1@1~1 -> 3:3@2~1");
	apply(f, "@0 fork 2:2@1~1 -> 4:4@2~1");
	apply(f, "@0 fork 1:1@1~1 -> 5:5@2~1");
	assert_false(is_member(f, 5));
	/* moved there meanwhile; its end is the first that tells */
	apply_covered(f, "@1ms exit 5:5@2~1 status=0");
	assert_told(f, "5");
	assert_true(is_member(f, 2) && is_member(f, 3) && is_member(f, 4) && is_member(f, 5));
	assert_false(is_member(f, 1));
	assert_int_equal(f->table.counts.ended, 1);
	assert_int_equal(f->table.counts.living, 3);
}

static void test_alone(void **state)
{
	struct fixture *f = *state;

	aim_at_name(f, "cc");
	f->target.alone = true;
	apply(f, "@0 seen 1:1@1~1 comm=cc -- cc");
	apply(f, "@0 fork 1:1@1~1 -> 2:2@2~1 comm=cc");
	assert_false(is_member(f, 2));
	apply(f, "@0 fork 2:2@2~1 -> 3:3@2~1 comm=cc");
	apply(f, "@0 exec 2:2@2~1 comm=cc -- cc");
	assert_told(f, "2");
	assert_false(is_member(f, 3));
	assert_int_equal(table_find_pid(&f->table, 1)->forks, 1);
}

/* The children that it has already come with who joins, their children too; parents first. */
static void test_joining_subtree(void **state)
{
	struct fixture *f = *state;
	struct proc *proc;

	aim_at_name(f, "cc");
	apply(f, "@0 seen 1:1@1~1 comm=init");
	apply(f, "@0 fork 1:1@1~1 -> 10:10@2~1 comm=sh");
	apply(f, "@1ms exec 10:10@2~1 comm=sh filename=/bin/sh -- sh -c x");
	apply(f, "@1ms fork 10:10@2~1 -> 11:11@2~1 comm=sh");
	apply(f, "@1ms fork 10:10@2~1 -> 12:12@2~1 comm=sh");
	apply(f, "@1ms fork 11:11@2~1 -> 13:13@2~1 comm=sh");
	apply(f, "@1ms fork 11:11@2~1 -> 14:14@2~1 comm=sh");
	apply(f, "@1ms fork 10:10@2~1 -> 15:15@2~1 comm=sh");
	apply(f, "@2ms exit 14:14@2~1 status=0");
	apply(f, "@2ms exec 12:12@2~1 comm=cc -- cc");
	assert_told(f, "12");
	apply(f, "@3ms exec 10:10@2~1 comm=cc -- cc");
	assert_told(f, "10 11 13 15");
	assert_int_equal(f->table.counts.lives, 5);
	assert_int_equal(f->table.counts.living, 5);
	assert_int_equal(f->table.counts.execs, 2);
	assert_int_equal(f->table.others, 1);
	proc = table_find_pid(&f->table, 10);
	assert_int_equal(proc->forks, 3);
	assert_int_equal(proc->exec_count, 2);
	assert_true(proc->first_exec->seen);
	assert_memory_equal(proc->first_exec->argv.p, "sh\0-c\0x", 7);
	assert_int_equal(table_find_pid(&f->table, 12)->birth_parent_id, proc->id);
	/* who never execed runs what its forker ran */
	assert_memory_equal(table_find_pid(&f->table, 13)->last_exec->argv.p, "sh\0-c\0x", 7);
	apply(f, "@4ms exit 11:11@2~1 status=256");
	assert_int_equal(f->table.counts.failures, 1);
}

/* Of whom the parent becomes known late. */
static void test_late_link(void **state)
{
	const int32_t root = 10;
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	apply(f, "@0 seen 10:10@1~1 comm=a");
	apply(f, "@0 seen 20:20@2~1 comm=b");
	apply(f, "@0 fork 20:20@2~1 -> 21:21@3~1 comm=b");
	assert_false(is_member(f, 20));
	/* a second look knows whose child it is */
	apply(f, "@1ms seen 20:20@2~1 parent=10@1~1 comm=b");
	assert_told(f, "20 21");
	/* who had been given to an older ancestor when it was looked at */
	apply(f, "@0 seen 1:1@0~1 comm=init");
	apply(f, "@0 seen 50:50@4~1 parent=1@0~1 ppid=1 comm=b");
	apply(f, "@1ms seen 50:50@4~1 parent=21@3~1 ppid=21 comm=b");
	assert_told(f, "50");
	assert_int_equal(table_find_pid(&f->table, 50)->birth_parent->pid, 21);
	assert_int_equal(table_find_pid(&f->table, 50)->birth_ppid, 21);
	assert_null(table_find_pid(&f->table, 1)->first_child);
	apply(f, "@1ms seen 50:50@4~1 parent=1@0~1 ppid=1 comm=b");
	assert_int_equal(table_find_pid(&f->table, 50)->birth_parent->pid, 21);
	/* by the fork itself, which came late */
	apply(f, "@0 seen 30:30@4~1 comm=b");
	apply(f, "@1ms fork 10:10@1~1 -> 30:30@4~1 comm=b");
	assert_told(f, "30");
	assert_int_equal(f->change.flags, CHANGE_LINKED);
	/* by its end, which is all that is heard of it */
	apply(f, "@2ms exit 40:40@5~1 ppid=21 status=0");
	assert_int_equal(f->change.flags, CHANGE_NEW | CHANGE_ENDED);
	assert_true(is_member(f, 40));
	apply(f, "@2ms exit 41:41@5~1 ppid=1 status=0");
	assert_true(f->change.outside);
	apply(f, "@2ms settled 41:41@5~1 exact=1");
	assert_true(f->change.outside);
	assert_int_equal(f->table.counts.lives, 6);
	assert_int_equal(f->table.others, 1);
}

/* A number means the first that has it. */
static void test_number_comes_back(void **state)
{
	const int32_t root = 10;
	struct fixture *f = *state;

	f->target = (struct target){.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	apply(f, "@0 seen 10:10@1~1 comm=a");
	apply(f, "@1ms exit 10:10@1~1 status=0");
	apply(f, "@2ms fork 9 -> 10:10@1000~1 comm=a");
	assert_false(f->change.proc->member);
	assert_int_equal(f->table.counts.lives, 1);
	assert_int_equal(f->table.others, 1);
}

/* The dead that are no members are gone at once, so that a storm of others leaves nothing behind. */
static void test_others_are_few(void **state)
{
	const int32_t root = 1;
	struct fixture *f = *state;
	char line[128];

	f->target = (struct target){.kind = TARGET_TREE, .pids = &root, .pid_count = 1};
	apply(f, "@0 seen 1:1@1~1 comm=a");
	apply(f, "@0 seen 2:2@1~1 comm=other");
	for (int i = 100; i < 20000; i++) {
		snprintf(line, sizeof line, "@%dus fork 2:2@1~1 -> %d:%d@%d000~1", i, i, i, i);
		apply(f, line);
		snprintf(line, sizeof line, "@%dus exec %d:%d@%d000~1 -- x", i, i, i, i);
		apply(f, line);
		assert_int_equal(f->table.others, 2);
		/* of every third the end is lost; its number comes back */
		if (i % 3 == 0) {
			snprintf(line, sizeof line, "@%dus fork 2:2@1~1 -> %d:%d@%d500~1", i, i, i,
				 i);
			apply(f, line);
			assert_int_equal(f->table.others, 2);
			snprintf(line, sizeof line, "@%dus exit %d:%d@%d500~1 status=0", i, i, i,
				 i);
		} else {
			snprintf(line, sizeof line, "@%dus exit %d:%d@%d000~1 status=0", i, i, i,
				 i);
		}
		apply(f, line);
		assert_true(f->change.outside);
		assert_null(f->change.proc);
	}
	assert_int_equal(f->table.others, 1);
	assert_int_equal(f->table.by_tgid.count, 2);
	assert_null(table_find_pid(&f->table, 2)->first_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user_of_forker, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cgroups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_joining_subtree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_number_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others_are_few, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
