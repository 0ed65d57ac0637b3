/*
 * Lists of columns. Key decision: the syntax is ps's (commas or blanks, NAME=HEADING, NAME:WIDTH)
 * but where ps lets a heading run to the end of the list, here it ends at a comma or at the next
 * NAME=, so that one list can say everything.
 */
#include "base/mem.h"
#include "model/field.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* As wide as a terminal can sensibly be asked to show one column. */
#define COLUMN_WIDTH_MAX 10000
/* A list is typed by a person; even every field ten times is shorter. */
#define COLUMNS_MAX 4096

static const struct {
	const char *name, *list;
} sets[] = {
	{"aux",     "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,time,command"},
	{"default", "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,time,command"},
};

/* Aliases that ps heads in a way of their own, since scripts look for what they know. */
static const struct {
	const char *alias, *heading;
} ps_headings[] = {
	{"tgid",      "TGID"   },
	{"lwp",       "LWP"    },
	{"spid",      "SPID"   },
	{"pgrp",      "PGRP"   },
	{"sess",      "SESS"   },
	{"session",   "SESS"   },
	{"tt",        "TT"     },
	{"euser",     "EUSER"  },
	{"euid",      "EUID"   },
	{"egroup",    "EGROUP" },
	{"egid",      "EGID"   },
	{"svuser",    "SVUSER" },
	{"svuid",     "SVUID"  },
	{"svgroup",   "SVGROUP"},
	{"svgid",     "SVGID"  },
	{"fuser",     "FUSER"  },
	{"fuid",      "FUID"   },
	{"fgroup",    "FGROUP" },
	{"fgid",      "FGID"   },
	{"supgid",    "SUPGID" },
	{"uid_hack",  "UID"    },
	{"policy",    "POL"    },
	{"thcount",   "THCNT"  },
	{"cpuid",     "CPUID"  },
	{"lastcpu",   "C"      },
	{"c",         "C"      },
	{"util",      "C"      },
	{"stime",     "STIME"  },
	{"rsz",       "RSZ"    },
	{"trss",      "TRSS"   },
	{"tsiz",      "TSIZ"   },
	{"dsiz",      "DSIZ"   },
	{"minflt",    "MINFLT" },
	{"majflt",    "MAJFLT" },
	{"pagein",    "PAGEIN" },
	{"sig_catch", "CATCHED"},
	{"cgname",    "CGNAME" },
	{"lxc",       "LXC"    },
	{"cmd",       "CMD"    },
	{"ucmd",      "CMD"    },
};

static const char *ps_heading(struct str alias)
{
	for (size_t i = 0; i < sizeof ps_headings / sizeof *ps_headings; i++)
		if (alias.n == strlen(ps_headings[i].alias) &&
		    strncasecmp(alias.p, ps_headings[i].alias, alias.n) == 0)
			return ps_headings[i].heading;
	return NULL;
}

static struct column *add(struct columns *columns, const struct field *field, struct str heading,
			  unsigned width)
{
	columns->items = mem_realloc(columns->items, columns->count + 1, sizeof *columns->items);
	columns->items[columns->count] =
		(struct column){.field = field, .heading = mem_strdup(heading), .width = width};
	return &columns->items[columns->count++];
}

void columns_deinit(struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		free(columns->items[i].heading);
	free(columns->items);
	*columns = (struct columns){0};
}

static void add_all(struct columns *columns)
{
	for (unsigned i = 0; i < field_count; i++)
		if (!(fields[i].flags & (FIELD_DEPRECATED | FIELD_COSTLY)))
			add(columns, &fields[i], STR_NONE, 0);
}

/* Adds what a set holds; false when there is none of that name. */
static bool add_set(struct columns *columns, struct str name)
{
	struct str rest;

	if (str_is(name, "all")) {
		add_all(columns);
		return true;
	}
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		if (!str_is(name, sets[i].name))
			continue;
		for (rest = str_of(sets[i].list); rest.p;)
			add(columns, field_find(str_cut(&rest, ',')), STR_NONE, 0);
		return true;
	}
	return false;
}

static int unknown_column(struct str name, struct error *err)
{
	struct str nearest = field_nearest(name);

	if (nearest.p)
		return error_set(err, EINVAL, "there is no column '%.*s'; did you mean '%.*s'?",
				 (int)name.n, name.p, (int)nearest.n, nearest.p);
	return error_set(err, EINVAL, "there is no column '%.*s'; 'pscope ps -L' lists them all",
			 (int)name.n, name.p);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct str skip_blanks(struct str text)
{
	while (text.n > 0 && is_blank(text.p[0]))
		text = str_skip(text, 1);
	return text;
}

static size_t word_length(struct str text)
{
	size_t n = 0;

	while (n < text.n && !is_blank(text.p[n]) && text.p[n] != '=')
		n++;
	return n;
}

/* Does "NAME=" stand here, so that a heading before it is over? */
static bool next_named(struct str text)
{
	size_t n = word_length(text);

	return n > 0 && n < text.n && text.p[n] == '=';
}

/* How long the heading is that `piece` starts with. */
static size_t heading_length(struct str piece)
{
	if (piece.n == 0 || is_blank(piece.p[0]))
		return 0;
	for (size_t i = 0; i < piece.n; i++)
		if (is_blank(piece.p[i]) && next_named(skip_blanks(str_skip(piece, i))))
			return i;
	return piece.n;
}

static int add_named(struct columns *columns, struct str name, struct str heading,
		     struct error *err)
{
	struct str width = name, bare = str_cut(&width, ':');
	const struct field *field = field_find(bare);
	unsigned long long columns_wide = 0;

	if (columns->count >= COLUMNS_MAX)
		return error_set(err, EINVAL, "more than %d columns; leave some out", COLUMNS_MAX);
	if (!field && !width.p && !heading.p && add_set(columns, name))
		return 0;
	if (!field)
		return unknown_column(bare, err);
	if (width.p && (str_to_u64(width, &columns_wide) < 0 || columns_wide == 0 ||
			columns_wide > COLUMN_WIDTH_MAX))
		return error_set(
			err, EINVAL,
			"'%.*s' is no width for column '%.*s': write '%.*s:20', at most %d",
			(int)width.n, width.p, (int)bare.n, bare.p, (int)bare.n, bare.p,
			COLUMN_WIDTH_MAX);
	add(columns, field, heading, (unsigned)columns_wide)->ps_heading = ps_heading(bare);
	return 0;
}

/* What stands between two commas: names between blanks, each perhaps with a heading. */
static int add_piece(struct columns *columns, struct str piece, struct error *err)
{
	for (piece = skip_blanks(piece); piece.n > 0; piece = skip_blanks(piece)) {
		struct str name = {piece.p, word_length(piece)}, heading = STR_NONE;
		int r;

		piece = str_skip(piece, name.n);
		if (piece.n > 0 && piece.p[0] == '=') {
			piece = str_skip(piece, 1);
			heading = (struct str){piece.p, heading_length(piece)};
			piece = str_skip(piece, heading.n);
		}
		r = add_named(columns, name, heading, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_list(struct columns *columns, struct str text, struct error *err)
{
	for (struct str rest = text; rest.p;) {
		struct str piece = skip_blanks(str_cut(&rest, ','));
		int r;

		if (piece.n == 0)
			return error_set(
				err, EINVAL,
				"'%.*s' is no list of columns: one is empty; write 'pid,rss'",
				(int)text.n, text.p);
		r = add_piece(columns, piece, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int columns_parse(struct columns *columns, struct str text, struct error *err)
{
	struct columns parsed = {0};
	bool append;
	int r;

	text = skip_blanks(text);
	append = str_starts(text, STR("+"));
	r = parse_list(&parsed, append ? str_skip(text, 1) : text, err);
	if (r < 0) {
		columns_deinit(&parsed);
		return r;
	}
	if (!append)
		columns_deinit(columns);
	columns->items =
		mem_realloc(columns->items, columns->count + parsed.count, sizeof *columns->items);
	memcpy(columns->items + columns->count, parsed.items, parsed.count * sizeof *parsed.items);
	columns->count += parsed.count;
	free(parsed.items);
	return 0;
}

uint32_t columns_parts(const struct columns *columns)
{
	uint32_t parts = 0;

	for (size_t i = 0; i < columns->count; i++)
		parts |= columns->items[i].field->parts;
	return parts;
}
