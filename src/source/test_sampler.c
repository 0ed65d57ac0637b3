/* The sampler over a made-up tree of kernel files, and over this very process. */
#include "base/clock.h"
#include "base/mem.h"
#include "source/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char directory[64];
	struct root root;
	struct table table;
	struct source *source;
};

static void put(struct fixture *f, int pid, const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/proc/%d", f->directory, pid);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/proc/%d/%s", f->directory, pid, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void put_stat(struct fixture *f, int pid, char state, unsigned ticks, unsigned start)
{
	char text[256];

	snprintf(text, sizeof text,
		 "%d (a) b) %c 1 1 1 0 -1 0 0 0 0 0 %u %u 0 0 20 0 1 0 %u 0 0 0\n", pid, state,
		 ticks, 3 * ticks, start);
	put(f, pid, "stat", text);
}

static void use_root(struct fixture *f, const char *path)
{
	struct sampler_options options = {
		.table = &f->table, .root = &f->root, .interval_ns = NS_PER_MS};
	struct error err;

	if (root_open(&f->root, path, &err) < 0)
		fail_msg("%s", err.text);
	f->source = sampler_new(&options);
	if (f->source->ops->open(f->source, &err) < 0)
		fail_msg("%s", err.text);
}

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);
	char path[96];

	strcpy(f->directory, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(path, sizeof path, "%s/proc", f->directory);
	assert_int_equal(mkdir(path, 0755), 0);
	table_init(&f->table, (struct table_limits){SIZE_MAX, 0}, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char line[96];

	f->source->ops->close(f->source);
	root_close(&f->root);
	table_deinit(&f->table);
	snprintf(line, sizeof line, "rm -rf %s", f->directory);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

static void apply(struct fixture *f, enum record_kind kind, struct ident ident)
{
	int64_t at_ns = ident.grain_ns ? (int64_t)ident.start_ns : clock_boot_ns();
	struct record record = record_make(kind, at_ns, ident, ident.tgid);
	struct change change;

	table_apply(&f->table, &record, &change);
}

/* Waits for the timer, then takes the next record. */
static int next(struct fixture *f, struct record *ret)
{
	struct pollfd timer = {f->source->ops->fd(f->source), POLLIN, 0};
	struct error err;

	assert_int_equal(poll(&timer, 1, 10000), 1);
	return f->source->ops->next(f->source, ret, &err);
}

static void test_fixture_tree(void **state)
{
	struct fixture *f = *state;
	struct record record;
	struct error err;

	use_root(f, f->directory);
	put_stat(f, 7, 'S', 10, 500);
	put(f, 7, "statm", "9 5 1 1 0 1 0\n");
	put(f, 7, "io", "rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 4\n");
	put_stat(f, 8, 'S', 20, 600); /* no statm, no io: not readable */
	put_stat(f, 9, 'Z', 20, 600);
	put_stat(f, 10, 'S', 20, 999); /* somebody else has the number */
	apply(f, RECORD_FORK, ident_exact(7, 5000000001));
	apply(f, RECORD_FORK, ident_exact(8, 6009999999));
	apply(f, RECORD_FORK, ident_exact(9, 6000000000));
	apply(f, RECORD_FORK, ident_exact(10, 6000000000));
	apply(f, RECORD_FORK, ident_exact(11, 6000000000)); /* gone */

	assert_int_equal(next(f, &record), SOURCE_RECORD);
	assert_int_equal(record.kind, RECORD_SAMPLE);
	assert_int_equal(record.pid, 7);
	assert_int_equal(record.ident.start_ns, 5000000001);
	assert_int_equal(record.usage.value[USAGE_CPU_USER_NS], 100000000);
	assert_int_equal(record.usage.value[USAGE_CPU_SYS_NS], 300000000);
	assert_int_equal(record.usage.value[USAGE_RSS_BYTES], 5 * sysconf(_SC_PAGESIZE));
	assert_int_equal(record.usage.value[USAGE_READ_BYTES], 3);
	assert_int_equal(record.usage.value[USAGE_WRITE_BYTES], 4);
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_RECORD);
	assert_int_equal(record.pid, 8);
	assert_int_equal(record.usage.known,
			 USAGE_BIT(USAGE_CPU_USER_NS) | USAGE_BIT(USAGE_CPU_SYS_NS) |
				 USAGE_BIT(USAGE_MINOR_FAULTS) | USAGE_BIT(USAGE_MAJOR_FAULTS) |
				 USAGE_BIT(USAGE_THREADS));
	while (f->source->ops->next(f->source, &record, &err) == SOURCE_RECORD)
		assert_in_range(record.pid, 7, 8);
	f->source->ops->stop(f->source);
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_END);
}

/* Between two samples processes end, come to be and are reaped. */
static void test_changing_table(void **state)
{
	struct fixture *f = *state;
	struct record record;
	struct error err;

	use_root(f, f->directory);
	f->table.limits.tombstones = 0;
	for (int pid = 100; pid < 110; pid++) {
		put_stat(f, pid, 'S', 1, 500);
		apply(f, RECORD_FORK, ident_exact(pid, 5000000000));
	}
	assert_int_equal(next(f, &record), SOURCE_RECORD);
	assert_int_equal(record.pid, 100);
	for (int pid = 100; pid < 109; pid++) {
		apply(f, RECORD_EXIT, ident_exact(pid, 5000000000));
		apply(f, RECORD_SETTLED, ident_exact(pid, 5000000000));
	}
	table_reap(&f->table);
	put_stat(f, 110, 'S', 1, 500);
	apply(f, RECORD_FORK, ident_exact(110, 5000000000));
	/* the number of one that had its turn still to come is used again */
	put_stat(f, 108, 'S', 1, 700);
	apply(f, RECORD_FORK, ident_exact(108, 7000000000));
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_RECORD);
	assert_int_equal(record.pid, 109);
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_NONE);
	assert_int_equal(next(f, &record), SOURCE_RECORD);
	assert_int_equal(record.pid, 109);
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_RECORD);
	assert_int_equal(record.pid, 110);
	assert_int_equal(f->source->ops->next(f->source, &record, &err), SOURCE_RECORD);
	assert_int_equal(record.pid, 108);
	assert_int_equal(record.ident.start_ns, 7000000000);
}

static void test_itself(void **state)
{
	struct fixture *f = *state;
	struct timespec before, after;
	struct record record;
	uint64_t cpu_ns;

	use_root(f, NULL);
	apply(f, RECORD_SEEN, ident_provisional(getpid()));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	assert_int_equal(next(f, &record), SOURCE_RECORD);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	cpu_ns = usage_cpu_ns(&record.usage);
	assert_true(cpu_ns >= (uint64_t)(before.tv_sec * NS_PER_SEC + before.tv_nsec));
	assert_true(cpu_ns <= (uint64_t)(after.tv_sec * NS_PER_SEC + after.tv_nsec));
	assert_true(usage_knows(&record.usage, USAGE_RSS_BYTES));
	assert_true(usage_knows(&record.usage, USAGE_READ_BYTES));
}

static int take(struct fixture *f, struct record *ret)
{
	struct error err;

	return f->source->ops->next(f->source, ret, &err);
}

static void begin_rounds(struct fixture *f)
{
	struct sampler_options options = {.table = &f->table,
					  .root = &f->root,
					  .interval_ns = 3600 * NS_PER_SEC,
					  .rounds = true,
					  .parts = PART_BIT(PART_CMDLINE)};
	struct error err;

	if (root_open(&f->root, f->directory, &err) < 0)
		fail_msg("%s", err.text);
	f->source = sampler_new(&options);
	if (f->source->ops->open(f->source, &err) < 0)
		fail_msg("%s", err.text);
}

/* The first round waits for somebody, not for the interval; the last one comes behind stop. */
static void test_rounds(void **state)
{
	struct fixture *f = *state;
	const struct snapshot *s;
	struct record record, first;

	put_stat(f, 7, 'S', 10, 500);
	put(f, 7, "cmdline", "x");
	begin_rounds(f);
	assert_int_equal(next(f, &record), SOURCE_NONE);
	apply(f, RECORD_FORK, ident_exact(7, 5000000001));
	assert_int_equal(next(f, &first), SOURCE_RECORD);
	assert_int_equal(first.pid, 7);
	assert_int_equal(take(f, &record), SOURCE_RECORD);
	assert_int_equal(record.kind, RECORD_SAMPLE);
	assert_int_equal(record.ident.tgid, 0);
	assert_int_equal(take(f, &record), SOURCE_NONE);
	s = sampler_snapshot(f->source, &first);
	assert_non_null(s);
	assert_true(str_is(s->cmdline, "x"));
	first.time_ns++;
	assert_null(sampler_snapshot(f->source, &first));
	f->source->ops->stop(f->source);
	assert_int_equal(take(f, &record), SOURCE_RECORD);
	assert_int_equal(record.pid, 7);
	assert_int_equal(take(f, &record), SOURCE_RECORD);
	assert_int_equal(record.ident.tgid, 0);
	assert_int_equal(take(f, &record), SOURCE_END);
}

/* Whoever was sampled keeps his snapshot while later rounds are read. */
static void test_kept(void **state)
{
	struct fixture *f = *state;
	struct record first, record;

	put_stat(f, 7, 'S', 10, 500);
	put(f, 7, "cmdline", "x");
	begin_rounds(f);
	apply(f, RECORD_FORK, ident_exact(7, 5000000001));
	assert_int_equal(next(f, &first), SOURCE_RECORD);
	assert_int_equal(take(f, &record), SOURCE_RECORD);
	sampler_set_interval(f->source, NS_PER_MS);
	for (int i = 0; i < 10; i++) {
		while (next(f, &record) != SOURCE_RECORD)
			;
		assert_int_equal(take(f, &record), SOURCE_RECORD);
	}
	assert_non_null(sampler_snapshot(f->source, &first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fixture_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changing_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
