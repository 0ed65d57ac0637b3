/* Any bytes as a recording: opened and pulled to its end, every byte of every record read. */
#include "base/buf.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte that a record points to, so that a bad slice is found. */
static unsigned touch(const struct record *record)
{
	const struct record_layout *layout = &record_layouts[record->kind];
	unsigned sum = 0;

	for (size_t i = 0; i < layout->member_count; i++) {
		const struct member *member = &layout->members[i];
		const struct str *text = (const void *)((const char *)record + member->offset);

		if (member->type != MEMBER_STR && member->type != MEMBER_WORDS)
			continue;
		for (size_t at = 0; text->p && at < text->n; at++)
			sum += (unsigned char)text->p[at];
	}
	return sum;
}

/* As a replay does it: the table digests what comes. */
static void pull(const char *path)
{
	struct source *source = recording_source_new(path);
	volatile unsigned sum = 0;
	struct error err = {""};
	struct record record;
	struct change change;
	struct table table;
	struct run run;
	int r = source->ops->open(source, &err);

	(void)sum;
	table_init(&table, (struct table_limits){100, 4}, NULL);
	while (r >= 0 && r != SOURCE_END) {
		r = source->ops->next(source, &record, &err);
		if (r != SOURCE_RECORD)
			continue;
		sum += touch(&record);
		table_apply(&table, &record, &change);
	}
	if (r < 0 && !err.text[0])
		abort(); /* a failure without a sentence */
	if (r >= 0)
		source->ops->describe(source, &run);
	source->ops->close(source);
	table_deinit(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char directory[] = "/tmp/pscope-fuzz-XXXXXX", path[64];
	int fd;

	if (!mkdtemp(directory))
		abort();
	snprintf(path, sizeof path, "%s/r", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	pull(path);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(path, sizeof path, "%s/r%s", directory, suffixes[i]);
		unlink(path);
	}
	rmdir(directory);
	return 0;
}
