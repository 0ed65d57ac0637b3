/*
 * Any bytes as a filter: refused with a picture that no terminal trips over, or taken; then
 * `not (it)` says the opposite of it.
 */
#include "base/text.h"
#include "model/filter/filter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sentence(struct str text)
{
	if (text.n == 0 || !utf8_valid(text))
		abort();
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' && text.p[i] != '\n')
			abort();
}

static enum filter_verdict test(const struct filter *filter)
{
	uint32_t groups[] = {0, 27};
	struct snapshot_status status = {.groups = groups, .group_count = 2};
	const struct host host = {.real_ns = INT64_C(1795264200000000000),
				  .boot_real_ns = INT64_C(1795264100000000000)};
	struct arena arena = ARENA_INIT;
	const struct names names = {0};
	const struct field_context context = {.host = &host, .names = &names, .arena = &arena};
	const struct snapshot snapshot = {
		.pid = 42,
		.tgid = 42,
		.known = PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) |
			 PART_BIT(PART_STATUS) | PART_BIT(PART_CMDLINE),
		.denied = PART_BIT(PART_IO),
		.stat = {.pid = 42, .comm = STR("gcc"), .state = 'S', .nice = -5},
		.cmdline = STR("gcc\0-c\0a b.c\0"),
		.status = &status,
	};
	enum filter_verdict verdict = filter_test(filter, &snapshot, &context);

	arena_deinit(&arena);
	return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum filter_verdict opposite[] = {FILTER_YES, FILTER_NO, FILTER_UNKNOWN};
	struct str text = {(const char *)data, size};
	struct filter *filter, *negated;
	struct buf wrapped = BUF_INIT;
	struct error err = {""};

	if (filter_new(&filter, text, &err) < 0) {
		check_sentence(str_of(err.text));
		return 0;
	}
	buf_add_text(&wrapped, "not (");
	buf_add_str(&wrapped, text);
	buf_add_char(&wrapped, ')');
	/* may be too deep now */
	if (filter_new(&negated, buf_str(&wrapped), &err) == 0) {
		if (test(negated) != opposite[test(filter)])
			abort();
		filter_free(negated);
	}
	buf_deinit(&wrapped);
	filter_free(filter);
	return 0;
}
