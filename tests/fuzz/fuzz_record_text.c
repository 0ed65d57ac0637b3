/*
 * Any bytes as lines of a record script: what parses is written and parsed again to the same
 * text.
 */
#include "model/record_text.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct record_text *first, struct record_text *second, struct str line)
{
	struct buf out = BUF_INIT, again = BUF_INIT;
	struct error err = {""};
	struct record record;
	int result = record_text_parse(first, line, &record, &err);

	if (result < 0 && !err.text[0])
		abort();
	if (result > 0) {
		record_text_format(&record, 0, &out);
		if (record_text_parse(second, (struct str){out.p, out.n - 1}, &record, &err) != 1)
			abort();
		record_text_format(&record, 0, &again);
		if (!str_eq(buf_str(&out), buf_str(&again)))
			abort();
	}
	buf_deinit(&out);
	buf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_text first = {0}, second = {0};
	struct str rest = {(const char *)data, size};

	while (rest.p && rest.n)
		check_line(&first, &second, str_cut(&rest, '\n'));
	record_text_deinit(&first);
	record_text_deinit(&second);
	return 0;
}
