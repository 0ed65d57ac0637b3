/* Recordings as files: what may be replaced, what a killed recorder leaves, what a bad file does. */
#include "store/store.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define KILLS 20

struct fixture {
	char directory[64];
	char path[80];
};

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	strcpy(f->directory, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%.63s/r.pscope", f->directory);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char line[160];

	snprintf(line, sizeof line, "chmod 700 %s && rm -rf %s", f->directory, f->directory);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

/* ---- a recorder of its own table ---- */

struct recording {
	struct table table;
	struct run run;
	struct sink *sink;
	int32_t pid;
};

static int begin_owned(struct recording *to, const char *path, unsigned uid, struct error *err)
{
	struct recorder_options options = {path, uid, uid, NULL};

	*to = (struct recording){
		.run = {.start_ns = clock_boot_ns(), .source = "test"},
                  .pid = 100
        };
	table_init(&to->table, (struct table_limits){100, 0}, NULL);
	to->sink = recorder_new(&options);
	return to->sink->ops->open(to->sink, &to->run, err);
}

static int begin(struct recording *to, const char *path, struct error *err)
{
	return begin_owned(to, path, (unsigned)-1, err);
}

static int give(struct recording *to, const struct record *record, struct error *err)
{
	struct change change;

	table_apply(&to->table, record, &change);
	to->run.records++;
	return to->sink->ops->record(to->sink, record, &change, err);
}

/* One whole life, now. */
static int live_once(struct recording *to, struct error *err)
{
	int32_t pid = to->pid++;
	struct ident ident = ident_exact(pid, (uint64_t)clock_boot_ns());
	static const enum record_kind kinds[] = {RECORD_FORK, RECORD_EXIT, RECORD_SETTLED};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof kinds / sizeof *kinds; i++) {
		struct record record = record_make(kinds[i], clock_boot_ns(), ident, pid);

		r = give(to, &record, err);
	}
	table_reap(&to->table);
	return r;
}

static int tick(struct recording *to, struct error *err)
{
	return to->sink->ops->tick(to->sink, &to->table, clock_boot_ns(), err);
}

static void end(struct recording *of)
{
	of->sink->ops->free(of->sink);
	table_deinit(&of->table);
}

static void record_lives(const char *path, int lives)
{
	struct recording recording;
	struct error err;
	int r = begin(&recording, path, &err);

	while (r >= 0 && lives-- > 0)
		r = live_once(&recording, &err);
	recording.run.ended = true;
	if (r >= 0)
		r = recording.sink->ops->close(recording.sink, &recording.table, &recording.run,
					       &err);
	if (r < 0)
		fail_msg("%s", err.text);
	end(&recording);
}

/* ---- reading ---- */

struct reading {
	int result; /* SOURCE_END, or a negative errno with a sentence */
	struct error err;
	uint64_t records;
	int64_t last_ns;
	bool ended;
};

static struct reading read_all(const char *path)
{
	struct source *source = recording_source_new(path);
	struct reading reading = {.err = {""}};
	struct record record;
	struct run run;
	int r = source->ops->open(source, &reading.err);

	while (r >= 0 && r != SOURCE_END) {
		r = source->ops->next(source, &record, &reading.err);
		if (r == SOURCE_RECORD) {
			reading.records++;
			reading.last_ns = record.time_ns;
		}
	}
	if (r >= 0) {
		source->ops->describe(source, &run);
		reading.ended = run.ended;
	}
	reading.result = r;
	source->ops->close(source);
	return reading;
}

static void assert_sentence(struct reading reading, const char *part)
{
	assert_true(reading.result < 0);
	if (!strstr(reading.err.text, part) || strchr(reading.err.text, '\n'))
		fail_msg("\"%s\" is not about \"%s\"", reading.err.text, part);
}

static void assert_refused(const char *path, const char *part)
{
	struct recording recording;
	struct error err = {""};

	assert_true(begin(&recording, path, &err) < 0);
	end(&recording);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" is not about \"%s\"", err.text, part);
}

static void put(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static struct buf get(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf bytes = BUF_INIT;
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = read(fd, buf_reserve(&bytes, 65536), 65536)) > 0)
		bytes.n += (size_t)n;
	close(fd);
	return bytes;
}

/* ---- what stands at the path ---- */

static void test_replaces(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	record_lives(f->path, 3);
	record_lives(f->path, 2);
	assert_int_equal(read_all(f->path).records, 6);
	put(f->path, "", 0);
	record_lives(f->path, 1);
	assert_int_equal(read_all(f->path).records, 3);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_refuses(void **state)
{
	struct fixture *f = *state;
	char other[128], path[128];
	sqlite3 *db;
	struct buf kept;

	assert_refused(f->directory, "a directory");
	assert_refused("/dev/full", "a device");
	assert_refused("/nonexistent/r.pscope", "No such file");
	snprintf(path, sizeof path, "%s/fifo", f->directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, "a FIFO");
	snprintf(other, sizeof other, "%s/other", f->directory);
	snprintf(path, sizeof path, "%s/link", f->directory);
	assert_int_equal(symlink(other, path), 0);
	assert_refused(path, "a symbolic link");
	assert_int_equal(access(other, F_OK), -1);
	put(other, "#!/bin/sh\n", 10);
	assert_refused(other, "no recording of pscope");
	kept = get(other);
	assert_int_equal(kept.n, 10);
	buf_deinit(&kept);
	unlink(other);
	assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "create table t(a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused(other, "no recording of pscope");
	assert_sentence(read_all(other), "no recording of pscope");
}

static void test_refuses_a_second(void **state)
{
	struct fixture *f = *state;
	struct recording first;
	struct error err;

	assert_int_equal(begin(&first, f->path, &err), 0);
	assert_refused(f->path, "another pscope");
	end(&first);
	record_lives(f->path, 1);
}

static void test_owner(void **state)
{
	struct fixture *f = *state;
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	struct recording recording;
	struct error err;
	struct stat st;
	char path[128];

	if (geteuid() != 0)
		skip();
	assert_int_equal(begin_owned(&recording, f->path, 1234, &err), 0);
	assert_int_equal(live_once(&recording, &err), 0);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%.79s%s", f->path, suffixes[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(st.st_gid, 1234);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	end(&recording);
}

/* ---- a full disk ---- */

/* Exit status of a child that records until the file may grow no more. */
static int record_until_full(const char *path)
{
	/* several commits, 50 ms apart, fit into it however fast the machine is */
	struct rlimit limit = {16 << 20, 16 << 20};
	struct recording recording;
	struct error err = {""};
	int r;

	signal(SIGXFSZ, SIG_IGN);
	r = begin(&recording, path, &err);
	if (r < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 1;
	for (int i = 0; r >= 0 && i < 200000; i++) {
		r = live_once(&recording, &err);
		if (r >= 0 && i % 100 == 0)
			r = tick(&recording, &err);
	}
	end(&recording);
	return r < 0 && strstr(err.text, "cannot write the recording") ? 0 : 2;
}

static void test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct reading reading;
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(record_until_full(f->path));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	reading = read_all(f->path);
	if (reading.result < 0)
		fail_msg("%s", reading.err.text);
	assert_true(reading.records > 100);
	assert_false(reading.ended);
}

/* ---- growing and killed ---- */

static void test_read_while_growing(void **state)
{
	struct fixture *f = *state;
	struct recording recording;
	struct reading reading;
	struct error err;
	uint64_t before = 0;
	pid_t child;
	int status;

	assert_int_equal(begin(&recording, f->path, &err), 0);
	for (int round = 0; round < 5; round++) {
		int64_t until_ns = clock_mono_ns() + 50 * NS_PER_MS;

		while (clock_mono_ns() < until_ns)
			assert_int_equal(live_once(&recording, &err), 0);
		assert_int_equal(tick(&recording, &err), 0);
		/* another process: locks are a matter between processes */
		child = fork();
		if (child == 0) {
			reading = read_all(f->path);
			_exit(reading.result == SOURCE_END && !reading.ended &&
					      reading.records == recording.run.records
				      ? 0
				      : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_true(recording.run.records > before);
		before = recording.run.records;
	}
	recording.run.ended = true;
	assert_int_equal(
		recording.sink->ops->close(recording.sink, &recording.table, &recording.run, &err),
		0);
	end(&recording);
	assert_int_equal(read_all(f->path).records, before);
}

/* Records for ever, with the ticks that a live run has. */
static void record_for_ever(const char *path, int ready_fd)
{
	struct recording recording;
	struct error err;
	int64_t ticked_ns = 0;
	int r = begin(&recording, path, &err);

	if (write(ready_fd, "", 1) != 1)
		_exit(1);
	while (r >= 0) {
		r = live_once(&recording, &err);
		if (r >= 0 && clock_mono_ns() - ticked_ns > 20 * NS_PER_MS) {
			ticked_ns = clock_mono_ns();
			r = tick(&recording, &err);
		}
	}
	_exit(1);
}

static int64_t kill_once(const char *path, unsigned round)
{
	struct timespec pause = {0, (long)(round * 7919 % 120) * 1000000};
	struct reading reading;
	int64_t killed_ns;
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		record_for_ever(path, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	/* the moment of the kill is what is tried out */
	nanosleep(&pause, NULL);
	killed_ns = clock_boot_ns();
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	reading = read_all(path);
	if (reading.result < 0)
		fail_msg("%s", reading.err.text);
	assert_false(reading.ended);
	return reading.records ? killed_ns - reading.last_ns : 0;
}

static void test_killed(void **state)
{
	struct fixture *f = *state;
	const char *kills = getenv("PSCOPE_TEST_KILLS");
	unsigned rounds = kills ? (unsigned)atoi(kills) : KILLS;
	int64_t worst_ns = 0;

	for (unsigned i = 0; i < rounds; i++) {
		int64_t missing_ns = kill_once(f->path, i);

		worst_ns = missing_ns > worst_ns ? missing_ns : worst_ns;
	}
	print_message("# %u kills: at most %lld ms are missing\n", rounds,
		      (long long)(worst_ns / NS_PER_MS));
	/* a busy machine stops the recorder itself for a while */
	assert_true(worst_ns < 1000 * NS_PER_MS);
}

/* A killed recording in a folder where nobody may write is read from a private copy. */
static void test_killed_read_only(void **state)
{
	struct fixture *f = *state;
	struct recording recording;
	struct reading reading;
	struct error err;
	char line[320];
	pid_t child;
	int status;

	if (geteuid() != 0)
		skip();
	child = fork();
	if (child == 0) {
		begin(&recording, f->path, &err);
		for (int i = 0; i < 10; i++)
			live_once(&recording, &err);
		nanosleep(&(struct timespec){0, 50000000}, NULL);
		tick(&recording, &err);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	snprintf(line, sizeof line, "rm -f %s-shm && chmod 444 %s* && chmod 555 %s", f->path,
		 f->path, f->directory);
	assert_int_equal(system(line), 0);
	child = fork();
	if (child == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(1);
		reading = read_all(f->path);
		if (reading.result < 0)
			fprintf(stderr, "# %s\n", reading.err.text);
		_exit(reading.result == SOURCE_END && reading.records == 30 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- bad files ---- */

static void test_no_recordings(void **state)
{
	struct fixture *f = *state;
	char path[128];

	assert_sentence(read_all(f->directory), "a directory");
	assert_sentence(read_all("/dev/zero"), "a device");
	assert_sentence(read_all("/nonexistent"), "No such file");
	snprintf(path, sizeof path, "%s/fifo", f->directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_sentence(read_all(path), "a FIFO");
	put(f->path, "", 0);
	assert_sentence(read_all(f->path), "is empty");
	put(f->path, "{\"Header\":{}}", 13);
	assert_sentence(read_all(f->path), "no recording of pscope");
	put(f->path, "SQLite format 3", 16);
	assert_sentence(read_all(f->path), "no recording of pscope");
}

/* Cut and changed everywhere: a sentence or records, never more of them than there were. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;
	unsigned failed = 0;
	struct buf bytes;

	record_lives(f->path, 300);
	bytes = get(f->path);
	for (size_t at = 0; at < bytes.n; at += bytes.n / 97) {
		put(f->path, bytes.p, at);
		assert_true(read_all(f->path).result < 0);
	}
	for (size_t at = 0; at < bytes.n; at += 1 + bytes.n / 397) {
		struct reading reading;
		char old = bytes.p[at];

		bytes.p[at] ^= (char)(1 << at % 8);
		put(f->path, bytes.p, bytes.n);
		reading = read_all(f->path);
		assert_true(reading.records <= 900);
		assert_int_equal(reading.result < 0, reading.err.text[0] != 0);
		failed += reading.result < 0;
		bytes.p[at] = old;
	}
	assert_true(failed > 0);
	buf_deinit(&bytes);
}

/* Somebody else's SQL in a file that says it is ours. `part`: of the sentence; NULL: it is read. */
static void hurt(struct fixture *f, const char *sql, const char *part)
{
	char *message = NULL;
	sqlite3 *db;

	record_lives(f->path, 3);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	sqlite3_exec(db, "drop view events; drop view processes", NULL, NULL, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
	if (part)
		assert_sentence(read_all(f->path), part);
	else
		assert_int_equal(read_all(f->path).records, 9);
}

static void test_hostile(void **state)
{
	struct fixture *f = *state;

	hurt(f,
	     "drop table fork; create view fork as with recursive r(seq) as"
	     " (select 1 union all select seq + 1 from r) select * from r",
	     "no table fork");
	hurt(f, "drop table fork; create virtual table fork using fts5(seq)", "no table fork");
	hurt(f, "drop table meta", "no table meta");
	hurt(f, "update fork set pid = 99999999999", "impossible pid");
	hurt(f, "update fork set inferred = 2", "impossible inferred");
	hurt(f, "update exit set status = -9999999999", "impossible status");
	hurt(f, "drop table exit; create table exit(a, b)", "no such column");
	hurt(f,
	     "drop table exit; create table exit(seq, status);"
	     "insert into exit values (1, 0), (1, 0)",
	     "comes twice");
	hurt(f, "pragma user_version = 77", "version 77");
	hurt(f, "update meta set value = zeroblob(1000000) where key = 'source'", NULL);
	hurt(f, "update process set parent = id, birth_parent = 99", NULL);
	hurt(f, "update fork set process = 77", NULL);
}

/* A recording of a pscope that knew more members, or fewer. */
static void test_other_members(void **state)
{
	struct fixture *f = *state;

	hurt(f, "alter table fork add column younger any", NULL);
	hurt(f, "alter table fork drop column comm", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replaces), TEST(test_refuses),          TEST(test_refuses_a_second),
		TEST(test_owner),    TEST(test_full_disk),        TEST(test_read_while_growing),
		TEST(test_killed),   TEST(test_killed_read_only), TEST(test_no_recordings),
		TEST(test_damaged),  TEST(test_hostile),          TEST(test_other_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
