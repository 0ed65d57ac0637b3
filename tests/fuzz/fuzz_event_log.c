/*
 * Any record script as the event log, in every form: each line stands alone, whole, and holds
 * nothing that a terminal takes for a command; JSON is UTF-8. The first byte chooses the options.
 */
#include "base/text.h"
#include "model/infer.h"
#include "model/record_text.h"
#include "output/events/events.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SINKS 3

struct log {
	struct table table;
	struct run run;
	struct event_options events;
	struct output_options output[SINKS];
	struct sink *sinks[SINKS];
};

static void check(bool good)
{
	if (!good)
		abort();
}

static void apply(struct log *log, const struct record *record)
{
	struct change change;
	struct error err;

	table_apply(&log->table, record, &change);
	for (unsigned i = 0; i < SINKS; i++)
		check(log->sinks[i]->ops->record(log->sinks[i], record, &change, &err) == 0);
	table_reap(&log->table);
}

static void feed(struct log *log, struct str script)
{
	struct record_text text = {0};
	struct record record, inferred[INFER_MAX];

	while (script.p && script.n > 0) {
		unsigned count;

		if (record_text_parse(&text, str_cut(&script, '\n'), &record, NULL) <= 0)
			continue;
		count = infer_changes(&log->table, &record, inferred);
		for (unsigned i = 0; i < count; i++)
			apply(log, &inferred[i]);
		apply(log, &record);
	}
	record_text_deinit(&text);
}

static void check_text(struct str text, bool json)
{
	check(text.n > 0 && text.p[text.n - 1] == '\n' && utf8_valid(text));
	for (size_t i = 0; i < text.n;) {
		size_t width = utf8_width(str_skip(text, i));
		uint32_t point = utf8_decode(str_skip(text, i));

		/* bidi controls are for whoever prints JSON to watch for */
		check(point == '\n' || (json ? point >= 0x20 : !utf8_unsafe(point)));
		i += width;
	}
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n');

		check(!json || (line.n >= 2 && line.p[0] == '{' && line.p[line.n - 1] == '}'));
	}
}

static void check_output(const struct output_options *output, bool json)
{
	off_t size = lseek(output->out_fd, 0, SEEK_END);
	struct buf text = BUF_INIT;

	check(size >= 0);
	if (pread(output->out_fd, buf_reserve(&text, (size_t)size), (size_t)size, 0) != size)
		abort();
	text.n = (size_t)size;
	check_text(buf_str(&text), json);
	buf_deinit(&text);
}

static void open_log(struct log *log, unsigned bits)
{
	static struct sink *(*const makers[SINKS])(const struct event_options *,
						   const struct output_options *) = {
		event_lines_new, event_json_new, event_statistics_new};
	struct error err;

	log->events = (struct event_options){
		.events = EVENTS_ALL,
		.stamp = (enum event_stamp)(bits % 5),
		.glyphs = bits & 8,
		.user_columns = bits & 16,
		.short_name = bits & 32,
		.dirstrip = bits & 64,
		.comm = bits & 128,
		.raw_status = bits & 16,
		.failed_only = (bits & 24) == 24,
		.rows = bits & 7,
	};
	log->run = (struct run){.started_real_ns = bits & 1 ? 1700000000000000000 : 0};
	table_init(&log->table, (struct table_limits){.tombstones = 4, .execs = 4}, NULL);
	for (unsigned i = 0; i < SINKS; i++) {
		log->output[i] = (struct output_options){
			.out_fd = memfd_create("log", MFD_CLOEXEC),
			.owner_uid = (unsigned)-1,
			.owner_gid = (unsigned)-1,
			.live = bits & 2,
			.ascii = bits & 4,
			.width = bits & 8 ? 60 : 0,
		};
		log->sinks[i] = makers[i](&log->events, &log->output[i]);
		check(log->sinks[i]->ops->open(log->sinks[i], &log->run, &err) == 0);
	}
}

static void close_log(struct log *log)
{
	struct error err;

	log->run.ended = true;
	for (unsigned i = 0; i < SINKS; i++) {
		check(log->sinks[i]->ops->close(log->sinks[i], &log->table, &log->run, &err) == 0);
		check_output(&log->output[i], i == 1);
		log->sinks[i]->ops->free(log->sinks[i]);
		close(log->output[i].out_fd);
	}
	table_deinit(&log->table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log log;

	if (size == 0)
		return 0;
	open_log(&log, data[0]);
	feed(&log, (struct str){(const char *)data + 1, size - 1});
	close_log(&log);
	return 0;
}
