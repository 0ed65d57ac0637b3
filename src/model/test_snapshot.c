/* Lists of snapshots: order, finding, what changed between two passes. */
#include "model/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct snapshot *add(struct snapshot_list *list, int32_t tgid, int32_t tid, uint64_t start)
{
	struct snapshot *s = snapshot_list_add(list);

	s->pid = tid ? tid : tgid;
	s->tgid = tgid;
	s->is_thread = tid != 0;
	s->known = PART_BIT(PART_STAT);
	s->stat.start_ns = start * IDENT_GRAIN_TICKS;
	s->stat.start_grain_ns = IDENT_GRAIN_TICKS;
	list->has_threads |= s->is_thread;
	return s;
}

static void test_names(void **state)
{
	for (unsigned i = 0; i < SNAPSHOT_PARTS; i++)
		assert_non_null(snapshot_part_names[i]);
	for (unsigned i = 0; i < SNAPSHOT_NAMESPACES; i++)
		assert_non_null(snapshot_namespace_names[i]);
}

static void test_find(void **state)
{
	struct snapshot_list list;

	snapshot_list_init(&list);
	assert_null(snapshot_list_find(&list, 1));
	for (int32_t pid = 2; pid < 400; pid += 2)
		add(&list, pid, 0, 1);
	for (int32_t pid = 0; pid < 402; pid++) {
		struct snapshot *s = snapshot_list_find(&list, pid);

		assert_int_equal(s ? s->pid : 0, pid < 2 || pid > 398 || pid % 2 ? 0 : pid);
	}
	/* kept memory comes back zeroed */
	snapshot_list_clear(&list);
	assert_int_equal(list.count, 0);
	assert_int_equal(snapshot_list_add(&list)->pid, 0);
	snapshot_list_deinit(&list);
	assert_int_equal(list.capacity, 0);
}

static void test_find_threads(void **state)
{
	struct snapshot_list list;

	snapshot_list_init(&list);
	add(&list, 10, 0, 1);
	add(&list, 10, 10, 1);
	add(&list, 10, 7, 1); /* numbers come back: a tid may be below its tgid */
	add(&list, 10, 12, 1);
	add(&list, 11, 0, 1);
	assert_false(snapshot_list_find(&list, 10)->is_thread);
	assert_true(snapshot_list_find(&list, 7)->is_thread);
	assert_int_equal(snapshot_list_find(&list, 12)->tgid, 10);
	assert_int_equal(snapshot_list_find(&list, 11)->tgid, 11);
	assert_null(snapshot_list_find(&list, 13));
	snapshot_list_deinit(&list);
}

static void set(struct snapshot *s, int64_t time_ns, uint64_t user_ns, uint64_t clock_ns)
{
	s->time_ns = time_ns;
	s->stat.user_ns = user_ns;
	s->stat.sys_ns = 5;
	s->cpu_clock_ns = clock_ns;
	s->known |= clock_ns ? PART_BIT(PART_CPU_CLOCK) : 0;
}

static void test_since(void **state)
{
	struct snapshot_list before, now;
	struct usage old = {0}, new = {0};
	struct snapshot *s;

	snapshot_list_init(&before);
	snapshot_list_init(&now);
	set(add(&before, 1, 0, 5), 100, 1000, 0);
	set(add(&before, 2, 0, 5), 100, 1000, 7);
	set(add(&before, 3, 0, 5), 100, 1000, 0);
	set(add(&before, 4, 0, 5), 100, 1000, 50);
	set(add(&before, 4, 4, 5), 100, 600, 0);
	set(add(&before, 4, 9, 5), 100, 400, 0);
	for (unsigned i = USAGE_READ_BYTES; i <= USAGE_WRITE_CHARS; i++) {
		usage_set(&old, i, 10);
		usage_set(&new, i, i == USAGE_WRITE_BYTES ? 3 : 30);
	}
	before.items[0].io = &old;

	s = add(&now, 1, 0, 5);
	set(s, 400, 1800, 0);
	s->io = &new;
	s->stat.minor_faults = 12;
	set(add(&now, 2, 0, 5), 400, 9000, 8); /* by the clock */
	set(add(&now, 3, 0, 6), 400, 2000, 0); /* another life of the number */
	set(add(&now, 4, 0, 5), 400, 1500, 0); /* the clock is known once only */
	set(add(&now, 4, 4, 5), 400, 100, 0);  /* went back */
	set(add(&now, 4, 8, 5), 400, 100, 0);  /* new */
	set(add(&now, 4, 9, 5), 400, 450, 0);
	set(add(&now, 5, 0, 5), 400, 1, 0); /* new */
	snapshot_list_since(&now, &before);

	assert_int_equal(now.items[0].interval->elapsed_ns, 300);
	assert_int_equal(now.items[0].interval->cpu_ns, 800);
	assert_int_equal(now.items[0].interval->minor_faults, 12);
	assert_true(now.items[0].interval->io_known);
	assert_int_equal(now.items[0].interval->read_chars, 20);
	assert_int_equal(now.items[0].interval->write_bytes, 0);
	assert_true(snapshot_knows(&now.items[0], PART_BIT(PART_INTERVAL)));
	assert_int_equal(now.items[1].interval->cpu_ns, 1);
	assert_false(now.items[1].interval->io_known);
	assert_null(now.items[2].interval);
	assert_int_equal(now.items[3].interval->cpu_ns, 500);
	assert_int_equal(now.items[4].interval->cpu_ns, 0);
	assert_null(now.items[5].interval);
	assert_int_equal(now.items[6].interval->cpu_ns, 50);
	assert_false(snapshot_knows(&now.items[7], PART_BIT(PART_INTERVAL)));
	snapshot_list_deinit(&before);
	snapshot_list_deinit(&now);
}

static void test_cpu(void **state)
{
	struct snapshot s = {
		.stat = {.user_ns = 10, .sys_ns = 5},
                  .cpu_clock_ns = 99
        };

	assert_int_equal(snapshot_cpu_ns(&s), 15);
	s.known = PART_BIT(PART_CPU_CLOCK);
	assert_int_equal(snapshot_cpu_ns(&s), 99);
}

static void test_arena(void **state)
{
	struct arena arena = ARENA_INIT;
	struct str text;
	size_t held;

	assert_int_equal(arena_bytes(&arena), 0);
	assert_null(arena_str(&arena, STR_NONE).p);
	text = arena_str(&arena, STR("ab\0cd"));
	assert_true(str_eq(text, STR("ab\0cd")));
	assert_int_equal(text.p[5], 0);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned char *p = arena_alloc(&arena, 100 + i);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (unsigned k = 0; k < 100 + i; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, 100 + i);
	}
	memset(arena_alloc(&arena, 3 << 20), 1, 3 << 20); /* larger than any block */
	assert_true(str_eq(text, STR("ab\0cd")));         /* nothing has moved */
	held = arena_bytes(&arena);
	assert_true(held > (3 << 20));
	arena_clear(&arena);
	assert_true(arena_bytes(&arena) > 0 && arena_bytes(&arena) < held);
	assert_int_equal(*(char *)arena_alloc(&arena, 1), 0);
	arena_deinit(&arena);
	assert_int_equal(arena_bytes(&arena), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),        cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_threads), cmocka_unit_test(test_since),
		cmocka_unit_test(test_cpu),          cmocka_unit_test(test_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
