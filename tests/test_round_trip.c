/*
 * Scripts and foreign files -> JSON Lines -> records -> JSON Lines: the second text is the first,
 * byte for byte, so nothing that a line says is lost in reading it.
 */
#include "flow/pipeline.h"
#include "output/output.h"
#include "source/text/input.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct source *open_input(int fd, const char *name, int32_t root_pid, struct error *err)
{
	struct input_options options = {.fd = fd, .name = name, .root_pid = root_pid};
	struct source *source = input_source_new(&options);

	if (source->ops->open(source, err) == 0)
		return source;
	source->ops->close(source);
	return NULL;
}

/* Renders what stands in `fd` as JSON Lines into a new file; -1 when it cannot be read. */
static int render(int fd, const char *name, int32_t root_pid)
{
	int out = memfd_create("rendered", MFD_CLOEXEC);
	struct output_options options = {.out_fd = out, .owner_uid = -1u, .owner_gid = -1u};
	struct error err = {""};
	struct source *source = open_input(fd, name, root_pid, &err);
	struct sink *sink = output_find("multiplexed")->create(&options);
	struct pipeline pipeline = {0};
	struct table table;
	struct run run = {0};
	int result = -1;

	if (source) {
		table_init(&table, (struct table_limits){.tombstones = SIZE_MAX}, NULL);
		assert_int_equal(pipeline_init(&pipeline, &err), 0);
		pipeline.sources[pipeline.source_count++] = source;
		pipeline.sinks[pipeline.sink_count++] = sink;
		pipeline.table = &table;
		pipeline.run = &run;
		result = pipeline_run(&pipeline, &err);
		pipeline_deinit(&pipeline);
		table_deinit(&table);
		source->ops->close(source);
	}
	sink->ops->free(sink);
	if (result < 0) {
		print_message("# %s: %s\n", name, err.text);
		close(out);
		return -1;
	}
	lseek(out, 0, SEEK_SET);
	return out;
}

static char *text_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	lseek(fd, 0, SEEK_SET);
	return text;
}

static void expect_same(const char *name, const char *once, const char *twice)
{
	size_t at = 0;

	if (strcmp(once, twice) == 0)
		return;
	while (once[at] == twice[at])
		at++;
	while (at > 0 && once[at - 1] != '\n')
		at--;
	fail_msg("%s\n- %.700s\n+ %.700s", name, once + at, twice + at);
}

/*
 * `orderly`: already the first reading gives back what was written. Of a file that is out of order
 * or contradicts itself, reading mends what it can; the second reading then changes nothing.
 */
static void round_trip(const char *folder, const char *name, int32_t root_pid, bool orderly)
{
	char path[1024];
	char *texts[3];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < 3; i++) {
		fd = render(fd, name, i == 0 ? root_pid : 0);
		assert_true(fd >= 0);
		texts[i] = text_of(fd);
	}
	close(fd);
	if (orderly)
		expect_same(name, texts[0], texts[1]);
	expect_same(name, texts[1], texts[2]);
	for (unsigned i = 0; i < 3; i++)
		free(texts[i]);
}

static void round_trip_all(const char *folder, const char *ending)
{
	static const char *const disorderly[] = {"strange.txt", "hostile.txt"};
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	assert_true(count > 2);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name, *found = strstr(name, ending);
		bool orderly = strcmp(name, disorderly[0]) && strcmp(name, disorderly[1]);

		if (found && strcmp(found, ending) == 0)
			round_trip(folder, name, 0, orderly);
		free(entries[i]);
	}
	free(entries);
}

static void test_scripts(void **state)
{
	round_trip_all(FIXTURES "/../scripts", ".txt");
}

static void test_proctrace(void **state)
{
	round_trip_all(FIXTURES "/proctrace", ".jsonl");
	round_trip(FIXTURES "/proctrace", "gen1.raw", 60, true);
	round_trip(FIXTURES "/proctrace", "gen3.raw", 41207, true);
}

static void test_own(void **state)
{
	round_trip(FIXTURES "/../fuzz/corpus/input_json", "own.jsonl", 0, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_proctrace),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
