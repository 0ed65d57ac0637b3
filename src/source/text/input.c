/*
 * The source of records out of text. Key decision: everything is loaded, checked and put in order
 * at open, so that a bad line is said before the first record goes out, and no sink has to undo
 * half a rendering.
 */
#include "source/text/input.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "source/text/input_format.h"
#include "source/text/input_lines.h"

#include <errno.h>

#define RECOGNISE_LINES 64

static const struct input_format *const formats[] = {
	&input_format_json,
	&input_format_raw,
	&input_format_script,
};
#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

struct input_source {
	struct source source;
	struct input_options options;
	const struct input_format *format; /* NULL until recognised */
	struct buf held;                   /* lines seen before it was recognised */
	uint64_t held_lines;
	struct input in;
	size_t next;
	const struct record *settled; /* goes out before the next one */
	struct buf mark;
	bool marked;
};

static const struct source_ops input_ops_ordered, input_ops_as_is;

static const struct input_format *format_of(enum input_kind kind)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (formats[i]->kind == kind)
			return formats[i];
	return NULL;
}

static struct str strip_cr(struct str line)
{
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* The byte order mark that some editors put before a text. */
static struct str skip_mark(struct str text)
{
	return str_starts(text, STR("\xef\xbb\xbf")) ? str_skip(text, 3) : text;
}

static bool is_blank(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (!strchr(" \t\r\n", line.p[i]) || !line.p[i])
			return false;
	return true;
}

/* The first line that is not blank tells; raw lines may have bpftrace's own before them. */
enum input_kind input_recognise(const void *bytes, size_t size)
{
	struct str rest = skip_mark((struct str){bytes, size}), line;
	bool first = true;

	for (unsigned lines = 0; rest.p && lines < RECOGNISE_LINES; lines++) {
		line = str_cut(&rest, '\n');
		if (!line.p || is_blank(line))
			continue;
		for (size_t i = 0; i < FORMAT_COUNT; i++)
			if ((first || formats[i]->kind == INPUT_RAW) && formats[i]->recognise(line))
				return formats[i]->kind;
		first = false;
	}
	return INPUT_UNKNOWN;
}

static int not_recognised(const struct input_source *self, struct error *err)
{
	if (str_starts(buf_str(&self->held), STR("SQLite format 3")))
		return error_set(err, EINVAL,
				 "%s is a recording, which cannot be read from a pipe: give its "
				 "file name",
				 self->options.name);
	return error_set(err, EINVAL,
			 "%s is neither JSON Lines nor a proctrace file nor a record script; "
			 "see `pscope help render` for what can be read",
			 self->options.name);
}

static int take_line(struct input_source *self, struct str line, uint64_t number, struct error *err)
{
	struct input *in = &self->in;
	int result;

	if (number == 1) {
		in->crlf = line.n && line.p[line.n - 1] == '\r';
		line = skip_mark(line);
	}
	if (in->crlf)
		line = strip_cr(line);
	in->lines = number;
	result = self->format->line(in, line, number, err);
	if (result < 0)
		error_prefix(err, "%s, line %llu", in->name, (unsigned long long)number);
	return result;
}

/* Knows the format at last: takes the lines that were held back. */
static int take_held(struct input_source *self, struct error *err)
{
	struct str rest = buf_str(&self->held);
	uint64_t number = 0;
	int result = 0;

	while (number < self->held_lines && result == 0) {
		struct str line = str_cut(&rest, '\n');

		result = take_line(self, line, ++number, err);
	}
	buf_deinit(&self->held);
	self->held = BUF_INIT;
	return result;
}

static int hold_line(struct input_source *self, struct str line, struct error *err)
{
	enum input_kind kind;

	buf_add_str(&self->held, line);
	buf_add_char(&self->held, '\n');
	self->held_lines++;
	kind = input_recognise(self->held.p, self->held.n);
	self->format = format_of(kind);
	if (self->format)
		return take_held(self, err);
	return self->held_lines >= RECOGNISE_LINES ? not_recognised(self, err) : 0;
}

static int on_line(void *context, struct str line, uint64_t number, bool whole, struct error *err)
{
	struct input_source *self = context;

	self->in.whole = whole;
	return self->format ? take_line(self, line, number, err) : hold_line(self, line, err);
}

static int input_open(struct source *source, struct error *err)
{
	struct input_source *self = (struct input_source *)source;
	struct input *in = &self->in;
	int result = input_lines_each(self->options.fd, in->name, on_line, self, err);

	if (result < 0)
		return result;
	if (!self->format) {
		if (self->held_lines == 0 || is_blank(buf_str(&self->held)))
			return error_set(err, ENODATA, "%s is empty: there is nothing to read",
					 in->name);
		return not_recognised(self, err);
	}
	result = self->format->finish(in, err);
	if (result < 0)
		return result;
	if (in->cut)
		buf_printf(&self->mark, "the last line was cut off and is left out%s",
			   in->skipped ? "; " : "");
	if (in->skipped)
		buf_printf(&self->mark, "%llu of %llu input lines were not understood and skipped",
			   (unsigned long long)in->skipped, (unsigned long long)in->lines);
	self->source.ops = self->format->settles ? &input_ops_ordered : &input_ops_as_is;
	return 0;
}

static int input_fd(const struct source *source)
{
	return -1;
}

static int64_t last_time(const struct input *in)
{
	return in->store.count ? in->store.items[in->store.count - 1].record->time_ns
			       : in->run.start_ns;
}

static int input_next(struct source *source, struct record *ret, struct error *err)
{
	struct input_source *self = (struct input_source *)source;
	const struct input_store *store = &self->in.store;

	if (self->settled) {
		*ret = *self->settled;
		self->settled = NULL;
		return SOURCE_RECORD;
	}
	if (self->next < store->count) {
		const struct record *record = store->items[self->next++].record;

		*ret = *record;
		if (record->kind == RECORD_EXIT && self->format->settles)
			self->settled = record + 1;
		return SOURCE_RECORD;
	}
	if (self->mark.n && !self->marked) {
		*ret = record_make(RECORD_MARK, last_time(&self->in), ident_provisional(0), 0);
		ret->mark = buf_str(&self->mark);
		self->marked = true;
		return SOURCE_RECORD;
	}
	return SOURCE_END;
}

static void input_describe(const struct source *source, struct run *run)
{
	const struct input_source *self = (const struct input_source *)source;
	const struct input *in = &self->in;

	*run = in->run;
	if (self->next < in->store.count) {
		run->ended = false;
		return;
	}
	if (!in->footer) {
		/* Foreign files have no footer; of our own, its absence means a killed recorder. */
		run->ended = !in->own;
		run->end_ns = last_time(in);
	}
}

static void input_close(struct source *source)
{
	struct input_source *self = (struct input_source *)source;

	if (self->format && self->format->free)
		self->format->free(&self->in);
	if (self->options.fd >= 0)
		close(self->options.fd);
	input_store_deinit(&self->in.store);
	buf_deinit(&self->held);
	buf_deinit(&self->mark);
	free(self);
}

struct source *input_source_new(const struct input_options *options)
{
	struct input_source *self = mem_alloc(sizeof(*self));

	self->options = *options;
	self->format = format_of(options->kind);
	self->source.ops =
		self->format && !self->format->settles ? &input_ops_as_is : &input_ops_ordered;
	self->in.name = options->name;
	self->in.root_pid = options->root_pid;
	self->in.run.status = STATUS_UNKNOWN;

	return &self->source;
}

/* JSON Lines and raw lines: sorted, and each EXIT has its SETTLED behind it. */
static const struct source_ops input_ops_ordered = {
	.name = "input",
	.capabilities = SOURCE_ORDERED | SOURCE_SETTLES | SOURCE_HAS_ARGV,
	.open = input_open,
	.fd = input_fd,
	.next = input_next,
	.describe = input_describe,
	.close = input_close,
};

/* Scripts: the records as they stand there, so that a test can say them in any order. */
static const struct source_ops input_ops_as_is = {
	.name = "script",
	.capabilities = SOURCE_HAS_ARGV,
	.open = input_open,
	.fd = input_fd,
	.next = input_next,
	.describe = input_describe,
	.close = input_close,
};
