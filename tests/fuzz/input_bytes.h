/* What the fuzz targets of text inputs share: bytes -> source -> records, invariants checked. */
#ifndef FUZZ_INPUT_BYTES_H
#define FUZZ_INPUT_BYTES_H

#include "model/record_text.h"
#include "source/text/input.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the bytes as that kind. Records must come in order of time, each EXIT before its SETTLED. */
static inline void input_bytes(enum input_kind kind, int32_t root_pid, const uint8_t *data,
			       size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct input_options options = {
		.fd = fd, .name = "fuzz", .kind = kind, .root_pid = root_pid};
	struct source *source = input_source_new(&options);
	struct error err = {""};
	struct record record;
	struct buf out = BUF_INIT;
	int64_t last_ns = INT64_MIN;
	enum record_kind last = RECORD_NONE;

	if (write(fd, data, size) != (ssize_t)size)
		abort();
	lseek(fd, 0, SEEK_SET);
	if (source->ops->open(source, &err) == 0) {
		while (source->ops->next(source, &record, &err) == SOURCE_RECORD) {
			if (record.time_ns < last_ns)
				abort();
			if (last == RECORD_EXIT && record.kind != RECORD_SETTLED)
				abort();
			last_ns = record.time_ns;
			last = record.kind;
			buf_clear(&out);
			record_text_format(&record, 0, &out);
		}
	} else if (!err.text[0]) {
		abort();
	}
	source->ops->close(source);
	buf_deinit(&out);
}

#endif
