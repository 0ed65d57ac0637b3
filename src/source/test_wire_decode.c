/* Wire records in, records out: the fields, the joins, and bytes that are wrong. */
#include "source/bpf/wire.h"
#include "source/wire_decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

struct fixture {
	struct wire_decoder *decoder;
	union {
		struct wire_header h;
		struct wire_exec exec;
		struct wire_seen seen;
		char bytes[4096];
	} u;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->decoder = wire_decoder_new();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	wire_decoder_free(f->decoder);
	free(f);
	return 0;
}

static struct wire_header header(unsigned kind, size_t size, int tgid, uint64_t start_ns)
{
	return (struct wire_header){.size = (uint32_t)size,
				    .kind = (uint16_t)kind,
				    .time_ns = 1000,
				    .start_ns = start_ns,
				    .tgid = tgid,
				    .pid = tgid + 1,
				    .tid = tgid + 2,
				    .start_grain_ns = 1};
}

static struct wire_exit exit_of(int tgid, unsigned threads, uint64_t peak, unsigned flags)
{
	struct wire_exit w = {.h = header(WIRE_EXIT, sizeof w, tgid, 7),
			      .status = 256,
			      .threads = threads,
			      .rss_peak_bytes = peak};

	w.h.flags = (uint16_t)flags;
	return w;
}

static struct wire_settled settled_of(int tgid, unsigned threads, uint64_t run_ns)
{
	return (struct wire_settled){
		.h = header(WIRE_SETTLED, sizeof(struct wire_settled), tgid, 7),
		.run_ns = run_ns,
		.utime = 3,
		.stime = 1,
		.minor_faults = 5,
		.write_chars = 6,
		.threads = threads};
}

/* Feeds a record that must give `count` records; the last of them is returned. */
static struct record feed(struct fixture *f, const void *w, unsigned count)
{
	struct record r = {0}, none;

	assert_int_equal(wire_decoder_feed(f->decoder, w, *(const uint32_t *)w), 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(wire_decoder_next(f->decoder, &none), 0);
	return r;
}

static void fork_names_a_forker_only_when_it_is_not_the_parent(void **state)
{
	struct fixture *f = *state;
	struct wire_fork w = {
		.h = header(WIRE_FORK, sizeof w, 20, 9),
		.standing = {.ppid = 11, .uid = {1, 2, 3}, .gid = {~0u, ~0u, ~0u}},
		.parent_tgid = 10,
		.parent_start_ns = 5,
		.forker_tgid = 10,
		.forker_start_ns = 5,
		.forker_pid = 11,
		.forker_tid = 12,
		.comm = "sixteen bytes lo"
        };
	struct record r = feed(f, &w, 1);

	assert_int_equal(r.kind, RECORD_FORK);
	assert_int_equal(r.pid, 21);
	assert_int_equal(r.ident.start_ns, 9);
	assert_int_equal(r.fork.parent.tgid, 10);
	assert_int_equal(r.fork.forker.tgid, 0);
	assert_int_equal(r.fork.forker_tid, 12);
	assert_int_equal(r.standing.uid.saved, 3);
	assert_int_equal(r.standing.gid.real, UID_UNKNOWN);
	assert_int_equal(r.fork.comm.n, 16);

	w.forker_tgid = 13;
	r = feed(f, &w, 1);
	assert_int_equal(r.fork.forker.tgid, 13);
	assert_int_equal(r.fork.forker_pid, 11);
}

static void put_exec(struct fixture *f, struct str filename, struct str cwd, unsigned cwd_flags,
		     struct str argv)
{
	size_t at = sizeof f->u.exec;

	memset(&f->u, 0, sizeof f->u);
	memcpy(f->u.bytes + at, filename.p, filename.n);
	memcpy(f->u.bytes + at + filename.n, cwd.p, cwd.n);
	memcpy(f->u.bytes + at + filename.n + cwd.n, argv.p, argv.n);
	f->u.exec.h = header(WIRE_EXEC, (at + filename.n + cwd.n + argv.n + 7) / 8 * 8, 20, 9);
	f->u.exec.filename_size = (uint32_t)filename.n;
	f->u.exec.cwd_size = (uint32_t)cwd.n;
	f->u.exec.argv_size = (uint32_t)argv.n;
	f->u.exec.args_bytes = argv.n;
	f->u.exec.cwd_flags = cwd_flags;
}

static void a_thread_names_who_made_it(void **state)
{
	struct fixture *f = *state;
	struct wire_clone w = {.h = header(WIRE_CLONE, sizeof w, 100, 7), .parent_tid = 33};
	struct record r;

	assert_int_equal(wire_decoder_feed(f->decoder, &w, sizeof w), 0);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(r.kind, RECORD_CLONE);
	assert_int_equal(r.tid, 102);
	assert_int_equal(r.new_id, 33);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 0);
}

static void exec_has_its_strings(void **state)
{
	struct fixture *f = *state;
	struct record r;

	put_exec(f, STR("/bin/a\0junk"), STR("/tmp"), WIRE_CWD_PATH, STR("a\0b c\0"));
	r = feed(f, &f->u, 1);
	assert_true(str_is(r.exec.filename, "/bin/a"));
	assert_true(str_is(r.exec.cwd, "/tmp"));
	assert_true(str_eq(r.exec.argv, STR("a\0b c\0")));
	assert_false(r.exec.args_truncated);
	assert_int_equal(r.exec.args_bytes, 6);

	f->u.exec.args_bytes = 200000;
	r = feed(f, &f->u, 1);
	assert_true(r.exec.args_truncated);
	assert_int_equal(r.exec.args_bytes, 200000);
}

static void exec_ends_cut_words_and_turns_the_directory_round(void **state)
{
	static const struct {
		struct str parts, path;
		unsigned flags;
	} cases[] = {
		{{"c\0\0b\0a\0", 7}, {"/a/b/c", 6}, 0                 },
		{{"c\0b\0", 4},      {NULL, 0},     WIRE_CWD_TRUNCATED},
		{{"\0", 1},          {"/", 1},      0                 },
		{{"/\0", 2},         {"/", 1},      0                 },
		{{"b\0a", 3},        {"/a/b", 4},   0                 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct record r;

		put_exec(f, STR("/bin/a"), cases[i].parts, WIRE_CWD_REVERSED | cases[i].flags,
			 STR("a\0cu"));
		r = feed(f, &f->u, 1);
		assert_true(str_eq(r.exec.cwd, cases[i].path));
		assert_true(str_eq(r.exec.argv, STR("a\0cu\0")));
	}
}

static void exec_with_lengths_beyond_the_end_is_refused(void **state)
{
	struct fixture *f = *state;

	put_exec(f, STR("/bin/a"), STR("/"), WIRE_CWD_PATH, STR("a\0"));
	f->u.exec.argv_size = UINT32_MAX;
	f->u.exec.cwd_size = UINT32_MAX;
	assert_int_equal(wire_decoder_feed(f->decoder, &f->u, f->u.h.size), -EBADMSG);
	assert_int_equal(wire_decoder_feed(f->decoder, &f->u, 8), -EBADMSG);
	f->u.h.kind = 999;
	assert_int_equal(wire_decoder_feed(f->decoder, &f->u, f->u.h.size), -EBADMSG);
}

static void who_ran_already_has_parent_name_and_arguments(void **state)
{
	struct fixture *f = *state;
	struct wire_seen *w = &f->u.seen;
	struct record r;

	memset(&f->u, 0, sizeof f->u);
	memcpy(f->u.bytes + sizeof *w,
	       "/bin/a"
	       "a\0cu",
	       10);
	w->h = header(WIRE_SEEN, sizeof *w + 16, 20, 9);
	w->parent_tgid = 10;
	w->parent_start_ns = 5;
	w->filename_size = 6;
	w->argv_size = 4;
	memcpy(w->comm, "a", 1);
	r = feed(f, w, 1);
	assert_int_equal(r.kind, RECORD_SEEN);
	assert_int_equal(r.seen.parent.tgid, 10);
	assert_int_equal(r.seen.parent.start_ns, 5);
	assert_true(str_is(r.seen.comm, "a"));
	assert_true(str_is(r.seen.filename, "/bin/a"));
	assert_true(str_eq(r.seen.argv, STR("a\0cu\0")));
	assert_false(r.inferred);

	w->h.flags = WIRE_INFERRED | WIRE_COVERED;
	r = feed(f, w, 1);
	assert_true(r.inferred && r.covered);

	w->argv_size = 0;
	assert_null(feed(f, w, 1).seen.argv.p);
	w->argv_size = 11;
	assert_int_equal(wire_decoder_feed(f->decoder, w, w->h.size), -EBADMSG);
}

static void one_thread_settles_with_the_peak_of_its_exit(void **state)
{
	struct fixture *f = *state;
	struct wire_exit w = exit_of(20, 1, 4096, WIRE_PEAK_BOUND);
	struct wire_exit same_slot = exit_of(20 + 4096, 1, 8192, WIRE_PEAK_KNOWN);
	struct wire_settled s = settled_of(20, 1, 400), t = settled_of(20 + 4096, 1, 400);
	struct record r = feed(f, &w, 1);

	assert_int_equal(r.kind, RECORD_EXIT);
	assert_int_equal(r.exit.status, 256);
	feed(f, &same_slot, 1);
	r = feed(f, &s, 1);
	assert_int_equal(r.kind, RECORD_SETTLED);
	assert_true(r.settled.exact);
	assert_int_equal(r.settled.usage.value[USAGE_CPU_USER_NS], 300);
	assert_int_equal(r.settled.usage.value[USAGE_CPU_SYS_NS], 100);
	assert_int_equal(r.settled.usage.value[USAGE_RSS_PEAK_BYTES], 4096);
	assert_int_equal(r.settled.usage.bound, USAGE_BIT(USAGE_RSS_PEAK_BYTES));
	assert_int_equal(r.settled.usage.value[USAGE_THREADS], 1);
	r = feed(f, &t, 1);
	assert_int_equal(r.settled.usage.value[USAGE_RSS_PEAK_BYTES], 8192);
	assert_int_equal(r.settled.usage.bound, 0);
	r = feed(f, &t, 1);
	assert_false(usage_knows(&r.settled.usage, USAGE_RSS_PEAK_BYTES));
}

static void threads_settle_as_one_and_a_second_exit_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct wire_settled early = settled_of(20, 2, 10), late = settled_of(20, 3, 20);
	struct wire_exit w = exit_of(20, 3, 4096, WIRE_PEAK_KNOWN);
	struct record r;

	feed(f, &early, 0);
	feed(f, &w, 1);
	feed(f, &w, 0);
	feed(f, &late, 0);
	r = feed(f, &late, 1);
	assert_int_equal(r.settled.usage.value[USAGE_CPU_USER_NS] +
				 r.settled.usage.value[USAGE_CPU_SYS_NS],
			 50);
	assert_int_equal(r.settled.usage.value[USAGE_THREADS], 3);
	assert_int_equal(r.settled.usage.value[USAGE_MINOR_FAULTS], 15);
	assert_int_equal(r.settled.usage.value[USAGE_WRITE_CHARS], 18);
	assert_int_equal(r.settled.usage.value[USAGE_RSS_PEAK_BYTES], 4096);
	assert_true(r.settled.exact);
	/* the next life of that number starts afresh */
	feed(f, &w, 1);
}

static void a_whole_process_settles_with_what_is_known(void **state)
{
	struct fixture *f = *state;
	struct wire_settled s = settled_of(20, 5, 400);
	struct record r;

	s.h.flags = WIRE_SETTLED_PROCESS | WIRE_PEAK_KNOWN << 8;
	s.known = 1u << 0 | 1u << 4 | 1u << 13;
	s.rss_peak_bytes = 77;
	r = feed(f, &s, 1);
	assert_true(r.settled.exact);
	assert_true(usage_knows(&r.settled.usage, USAGE_MINOR_FAULTS));
	assert_false(usage_knows(&r.settled.usage, USAGE_WRITE_CHARS));
	assert_int_equal(r.settled.usage.value[USAGE_RSS_PEAK_BYTES], 77);
	assert_int_equal(r.settled.usage.value[USAGE_THREADS], 5);
	s.h.flags |= WIRE_SETTLED_INEXACT;
	assert_false(feed(f, &s, 1).settled.exact);
}

static void a_core_stands_before_its_exit(void **state)
{
	struct fixture *f = *state;
	struct wire_exit w = exit_of(20, 1, 0, 0);
	struct record r;

	w.status = 11 | 0x80;
	assert_int_equal(wire_decoder_feed(f->decoder, &w, sizeof w), 0);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(r.kind, RECORD_CORE);
	assert_true(r.inferred);
	assert_int_equal(r.core_signal, 11);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(r.kind, RECORD_EXIT);
	assert_false(r.inferred);
}

static void a_changed_standing_is_one_record_per_known_part(void **state)
{
	struct fixture *f = *state;
	struct wire_ids w = {
		.h = header(WIRE_IDS, sizeof w, 20, 7),
		.standing = {.ppid = 3, .pgid = 20, .uid = {0, 1, 2}, .gid = {~0u, ~0u, ~0u}}
        };
	struct record r;

	assert_int_equal(wire_decoder_feed(f->decoder, &w, sizeof w), 0);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(r.kind, RECORD_PGID);
	assert_int_equal(r.new_id, 20);
	assert_int_equal(r.standing.pgid, 0);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 1);
	assert_int_equal(r.kind, RECORD_UID);
	assert_int_equal(r.ids.saved, 2);
	assert_int_equal(wire_decoder_next(f->decoder, &r), 0);
}

/* Its threads were not all seen: their parts count no more once the whole has come. */
static void sums_stand_for_threads_that_nobody_saw(void **state)
{
	struct fixture *f = *state;
	struct wire_exit e = exit_of(20, 3, 4096, WIRE_PEAK_KNOWN);
	struct wire_settled part = settled_of(20, 3, 50), sums = settled_of(20, 0, 400);
	struct record r;

	sums.h.flags = WIRE_SETTLED_PROCESS;
	sums.known = 0xff1;
	feed(f, &part, 0);
	feed(f, &e, 1);
	feed(f, &e, 0);
	r = feed(f, &sums, 1);
	assert_int_equal(r.kind, RECORD_SETTLED);
	assert_true(r.settled.exact);
	assert_int_equal(r.settled.usage.value[USAGE_CPU_USER_NS] +
				 r.settled.usage.value[USAGE_CPU_SYS_NS],
			 400);
	assert_int_equal(r.settled.usage.value[USAGE_MINOR_FAULTS], 5);
	assert_int_equal(r.settled.usage.value[USAGE_WRITE_CHARS], 6);
	assert_int_equal(r.settled.usage.value[USAGE_RSS_PEAK_BYTES], 4096);
	assert_false(r.settled.usage.known & USAGE_BIT(USAGE_CPU_WAIT_NS));
	assert_false(r.settled.usage.known & USAGE_BIT(USAGE_THREADS));
}

static void who_is_in_a_cgroup_is_marked(void **state)
{
	struct fixture *f = *state;
	struct wire_fork fork = {.h = header(WIRE_FORK, sizeof fork, 20, 9)};
	struct wire_exit e = exit_of(20, 1, 4096, WIRE_PEAK_KNOWN);
	struct wire_comm comm = {.h = header(WIRE_COMM, sizeof comm, 20, 9)};
	struct record r;

	assert_false(feed(f, &fork, 1).covered);
	fork.h.flags = WIRE_COVERED;
	assert_true(feed(f, &fork, 1).covered);
	assert_false(feed(f, &e, 1).covered);
	e.h.flags |= WIRE_COVERED;
	assert_true(feed(f, &e, 1).covered);
	comm.h.flags = WIRE_INFERRED;
	r = feed(f, &comm, 1);
	assert_true(r.inferred);
	assert_false(r.covered);
}

static void a_tracer_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	struct wire_ptrace w = {.h = header(WIRE_PTRACE, sizeof w, 20, 9), .tracer_pid = 77};
	struct record r = feed(f, &w, 1);

	assert_int_equal(r.kind, RECORD_PTRACE);
	assert_int_equal(r.pid, 21);
	assert_int_equal(r.tid, 22);
	assert_int_equal(r.new_id, 77);
	w.tracer_pid = 0;
	assert_int_equal(feed(f, &w, 1).new_id, 0);
}

static void the_table_of_joins_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct wire_settled s = settled_of(1, 2, 1);

	for (int i = 1; i <= 100000; i++) {
		s.h.tgid = i;
		feed(f, &s, 0);
	}
	feed(f, &s, 1); /* a recent one is still joined */
	s.h.tgid = 1;
	feed(f, &s, 0); /* the oldest was forgotten */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fork_names_a_forker_only_when_it_is_not_the_parent,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_thread_names_who_made_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exec_has_its_strings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exec_ends_cut_words_and_turns_the_directory_round,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(exec_with_lengths_beyond_the_end_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_ran_already_has_parent_name_and_arguments,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_thread_settles_with_the_peak_of_its_exit,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(threads_settle_as_one_and_a_second_exit_is_dropped,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_whole_process_settles_with_what_is_known, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(sums_stand_for_threads_that_nobody_saw, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_is_in_a_cgroup_is_marked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tracer_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_core_stands_before_its_exit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_standing_is_one_record_per_known_part,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_table_of_joins_is_bounded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
