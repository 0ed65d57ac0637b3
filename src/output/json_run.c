/*
 * The first and the last JSON line: what is known of the recording as a whole. Key decision: a
 * Footer is written only when the recording ended, so its absence tells a killed recorder.
 */
#include "base/clock.h"
#include "base/text.h"
#include "model/status.h"
#include "output/json_layout.h"

#define HEADER_VERSION 1

static void add_words(struct json *j, struct str words)
{
	struct str word;

	if (!words.p) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

/* Each source that was considered, and why it was not taken (null: it was). */
static void add_tried(struct json *j, const struct run *run)
{
	json_open(j, '[');
	for (unsigned i = 0; i < run->tried_count && i < RUN_SOURCES_MAX; i++) {
		const struct run_source_tried *tried = &run->tried[i];

		json_open(j, '{');
		json_key(j, "source"), json_text(j, tried->name);
		json_key(j, "reason"), json_text(j, tried->reason[0] ? tried->reason : NULL);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void open_tagged(struct json *j, const char *tag)
{
	json_open(j, '{');
	json_key(j, tag);
	json_open(j, '{');
}

static void close_tagged(struct json *j)
{
	json_close(j, '}');
	json_close(j, '}');
	buf_add_char(j->out, '\n');
}

void json_add_header(struct buf *out, const struct run *run)
{
	struct json j = json_into(out);
	char started[40];

	clock_rfc3339(run->started_real_ns, started);
	open_tagged(&j, "Header");
	json_key(&j, "version"), json_i64(&j, HEADER_VERSION);
	json_key_str(&j, "pscope", run->version);
	json_key(&j, "command"), add_words(&j, run->command);
	json_key_str(&j, "target", run->target);
	json_key(&j, "source"), json_text(&j, run->source);
	json_key(&j, "sources_tried"), add_tried(&j, run);
	json_key_str(&j, "host", run->host);
	json_key_str(&j, "kernel", run->kernel);
	json_key_str(&j, "boot_id", run->boot_id);
	json_key(&j, "started"), json_text(&j, run->started_real_ns ? started : NULL);
	json_key(&j, "boot_time_ns"), json_i64(&j, run->start_ns);
	json_key(&j, "cpus");
	if (run->cpus)
		json_u64(&j, run->cpus);
	else
		json_null(&j);
	json_key_str(&j, "user_change", run->user_change);
	if (run->command.p && !utf8_valid(run->command)) {
		json_key(&j, "command_b64");
		json_base64(&j, run->command);
	}
	close_tagged(&j);
}

void json_add_footer(struct buf *out, const struct run *run)
{
	struct ending ending = status_decode(run->status);
	struct json j = json_into(out);

	if (!run->ended)
		return;
	open_tagged(&j, "Footer");
	json_key(&j, "timestamp"), json_i64(&j, run->end_ns - run->start_ns);
	json_key(&j, "records"), json_u64(&j, run->records);
	json_key(&j, "lost"), json_u64(&j, run->lost);
	json_key(&j, "exit_code");
	if (ending.known && !ending.signal)
		json_i64(&j, ending.exit_code);
	else
		json_null(&j);
	json_key(&j, "signal");
	json_text(&j, ending.known && ending.signal ? signal_name(ending.signal) : NULL);
	json_key(&j, "core_dumped");
	if (ending.known)
		json_bool(&j, ending.core_dumped);
	else
		json_null(&j);
	json_key(&j, "outside"), json_u64(&j, run->outside);
	close_tagged(&j);
}
