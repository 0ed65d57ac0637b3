/*
 * Header and Footer of JSON Lines. Key decision: lenient, member by member. A Header that lacks
 * something still makes a recording readable; only what would falsify it is refused.
 */
#include "source/text/json_header.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/status.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define VERSION_KNOWN 1

static struct str text_of(struct input *in, json_t *body, const char *key)
{
	json_t *value = json_object_get(body, key);

	if (!json_is_string(value))
		return STR_NONE;
	return input_store_str(&in->store,
			       (struct str){json_string_value(value), json_string_length(value)});
}

static uint64_t count_of(json_t *body, const char *key)
{
	json_t *value = json_object_get(body, key);

	return json_is_integer(value) && json_integer_value(value) > 0
		       ? (uint64_t)json_integer_value(value)
		       : 0;
}

static struct str command_of(struct input *in, json_t *body)
{
	json_t *words = json_object_get(body, "command"), *bytes, *word;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t i;

	bytes = json_object_get(body, "command_b64");
	if (!json_is_array(words))
		return STR_NONE;
	if (json_is_string(bytes) && base64_decode(&text, str_of(json_string_value(bytes))) == 0)
		return input_store_str(&in->store, buf_str(&text));
	buf_clear(&text);
	json_array_foreach(words, i, word)
	{
		if (json_is_string(word))
			buf_add(&text, json_string_value(word), json_string_length(word));
		buf_add_char(&text, 0);
	}
	return input_store_str(&in->store, buf_str(&text));
}

static void read_tried(struct input *in, json_t *body)
{
	json_t *tried = json_object_get(body, "sources_tried"), *one;
	struct run *run = &in->run;
	size_t i;

	json_array_foreach(tried, i, one)
	{
		struct str name = text_of(in, one, "source");
		struct str reason = text_of(in, one, "reason");

		if (!name.p || run->tried_count == RUN_SOURCES_MAX)
			continue;
		run->tried[run->tried_count].name = name.p;
		snprintf(run->tried[run->tried_count].reason, sizeof run->tried[0].reason, "%s",
			 reason.p ? reason.p : "");
		run->tried_count++;
	}
}

/* What clock_rfc3339 wrote. */
static int parse_started(const char *text, int64_t *ret_ns)
{
	struct tm tm = {0};
	unsigned ns = 0;
	int end = 0, digits_from = 0, digits_to = 0;
	int64_t seconds;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n.%n%9u%nZ%n", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end, &digits_from, &ns,
		   &digits_to, &end) < 6)
		return -EINVAL;
	for (int digits = digits_to - digits_from; digits_to && digits < 9; digits++)
		ns *= 10;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = timegm(&tm);
	if (__builtin_mul_overflow(seconds, NS_PER_SEC, ret_ns) ||
	    __builtin_add_overflow(*ret_ns, (int64_t)ns, ret_ns))
		return -EINVAL;
	return 0;
}

int json_read_header(struct input *in, json_t *body, struct error *err)
{
	json_t *version = json_object_get(body, "version");
	json_t *boot = json_object_get(body, "boot_time_ns");
	struct run *run = &in->run;
	struct str started;

	if (in->own)
		return error_set(err, EINVAL,
				 "a second Header: there are two recordings in the file, split it");
	if (json_is_integer(version) && json_integer_value(version) > VERSION_KNOWN)
		return error_set(err, EINVAL,
				 "the file was written by a newer pscope (its version is %lld, "
				 "known is %d): read it with that one",
				 json_integer_value(version), VERSION_KNOWN);
	started = text_of(in, body, "started");
	if (started.p && parse_started(started.p, &run->started_real_ns) < 0)
		return error_set(err, EINVAL, "Header.started is no time as RFC 3339 writes it");
	if (boot && (!json_is_integer(boot) || json_integer_value(boot) < 0 ||
		     json_integer_value(boot) > INT64_MAX / 4))
		return error_set(err, EINVAL, "Header.boot_time_ns is no time since boot");
	in->own = true;
	run->start_ns = json_integer_value(boot);
	run->version = text_of(in, body, "pscope");
	run->command = command_of(in, body);
	run->target = text_of(in, body, "target");
	run->source = text_of(in, body, "source").p;
	run->host = text_of(in, body, "host");
	run->kernel = text_of(in, body, "kernel");
	run->boot_id = text_of(in, body, "boot_id");
	run->user_change = text_of(in, body, "user_change");
	run->cpus = (unsigned)count_of(body, "cpus");
	read_tried(in, body);
	return 0;
}

int32_t json_status(int32_t exit_code, int32_t signal, bool core_dumped)
{
	if (signal > 0)
		return signal | (core_dumped ? 0x80 : 0);
	return exit_code >= 0 ? exit_code << 8 : STATUS_UNKNOWN;
}

int json_read_footer(struct input *in, json_t *body, struct error *err)
{
	json_t *time = json_object_get(body, "timestamp");
	json_t *code = json_object_get(body, "exit_code");
	json_t *signal = json_object_get(body, "signal");
	struct run *run = &in->run;
	int32_t exit_code = -1, number = 0;

	if (in->footer)
		return error_set(err, EINVAL,
				 "a second Footer: there are two recordings in the file, split it");
	if (!json_is_integer(time) ||
	    __builtin_add_overflow(run->start_ns, json_integer_value(time), &run->end_ns))
		return error_set(err, EINVAL, "Footer.timestamp is no time");
	if (json_is_integer(code) && json_integer_value(code) >= 0 &&
	    json_integer_value(code) < 256)
		exit_code = (int32_t)json_integer_value(code);
	if (json_is_string(signal))
		number = signal_number(str_of(json_string_value(signal)));
	in->footer = true;
	run->ended = true;
	run->records = count_of(body, "records");
	run->lost = count_of(body, "lost");
	run->outside = count_of(body, "outside");
	run->status = json_status(exit_code, number & 0x7f,
				  json_is_true(json_object_get(body, "core_dumped")));
	return 0;
}
