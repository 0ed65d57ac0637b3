/*
 * JSON Lines: pscope's own and those of proctrace. Key decision: a line is read by the const
 * table of its kind; a key that is not in the table is none of our business, but a known key with
 * a wrong value is an error, because guessing would make a false recording.
 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/status.h"
#include "source/text/input_format.h"
#include "source/text/json_header.h"
#include "source/text/json_ids.h"
#include "source/text/json_kinds.h"

#include <errno.h>
#include <jansson.h>

/* Far from where adding a start or taking a difference would overflow. */
#define TIME_MAX (INT64_MAX / 4)

/* What reading a field came to; more than 0: the line says that nothing happened. */
enum { FIELD_OK = 0, FIELD_SKIP_LINE = 1 };

struct json_reader {
	struct input *in;
	struct json_entry *entry;
	json_t *body;
};

static int wrong(const struct json_field *field, const char *should, struct error *err)
{
	return error_set(err, EINVAL, "\"%s\" is not %s", field->key, should);
}

/* An integer from min to max. */
static int get_integer(const struct json_field *field, json_t *value, int64_t min, int64_t max,
		       int64_t *ret, struct error *err)
{
	if (!json_is_integer(value))
		return wrong(field, "an integer", err);
	if (json_integer_value(value) < min || json_integer_value(value) > max)
		return error_set(err, ERANGE, "\"%s\" is %lld, out of its range", field->key,
				 json_integer_value(value));
	*ret = json_integer_value(value);
	return FIELD_OK;
}

static int get_who(struct json_reader *r, const struct json_field *field, json_t *value,
		   int64_t min, struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, min, INT32_MAX, &number, err);

	if (result < 0)
		return result;
	if (number <= 0)
		return FIELD_SKIP_LINE;
	r->entry->record.pid = (int32_t)number;
	r->entry->record.ident = ident_provisional((int32_t)number);
	return FIELD_OK;
}

static int put_who(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		   struct error *err)
{
	return get_who(r, field, value, 1, err);
}

static int put_child(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		     struct error *err)
{
	return get_who(r, field, value, INT32_MIN, err);
}

static int put_process(struct json_reader *r, const struct json_field *field, json_t *value,
		       void *at, struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, 0, INT32_MAX, &number, err);

	if (result == FIELD_OK)
		*(struct ident *)at = ident_provisional((int32_t)number);
	return result;
}

static int put_parent(struct json_reader *r, const struct json_field *field, json_t *value,
		      void *at, struct error *err)
{
	int result = put_process(r, field, value, at, err);

	if (result == FIELD_OK)
		r->entry->record.standing.ppid = ((struct ident *)at)->tgid;
	return result;
}

static int put_pid(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		   struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, 0, INT32_MAX, &number, err);

	if (result == FIELD_OK)
		*(int32_t *)at = (int32_t)number;
	return result;
}

/* proctrace writes a process id, a system call's result or 0 here: see input_tree_finish. */
static int put_pgid(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, INT32_MIN, INT32_MAX, &number, err);

	if (result == FIELD_OK && number > 0)
		*(int32_t *)at = (int32_t)number;
	return result;
}

/* A negative one is the error that the system call returned: nothing changed. */
static int put_new_id(struct json_reader *r, const struct json_field *field, json_t *value,
		      void *at, struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, INT32_MIN, INT32_MAX, &number, err);

	if (result != FIELD_OK)
		return result;
	*(int32_t *)at = (int32_t)number;
	return number < 0 ? FIELD_SKIP_LINE : FIELD_OK;
}

static int put_uid(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		   struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, 0, UINT32_MAX, &number, err);

	if (result == FIELD_OK)
		*(uint32_t *)at = (uint32_t)number;
	return result;
}

static int put_code(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, 0, 255, &number, err);

	if (result == FIELD_OK)
		*(int32_t *)at = (int32_t)number;
	return result;
}

static int put_i32(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		   struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, INT32_MIN, INT32_MAX, &number, err);

	if (result == FIELD_OK)
		*(int32_t *)at = (int32_t)number;
	return result;
}

static int put_u64(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		   struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, 0, INT64_MAX, &number, err);

	if (result != FIELD_OK)
		return result;
	if (field->usage >= 0)
		usage_set(at, (enum usage_field)field->usage, (uint64_t)number);
	else
		*(uint64_t *)at = (uint64_t)number;
	return FIELD_OK;
}

static int put_time(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	int64_t number = 0;
	int result = get_integer(field, value, -TIME_MAX, TIME_MAX, &number, err);

	if (result == FIELD_OK)
		*(int64_t *)at = number + r->in->run.start_ns;
	return result;
}

/* The start makes the ident exact; one before the machine's boot cannot be. */
static int put_start(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		     struct error *err)
{
	struct record *record = &r->entry->record;
	int64_t start_ns;
	int result = put_time(r, field, value, &start_ns, err);

	if (result == FIELD_OK && start_ns >= 0)
		record->ident = ident_exact(record->pid, (uint64_t)start_ns);
	return result;
}

static int put_flag(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	if (!json_is_boolean(value))
		return wrong(field, "true or false", err);
	*(bool *)at = json_is_true(value);
	return FIELD_OK;
}

static struct str text_of(json_t *value)
{
	return (struct str){json_string_value(value), json_string_length(value)};
}

static int put_text(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	struct str *text = at;

	if (!json_is_string(value))
		return wrong(field, "a string", err);
	if (!text->p) /* else its bytes came first */
		*text = input_store_str(&r->in->store, text_of(value));
	return FIELD_OK;
}

static int put_bytes(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		     struct error *err)
{
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;

	if (!json_is_string(value) || base64_decode(&bytes, text_of(value)) < 0)
		return wrong(field, "a string in base64", err);
	*(struct str *)at = input_store_str(&r->in->store, buf_str(&bytes));
	return FIELD_OK;
}

static int put_argv(struct json_reader *r, const struct json_field *field, json_t *value, void *at,
		    struct error *err)
{
	struct str *argv = at;
	CLEANUP(buf_deinit) struct buf words = BUF_INIT;
	json_t *word;
	size_t i;

	if (argv->p)
		return FIELD_OK;
	if (json_is_string(value)) {
		*argv = input_split_args(&r->in->store, text_of(value));
		return FIELD_OK;
	}
	if (!json_is_array(value))
		return wrong(field, "an array of strings", err);
	json_array_foreach(value, i, word)
	{
		if (!json_is_string(word))
			return wrong(field, "an array of strings", err);
		buf_add_str(&words, text_of(word));
		buf_add_char(&words, 0);
	}
	*argv = input_store_str(&r->in->store, buf_str(&words));
	return FIELD_OK;
}

static int put_signal_name(struct json_reader *r, const struct json_field *field, json_t *value,
			   void *at, struct error *err)
{
	if (!json_is_string(value))
		return wrong(field, "the name of a signal", err);
	*(int32_t *)at = signal_number(text_of(value));
	return FIELD_OK;
}

static int (*const putters[])(struct json_reader *, const struct json_field *, json_t *, void *,
			      struct error *) = {
	[JSON_WHO] = put_who,       [JSON_CHILD] = put_child,
	[JSON_PARENT] = put_parent, [JSON_PROCESS] = put_process,
	[JSON_PID] = put_pid,       [JSON_PGID] = put_pgid,
	[JSON_NEW_ID] = put_new_id, [JSON_UID] = put_uid,
	[JSON_CODE] = put_code,     [JSON_I32] = put_i32,
	[JSON_U64] = put_u64,       [JSON_TIME] = put_time,
	[JSON_START] = put_start,   [JSON_FLAG] = put_flag,
	[JSON_TEXT] = put_text,     [JSON_BYTES] = put_bytes,
	[JSON_ARGV] = put_argv,     [JSON_SIGNAL_NAME] = put_signal_name,
};

static int read_fields(struct json_reader *r, const struct json_kind *kind, struct error *err)
{
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct json_field *field = &kind->fields[i];
		json_t *value = json_object_get(r->body, field->key);
		void *at = (char *)r->entry + field->offset;
		int result = FIELD_OK;

		if (value && !json_is_null(value))
			result = putters[field->type](r, field, value, at, err);
		else if (field->required)
			result = error_set(err, EINVAL, "\"%s\" is missing", field->key);
		if (result != FIELD_OK)
			return result;
	}
	return FIELD_OK;
}

static void add_entry(struct input *in, const struct json_kind *kind, struct json_entry *entry)
{
	struct record *record = &entry->record, *added;

	if (kind->kind == RECORD_EXIT)
		record->exit.status =
			json_status(entry->exit_code, entry->exit_signal, entry->core_dumped);
	if (kind->kind == RECORD_UID)
		record->standing.uid.effective = entry->old_effective;
	if (kind->kind == RECORD_GID)
		record->standing.gid.effective = entry->old_effective;
	if (kind->part == INPUT_EXEC_ARGS && in->own)
		return; /* the Exec said it */
	added = input_store_add(&in->store, record, entry->seq, in->own ? INPUT_WHOLE : kind->part);
	if (kind->kind != RECORD_EXIT)
		return;
	if (entry->peak_bound)
		entry->settled.usage.bound = USAGE_BIT(USAGE_RSS_PEAK_BYTES);
	added[1].settled = entry->settled;
}

static int read_event(struct input *in, const char *name, json_t *body, struct error *err)
{
	const struct json_kind *kind = json_kind_named(name);
	struct json_entry entry = {.exit_code = -1, .old_effective = UID_UNKNOWN};
	struct json_reader reader = {in, &entry, body};
	int result;

	if (!kind) {
		/* the counts of `pscope events` say nothing that the lines before them do not */
		in->skipped += strcmp(name, "Statistics") != 0;
		return 0;
	}
	entry.record = record_make(kind->kind, 0, (struct ident){0}, 0);
	result = read_fields(&reader, kind, err);
	if (result < 0)
		return result;
	if (result == FIELD_SKIP_LINE)
		return 0;
	in->has_seq |= json_object_get(body, "seq") != NULL;
	add_entry(in, kind, &entry);
	return 0;
}

/* Times that were read before the Header told where they count from. */
static void rebase(struct input *in)
{
	for (size_t i = 0; i < in->store.count; i++) {
		struct record *record = in->store.items[i].record;

		record->time_ns += in->run.start_ns;
		in->store.items[i].time_ns = record->time_ns;
		if (record->kind == RECORD_EXIT)
			record[1].time_ns = record->time_ns;
		if (record->kind == RECORD_SEEN && record->ident.grain_ns)
			record->ident.start_ns += (uint64_t)in->run.start_ns;
		if (record->kind == RECORD_GAP) {
			record->gap.from_ns += in->run.start_ns;
			record->gap.to_ns += in->run.start_ns;
		}
	}
}

static int read_object(struct input *in, json_t *line, struct error *err)
{
	void *first = json_object_iter(line);
	const char *name = first ? json_object_iter_key(first) : NULL;
	json_t *body = first ? json_object_iter_value(first) : NULL;
	int result;

	if (json_object_size(line) != 1 || !json_is_object(body))
		return error_set(err, EINVAL,
				 "this is no event: one is written {\"Kind\":{...}} on a line");
	if (strcmp(name, "Footer") == 0)
		return json_read_footer(in, body, err);
	if (strcmp(name, "Header") != 0)
		return read_event(in, name, body, err);
	result = json_read_header(in, body, err);
	if (result == 0)
		rebase(in);
	return result;
}

static int json_line(struct input *in, struct str line, uint64_t number, struct error *err)
{
	json_error_t why;
	json_t *object;
	size_t i = 0;
	int result;

	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
		i++;
	if (i == line.n)
		return 0;
	/* jansson overlooks a NUL behind a number */
	if (memchr(line.p, 0, line.n))
		return error_set(err, EINVAL, "there is a NUL byte in it, so this is not JSON");
	object = json_loadb(line.p, line.n, 0, &why);
	if (!object && in->own && !in->whole) {
		in->cut = true; /* who wrote it was killed, or had no room */
		return 0;
	}
	if (!object)
		return error_set(err, EINVAL,
				 "this is not JSON (at byte %d); if the file was cut off, remove "
				 "the line",
				 why.position);
	result = read_object(in, object, err);
	json_decref(object);
	return result;
}

static int json_finish(struct input *in, struct error *err)
{
	int result = input_tree_finish(in, err);

	if (result == 0)
		json_ids_settle(&in->store);
	return result;
}

static bool json_recognise(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t')
			return line.p[i] == '{';
	return false;
}

const struct input_format input_format_json = {
	.name = "JSON Lines",
	.kind = INPUT_JSON,
	.settles = true,
	.recognise = json_recognise,
	.line = json_line,
	.finish = json_finish,
};
