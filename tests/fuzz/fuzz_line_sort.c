/*
 * Any bytes through sort. What it takes keeps its size and sorts to itself the second time; and
 * the scanner agrees with jansson on what JSON is, but for numbers and escapes that no C type can
 * hold, which only the scanner lets pass.
 */
#include "source/text/json_scan.h"
#include "source/text/line_sort.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_parsers(struct str line)
{
	struct json_scan scan;
	const char *why;
	size_t at;
	json_error_t error;
	json_t *json;
	bool scanned = json_scan_line(line, &scan, &why, &at) == 0;

	if (line.n == 0 || memchr(line.p, 0, line.n)) /* jansson overlooks some NULs */
		return;
	json = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &error);
	/* jansson takes it, but it has another form or a timestamp of another type */
	if (json && !scanned && json_is_object(json) && json_object_size(json) == 1) {
		json_t *body = json_object_iter_value(json_object_iter(json));

		if (json_is_object(body) && !json_object_get(body, "timestamp") &&
		    !strstr(why, "deeply") && !strstr(why, "kind") && !strstr(why, "timestamp"))
			abort();
	}
	if (!json && scanned) {
		enum json_error_code code = json_error_code(&error);

		if (code != json_error_numeric_overflow && code != json_error_invalid_syntax &&
		    code != json_error_null_byte_in_key)
			abort();
		if (code == json_error_invalid_syntax && !strstr(error.text, "invalid Unicode") &&
		    !strstr(error.text, "integer"))
			abort();
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size}, rest = input;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct error err = {""};

	if (line_sort(input, &once, "fuzz", &err) == 0) {
		if (once.n != size + (size && data[size - 1] != '\n'))
			abort();
		if (line_sort(buf_str(&once), &twice, "fuzz", &err) != 0 ||
		    !str_eq(buf_str(&once), buf_str(&twice)))
			abort();
	} else if (once.n || !err.text[0]) {
		abort();
	}
	while (rest.p && rest.n)
		compare_parsers(str_cut(&rest, '\n'));
	buf_deinit(&once);
	buf_deinit(&twice);
	return 0;
}
