/* The shell's types: a command, its options, and everything ambient. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/buf.h"
#include "base/error.h"
#include "base/root.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses. When several apply, record.c says which wins. */
enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* bad input, unwritable output */
	STATUS_USAGE = 2,  /* the command line is wrong */
	STATUS_BUDGET = 3,
	STATUS_LOSS = 4,   /* --fail-on-loss */
	STATUS_OURS = 125, /* pscope's own failure around a command */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

/* All that is ambient is here, so that tests can fake it. */
struct env {
	struct root root;
	int in_fd, out_fd, err_fd;
	unsigned out_width, err_width; /* columns of the terminal; 0: not a terminal */
	bool out_colour, err_colour;
	bool ascii; /* the locale says that terminals here do not speak UTF-8 */
	bool debug;
	/* Who called sudo; -1 when nobody did. New files belong to them. */
	unsigned owner_uid, owner_gid;
	char owner_name[64];
	bool owner_unknown; /* SUDO_UID and SUDO_GID name nobody */
};

enum option_type {
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* const char * */
	OPTION_FILE,     /* const char *, not empty */
	OPTION_DURATION, /* int64_t ns */
	OPTION_INTERVAL, /* the same, > 0 */
	OPTION_SIZE,     /* uint64_t bytes */
	OPTION_COUNT,    /* unsigned */
	OPTION_TIMES,    /* unsigned, > 0: how often something is done */
	OPTION_PID,      /* int32_t, > 0 */
	OPTION_TEXTS,    /* struct option_texts: may be given again, and adds to it */
	OPTION_OBSOLETE, /* bool: accepted with its argument and ignored, the command says so */
};

#define OPTION_TEXTS_MAX 32

struct option_texts {
	const char *items[OPTION_TEXTS_MAX];
	unsigned count;
};

/* One option. Parsing, help, the man page and the tests all read this row. */
struct option_row {
	char letter;          /* 0: long name only */
	const char *name;     /* NULL: letter only */
	const char *argument; /* what help calls it; NULL: takes none */
	enum option_type type;
	size_t offset; /* in the command's options struct */
	const char *help;
};

struct command {
	const char *name;
	const char *alias;                  /* another name for it, or NULL */
	const char *arguments;              /* behind the options in the usage line */
	const char *summary;                /* one line */
	const char *details;                /* paragraphs for help and man page; NULL: none */
	void (*more_help)(struct buf *out); /* what a registry lists, behind the details; or NULL */
	const struct option_row *options;   /* ended by a row without name and letter; or NULL */
	size_t options_size;                /* of the options struct, which starts zeroed */
	void (*defaults)(void *options);    /* what is not zero at the start; or NULL */
	bool operands_follow; /* options end at the first operand: a command line of its own */
	/* With operands_follow: takes a word among the options, or -EINVAL; a command line of its own
	 * stands behind "--" then. NULL: it begins with the first word that is no option. */
	int (*operand)(void *options, const char *word, struct error *err);
	/* `name`: the word it was called by. Returns the exit status. */
	int (*run)(struct env *env, const char *name, void *options, int operand_count,
		   char **operands);
};

extern const struct command *const commands[];
extern const unsigned command_count;
const struct command *command_find(const char *name);

/* "pscope: sentence" on stderr; returns `status`. */
int cli_fail(const struct env *env, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same without a status: something to know, not a failure. */
void cli_note(const struct env *env, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Shown with --debug only. */
void cli_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
