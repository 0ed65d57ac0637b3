/* Messages of taskstats of several ages, and what they come to. */
#include "source/netlink/taskstats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAMILY 31

struct message {
	char bytes[4096] __attribute__((aligned(8)));
	size_t n;
};

static void add(struct message *m, const void *bytes, size_t n)
{
	memcpy(m->bytes + m->n, bytes, n);
	m->n += n;
	while (m->n % 4)
		m->bytes[m->n++] = 0;
}

static size_t open_attribute(struct message *m, uint16_t type)
{
	uint16_t head[2] = {0, type};

	add(m, head, sizeof head);
	return m->n - sizeof head;
}

static void close_attribute(struct message *m, size_t at)
{
	uint16_t n = (uint16_t)(m->n - at);

	memcpy(m->bytes + at, &n, sizeof n);
}

/* offsets of struct taskstats up to version 14; `wide`: what 15 has in excess before the name */
static void add_stats(struct message *m, uint16_t version, size_t size, uint64_t run_ns)
{
	size_t wide = version == 15 ? 48 : 0;
	char *stats = calloc(1, size);
	size_t at;
	const struct {
		size_t offset;
		uint64_t value;
	} numbers[] = {
		{24,         900   }, /* waiting for a CPU */
		{72 + wide,  run_ns},
                {152 + wide, 30    }, /* user us */
		{160 + wide, 10    }, /* system us */
		{168 + wide, 5     }, /* minor, major faults */
		{176 + wide, 6     },
                {200 + wide, 1000  }, /* peak KiB */
		{208 + wide, 9999  }, /* virtual peak */
		{216 + wide, 2048  }, /* characters read, written */
		{224 + wide, 4096  },
                {248 + wide, 512   }, /* bytes read, written */
		{256 + wide, 8192  },
                {272 + wide, 3     }, /* switches */
		{280 + wide, 4     },
	};

	memcpy(stats, &version, sizeof version);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].offset + 8 <= size)
			memcpy(stats + numbers[i].offset, &numbers[i].value, 8);
	if (88 + wide < size)
		memcpy(stats + 80 + wide, "worker", 6);
	at = open_attribute(m, 3);
	add(m, stats, size);
	close_attribute(m, at);
	free(stats);
}

static void begin(struct message *m)
{
	static const uint8_t general[4] = {2, 1};
	uint32_t head[4] = {0, FAMILY};

	m->n = 0;
	add(m, head, sizeof head);
	add(m, general, sizeof general);
}

static void add_aggregate(struct message *m, uint16_t type, uint16_t id_type, uint32_t id,
			  uint16_t version, size_t size, uint64_t run_ns)
{
	size_t at = open_attribute(m, type), inner = open_attribute(m, id_type);

	add(m, &id, sizeof id);
	close_attribute(m, inner);
	close_attribute(m, open_attribute(m, 6));
	add_stats(m, version, size, run_ns);
	close_attribute(m, at);
}

static int decode(struct message *m, struct taskstats_exit *ret)
{
	uint32_t n = (uint32_t)m->n;

	memcpy(m->bytes, &n, sizeof n);
	return taskstats_decode(m->bytes, m->n, FAMILY, ret);
}

static void check(const struct taskstats_exit *exit)
{
	struct usage usage = task_cost_usage(&exit->cost);
	static const struct {
		enum usage_field field;
		uint64_t value;
	} wanted[] = {
		{USAGE_CPU_USER_NS,          6000000},
                {USAGE_CPU_SYS_NS,           2000000},
		{USAGE_CPU_WAIT_NS,          900    },
                {USAGE_RSS_PEAK_BYTES,       1024000},
		{USAGE_MINOR_FAULTS,         5      },
                {USAGE_MAJOR_FAULTS,         6      },
		{USAGE_READ_CHARS,           2048   },
                {USAGE_WRITE_CHARS,          4096   },
		{USAGE_READ_BYTES,           512    },
                {USAGE_WRITE_BYTES,          8192   },
		{USAGE_VOLUNTARY_SWITCHES,   3      },
                {USAGE_INVOLUNTARY_SWITCHES, 4      },
	};

	assert_int_equal(exit->tid, 77);
	assert_int_equal(exit->ends, 1);
	assert_string_equal(exit->comm, "worker");
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_true(usage_knows(&usage, wanted[i].field));
		assert_int_equal(usage.value[wanted[i].field], wanted[i].value);
	}
	assert_false(usage_knows(&usage, USAGE_THREADS));
	assert_int_equal(usage.bound, 0);
}

static void test_versions(void **state)
{
	static const struct {
		uint16_t version;
		size_t size;
	} versions[] = {
		{8,  328 },
                {10, 352 },
                {13, 416 },
                {15, 560 },
                {16, 560 },
                {99, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct taskstats_exit exit;
		struct message m;

		begin(&m);
		add_aggregate(&m, 4, 1, 77, versions[i].version, versions[i].size, 8000000);
		assert_int_equal(decode(&m, &exit), 1);
		check(&exit);
		assert_int_equal(exit.group_run_ns, 0);
		add_aggregate(&m, 5, 2, 70, versions[i].version, versions[i].size, 55);
		assert_int_equal(decode(&m, &exit), 1);
		check(&exit);
		assert_int_equal(exit.group_run_ns, 55);
	}
}

/* A struct that is too short for what every kernel has, and any cut of a good message. */
static void test_cuts(void **state)
{
	struct taskstats_exit exit;
	struct message m;
	char *copy;

	(void)state;
	begin(&m);
	add_aggregate(&m, 4, 1, 77, 8, 300, 1);
	assert_int_equal(decode(&m, &exit), 0);
	begin(&m);
	add_aggregate(&m, 4, 1, 0, 8, 328, 1);
	assert_int_equal(decode(&m, &exit), 0);
	begin(&m);
	add_aggregate(&m, 4, 1, 77, 8, 328, 1);
	assert_int_equal(decode(&m, &exit), 1);
	for (size_t n = 0; n < m.n; n++) {
		uint32_t length = (uint32_t)n;

		copy = malloc(n + 1);
		memcpy(copy, m.bytes, n);
		assert_int_equal(taskstats_decode(copy, n, FAMILY, &exit), -EBADMSG);
		if (n >= 16) {
			memcpy(copy, &length, sizeof length);
			assert_int_not_equal(taskstats_decode(copy, n, FAMILY, &exit), -EBADMSG);
		}
		free(copy);
	}
	assert_int_equal(taskstats_decode(m.bytes, m.n, FAMILY + 1, &exit), 0);
}

/* Without any CPU time seen it is not known; of a kernel thread the rest is not known either. */
static void test_unknown(void **state)
{
	struct task_cost cost = {0}, other = {.user_ns = 3000, .sys_ns = 1000};
	struct usage usage = task_cost_usage(&cost);

	(void)state;
	assert_int_equal(usage.known, 0);
	task_cost_add(&cost, &other);
	task_cost_add(&cost, &other);
	usage = task_cost_usage(&cost);
	assert_int_equal(usage_cpu_ns(&usage), 8000);
	other.run_ns = UINT64_MAX;
	task_cost_add(&cost, &other);
	task_cost_add(&cost, &other);
	usage = task_cost_usage(&cost);
	assert_true(usage.value[USAGE_CPU_USER_NS] > usage.value[USAGE_CPU_SYS_NS]);
}

/* Whatever this machine allows; where it tells, an exit is there when the child has been reaped. */
static void test_open(void **state)
{
	struct taskstats_reader *reader = NULL;
	struct error err = {""};
	struct root root;
	pid_t pid;

	(void)state;
	assert_int_equal(root_open(&root, NULL, &err), 0);
	if (taskstats_open(&reader, &root, 1 << 20, &err) == 0) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		taskstats_drain(reader);
		assert_non_null(taskstats_find(reader, pid));
		assert_string_equal(taskstats_find(reader, pid)->comm, "test_taskstats");
		taskstats_forget(reader, pid);
		assert_null(taskstats_find(reader, pid));
	} else {
		assert_true(err.text[0]);
	}
	assert_null(taskstats_close(reader));
	taskstats_drain(NULL);
	taskstats_forget(NULL, 1);
	assert_null(taskstats_find(NULL, 1));
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
