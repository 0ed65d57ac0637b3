/*
 * Command lines. Key decision: getopt_long gets its strings from the command's table, and so does
 * the help page, so the two cannot differ.
 */
#include "cli/options.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/units.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define OPTIONS_MAX 64
#define LONG_BASE   256 /* values of options without a letter */
#define OPERAND     1   /* value of an operand among options */

static const struct option_row common[] = {
	{'h',   "help", NULL, OPTION_FLAG, 0, "show this page"},
	{0, "debug", NULL, OPTION_FLAG, 0, "say on stderr what pscope does"},
	{0   },
};

static bool is_row(const struct option_row *row)
{
	return row && (row->name || row->letter);
}

struct getopt_tables {
	const struct option_row *rows[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 4];
	unsigned count;
};

static void add_rows(struct getopt_tables *tables, const struct option_row *rows)
{
	for (; is_row(rows) && tables->count < OPTIONS_MAX; rows++) {
		unsigned i = tables->count++;
		char *end = tables->shorts + strlen(tables->shorts);

		tables->rows[i] = rows;
		tables->longs[i] = (struct option){rows->name ? rows->name : "",
						   rows->argument ? required_argument : no_argument,
						   NULL, LONG_BASE + (int)i};
		if (!rows->letter)
			continue;
		*end++ = rows->letter;
		if (rows->argument)
			*end++ = ':';
		*end = 0;
	}
}

static const struct option_row *row_of(const struct getopt_tables *tables, int value)
{
	if (value >= LONG_BASE)
		return tables->rows[value - LONG_BASE];
	for (unsigned i = 0; i < tables->count; i++)
		if (tables->rows[i]->letter == value)
			return tables->rows[i];
	return NULL;
}

static int wrong_value(const struct option_row *row, const char *text, const char *wanted,
		       struct error *err)
{
	text = *text ? text : "''";
	if (!row->name)
		return error_set(err, EINVAL, "-%c %s: %s", row->letter, text, wanted);
	return error_set(err, EINVAL, "--%s %s: %s", row->name, text, wanted);
}

static int add_text(const struct option_row *row, const char *text, struct option_texts *texts,
		    struct error *err)
{
	if (texts->count == OPTION_TEXTS_MAX)
		return error_set(err, EINVAL,
				 "--%s is given more than %d times; join them with ','", row->name,
				 OPTION_TEXTS_MAX);
	texts->items[texts->count++] = text;
	return 0;
}

/* A negative number is one, but none that can be meant. */
static int set_interval(const struct option_row *row, const char *text, int64_t *ret_ns,
			struct error *err)
{
	struct str value = str_of(text);
	bool negative = str_starts(value, STR("-"));
	int64_t ns;

	if (units_parse_duration(str_skip(value, negative), NS_PER_SEC, &ns) < 0)
		return wrong_value(row, text, "not a duration; write seconds, or 100ms, 2s, 5m",
				   err);
	if (negative || ns <= 0)
		return error_set(err, EINVAL, "--%s must be > 0", row->name);
	*ret_ns = ns;
	return 0;
}

static int set_value(const struct option_row *row, const char *text, void *at, struct error *err)
{
	struct str value = str_of(text);
	long long number;

	switch (row->type) {
	case OPTION_FLAG:
	case OPTION_OBSOLETE:
		*(bool *)at = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)at = text;
		return 0;
	case OPTION_FILE:
		if (!*text)
			return wrong_value(row, text, "a file needs a name, or - for a stream",
					   err);
		*(const char **)at = text;
		return 0;
	case OPTION_TEXTS:
		return add_text(row, text, at, err);
	case OPTION_DURATION:
		if (units_parse_duration(value, NS_PER_SEC, at) < 0)
			return wrong_value(row, text,
					   "not a duration; write seconds, or 100ms, 2s, 5m", err);
		return 0;
	case OPTION_INTERVAL:
		return set_interval(row, text, at, err);
	case OPTION_SIZE:
		if (units_parse_bytes(value, at) < 0)
			return wrong_value(row, text, "not a size; write bytes, or 64K, 32M, 1G",
					   err);
		return 0;
	case OPTION_COUNT:
		if (str_to_i64(value, &number) < 0 || number < 0 || number > UINT32_MAX)
			return wrong_value(row, text, "not a whole number", err);
		*(unsigned *)at = (unsigned)number;
		return 0;
	case OPTION_TIMES:
		if (str_to_i64(value, &number) < 0 || number <= 0 || number > UINT32_MAX)
			return wrong_value(row, text,
					   "not a number of times; it must be at least 1", err);
		*(unsigned *)at = (unsigned)number;
		return 0;
	case OPTION_PID:
		if (str_to_i64(value, &number) < 0 || number <= 0 || number > INT32_MAX)
			return wrong_value(row, text, "not a process number", err);
		*(int32_t *)at = (int32_t)number;
		return 0;
	}
	return 0;
}

static int unknown(const struct command *command, const struct getopt_tables *tables,
		   const char *word, struct error *err)
{
	const char *names[OPTIONS_MAX], *nearest;
	char plain[64];

	if (strncmp(word, "--", 2) != 0) {
		return error_set(err, EINVAL,
				 "there is no option -%c; 'pscope %s --help' lists them", optopt,
				 command->name);
	}
	snprintf(plain, sizeof plain, "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (unsigned i = 0; i < tables->count; i++)
		names[i] = tables->rows[i]->name;
	nearest = nearest_name(plain, names, tables->count);
	if (nearest)
		return error_set(err, EINVAL, "there is no option --%s; did you mean --%s?", plain,
				 nearest);
	return error_set(err, EINVAL, "there is no option --%s; 'pscope %s --help' lists them",
			 plain, command->name);
}

static int misuse(const struct command *command, const struct getopt_tables *tables, int value,
		  char **argv, struct error *err)
{
	const char *word = argv[optind - 1];

	if (value == ':')
		return error_set(err, EINVAL, "%s needs a value", word);
	if (optopt >= LONG_BASE)
		return error_set(err, EINVAL, "--%s takes no value", row_of(tables, optopt)->name);
	return unknown(command, tables, word, err);
}

/* How getopt_long shall treat operands; with '-' it returns each as the value OPERAND. */
static const char *order_of(const struct command *command)
{
	if (!command->operands_follow)
		return ":";
	return command->operand ? "-:" : "+:";
}

int options_parse(const struct command *command, int argc, char **argv, void *values,
		  bool *ret_debug, int *ret_operand, struct error *err)
{
	struct getopt_tables tables = {.shorts = ""};
	int value, r;

	strcpy(tables.shorts, order_of(command));
	add_rows(&tables, command->options);
	add_rows(&tables, common);
	if (command->defaults)
		command->defaults(values);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct option_row *row;

		if (value == '?' || value == ':')
			return misuse(command, &tables, value, argv, err);
		if (value == OPERAND) {
			r = command->operand(values, optarg, err);
			if (r < 0)
				return r;
			continue;
		}
		row = row_of(&tables, value);
		if (row == &common[0])
			return OPTIONS_HELP;
		if (row == &common[1]) {
			*ret_debug = true;
			continue;
		}
		r = set_value(row, optarg, (char *)values + row->offset, err);
		if (r < 0)
			return r;
	}
	*ret_operand = optind;
	return OPTIONS_OK;
}

/* ---- help ---- */

/* Appends `text` wrapped, every line but the first indented. `column`: where the first begins. */
static void add_wrapped(struct buf *out, const char *text, unsigned indent, unsigned column,
			unsigned width)
{
	struct str rest = str_of(text), word;
	bool first = true;

	while (rest.p) {
		word = str_cut(&rest, ' ');
		if (!first && column + 1 + word.n > width) {
			buf_add_char(out, '\n');
			buf_add_repeat(out, ' ', indent);
			column = indent;
			first = true;
		}
		if (!first) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add_str(out, word);
		column += (unsigned)word.n;
		first = false;
	}
	buf_add_char(out, '\n');
}

static void add_option(struct buf *out, const struct option_row *row, unsigned width)
{
	const unsigned indent = 26;
	size_t from = out->n;

	if (row->letter)
		buf_printf(out, "  -%c%s", row->letter, row->name ? ", " : "");
	else
		buf_add_text(out, "      ");
	if (row->name)
		buf_printf(out, "--%s", row->name);
	if (row->argument)
		buf_printf(out, " %s", row->argument);
	if (out->n - from + 2 > indent) {
		buf_add_char(out, '\n');
		buf_add_repeat(out, ' ', indent);
	} else {
		buf_add_repeat(out, ' ', indent - (out->n - from));
	}
	add_wrapped(out, row->help, indent, indent, width);
}

static void add_paragraphs(struct buf *out, const char *text, unsigned width)
{
	struct str rest = str_of(text);

	while (rest.p) {
		struct str line = str_cut(&rest, '\n');
		char *copy = mem_strndup(line.p, line.n);

		if (line.n > 0 && line.p[0] == ' ')
			buf_printf(out, "%s\n", copy); /* set by hand: an example or a list */
		else
			add_wrapped(out, copy, 0, 0, width);
		free(copy);
	}
}

static void add_program(struct buf *out)
{
	buf_add_text(out,
		     "usage: pscope COMMAND [OPTION]...\n\n"
		     "Shows what the processes of this machine do: who started whom, when, with "
		     "which\narguments, for how long, at what cost, and how it ended.\n\n");
	for (unsigned i = 0; i < command_count; i++)
		buf_printf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	buf_add_text(out, "\n'pscope help COMMAND' or 'pscope COMMAND --help' tells more.\n");
}

void options_help(const struct command *command, unsigned width, struct buf *out)
{
	if (width < 60 || width > 100)
		width = 80;
	if (!command) {
		add_program(out);
		return;
	}
	buf_printf(out, "usage: pscope %s [OPTION]... %s\n\n", command->name,
		   command->arguments ? command->arguments : "");
	add_wrapped(out, command->summary, 0, 0, width);
	buf_add_char(out, '\n');
	for (const struct option_row *row = command->options; is_row(row); row++)
		add_option(out, row, width);
	for (const struct option_row *row = common; is_row(row); row++)
		add_option(out, row, width);
	if (command->details) {
		buf_add_char(out, '\n');
		add_paragraphs(out, command->details, width);
	}
	if (command->more_help)
		command->more_help(out);
}
