/*
 * How many lives a second the recorder takes: fork, exec, exit and settled of each, with commits as
 * a live run has them. Usage: bench_recorder FILE [LIVES]; FILE - measures the table alone.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "model/table.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct bench {
	struct table table;
	struct sink *sink;
	struct error err;
	int64_t slowest_ns, last_tick_ns;
};

static void check(struct bench *b, int r)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s\n", b->err.text);
	exit(1);
}

static void give(struct bench *b, struct record *record)
{
	struct change change;

	if (record->kind != RECORD_SETTLED)
		record->standing = (struct standing){
			.ppid = 4000,
			.pgid = 4000,
			.sid = 3000,
			.uid = {1000, 1000, 1000},
			.gid = {1000, 1000, 1000}
                };
	table_apply(&b->table, record, &change);
	if (b->sink)
		check(b, b->sink->ops->record(b->sink, record, &change, &b->err));
	table_reap(&b->table);
}

static void live_once(struct bench *b, int64_t n, int64_t start_ns)
{
	static const char argv[] =
		"/usr/bin/cc\0-O2\0-c\0some_file.c\0-o\0some_file.o\0nonce-12345";
	int64_t at_ns = start_ns + n * 5000;
	int32_t pid = (int32_t)(5000 + n % 3000000);
	struct ident self = ident_exact(pid, (uint64_t)at_ns);
	struct record record = record_make(RECORD_FORK, at_ns, self, pid);

	record.fork.parent = ident_exact(4000, (uint64_t)start_ns);
	record.fork.comm = STR("make");
	give(b, &record);
	record = record_make(RECORD_EXEC, at_ns + 300000, self, pid);
	record.exec.filename = STR("/usr/bin/cc");
	record.exec.argv = (struct str){argv, sizeof argv};
	record.exec.cwd = STR("/home/somebody/project");
	record.exec.comm = STR("cc");
	record.exec.args_bytes = sizeof argv;
	record.exec.cgroup_id = 4711;
	give(b, &record);
	record = record_make(RECORD_EXIT, at_ns + 1000000, self, pid);
	record.exit.status = 0;
	give(b, &record);
	record = record_make(RECORD_SETTLED, at_ns + 1100000, self, pid);
	record.settled.exact = true;
	for (unsigned i = 0; i < USAGE_RSS_BYTES; i++)
		usage_set(&record.settled.usage, (enum usage_field)i,
			  i < 2 ? 123456 + (uint64_t)n % 1000 : i * 100);
	give(b, &record);
}

static void tick(struct bench *b)
{
	int64_t before_ns = clock_mono_ns();

	if (!b->sink || before_ns - b->last_tick_ns < 20 * NS_PER_MS)
		return;
	b->last_tick_ns = before_ns;
	check(b, b->sink->ops->tick(b->sink, &b->table, clock_boot_ns(), &b->err));
	if (clock_mono_ns() - before_ns > b->slowest_ns)
		b->slowest_ns = clock_mono_ns() - before_ns;
}

int main(int argc, char **argv)
{
	struct recorder_options options = {argc > 1 ? argv[1] : "-", (unsigned)-1, (unsigned)-1,
					   NULL};
	int64_t lives = argc > 2 ? atoll(argv[2]) : 200000, began_ns, took_ns, closed_ns;
	struct run run = {.start_ns = clock_boot_ns(), .status = 0, .source = "bench"};
	struct bench b = {.sink = strcmp(options.path, "-") ? recorder_new(&options) : NULL};
	struct rusage usage;

	table_init(&b.table, (struct table_limits){4096, 0}, NULL);
	if (b.sink)
		check(&b, b.sink->ops->open(b.sink, &run, &b.err));
	began_ns = clock_mono_ns();
	for (int64_t n = 0; n < lives; n++) {
		live_once(&b, n, run.start_ns);
		if (n % 64 == 0)
			tick(&b);
	}
	took_ns = clock_mono_ns() - began_ns;
	run.ended = true;
	if (b.sink) {
		check(&b, b.sink->ops->close(b.sink, &b.table, &run, &b.err));
		b.sink->ops->free(b.sink);
	}
	closed_ns = clock_mono_ns() - began_ns - took_ns;
	getrusage(RUSAGE_SELF, &usage);
	printf("%.0f lives/s, %.2f us a life, slowest commit %.1f ms, close %.1f ms, peak RSS %ld "
	       "KiB\n",
	       (double)lives * 1e9 / (double)took_ns, (double)took_ns / 1e3 / (double)lives,
	       (double)b.slowest_ns / 1e6, (double)closed_ns / 1e6, usage.ru_maxrss);
	table_deinit(&b.table);
	return 0;
}
