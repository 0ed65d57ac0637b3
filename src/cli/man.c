/*
 * The commands' part of the man page. Key decision: generated from the same rows as --help, so an
 * option cannot be documented wrongly; what surrounds it is prose in docs/.
 */
#include "cli/man.h"

#include "base/text.h"

/* Text for roff: no line may begin a request, no backslash may be a command. */
static void add_roff(struct buf *out, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			buf_add_text(out, "\\&");
		if (*text == '\\')
			buf_add_text(out, "\\e");
		else if (*text == '-')
			buf_add_text(out, "\\-");
		else
			buf_add_char(out, *text);
		at_start = *text == '\n';
	}
}

static void add_option(struct buf *out, const struct option_row *row)
{
	buf_add_text(out, ".TP\n");
	if (row->letter)
		buf_printf(out, "\\fB\\-%c\\fR", row->letter);
	if (row->letter && row->name)
		buf_add_text(out, ", ");
	if (row->name) {
		buf_add_text(out, "\\fB\\-\\-");
		add_roff(out, row->name);
		buf_add_text(out, "\\fR");
	}
	if (row->argument)
		buf_printf(out, " \\fI%s\\fR", row->argument);
	buf_add_char(out, '\n');
	add_roff(out, row->help);
	buf_add_text(out, ".\n");
}

/* Paragraphs are apart by an empty line; lines that begin with a blank stand as they are. */
static void add_details(struct buf *out, struct str text)
{
	bool verbatim = false;

	while (text.p) {
		struct str line = str_cut(&text, '\n');
		struct buf copy = BUF_INIT;
		bool set = line.n > 0 && line.p[0] == ' ';

		if (set != verbatim)
			buf_add_text(out, set ? ".nf\n" : ".fi\n");
		verbatim = set;
		buf_add_str(&copy, line);
		if (line.n == 0 && text.p && text.n > 0)
			buf_add_text(out, ".PP\n");
		else if (line.n > 0)
			add_roff(out, buf_cstr(&copy)), buf_add_char(out, '\n');
		buf_deinit(&copy);
	}
	if (verbatim)
		buf_add_text(out, ".fi\n");
}

static void add_command(struct buf *out, const struct command *command)
{
	buf_printf(out, ".SS \"pscope %s%s%s%s\"\n", command->name,
		   command->options ? " [OPTION]..." : "", command->arguments ? " " : "",
		   command->arguments ? command->arguments : "");
	add_roff(out, command->summary);
	buf_add_char(out, '.');
	if (command->alias)
		buf_printf(out, " Also called \\fB%s\\fR.", command->alias);
	buf_add_char(out, '\n');
	for (const struct option_row *row = command->options; row && (row->name || row->letter);
	     row++)
		add_option(out, row);
	if (command->details) {
		buf_add_text(out, ".PP\n");
		add_details(out, str_of(command->details));
	}
	if (command->more_help) {
		struct buf more = BUF_INIT;

		command->more_help(&more);
		add_details(out, buf_str(&more));
		buf_deinit(&more);
	}
}

void man_commands(struct buf *out)
{
	for (unsigned i = 0; i < command_count; i++)
		add_command(out, commands[i]);
}

void man_completion(struct buf *out)
{
	buf_add_text(out,
		     "# bash completion for pscope; made by 'pscope help --completion'\n"
		     "_pscope() {\n"
		     "  local cur=${COMP_WORDS[COMP_CWORD]} words= i\n"
		     "  for ((i = 2; i < COMP_CWORD; i++)); do\n"
		     "    [[ ${COMP_WORDS[i]} == -- ]] && { _command_offset $((i + 1)); return; }\n"
		     "  done\n"
		     "  if ((COMP_CWORD == 1)); then words='");
	for (unsigned i = 0; i < command_count; i++)
		buf_printf(out, "%s%s", i ? " " : "", commands[i]->name);
	buf_add_text(out, "'\n  else case ${COMP_WORDS[1]} in\n");
	for (unsigned i = 0; i < command_count; i++) {
		buf_printf(out, "    %s%s%s) words='--help --debug", commands[i]->name,
			   commands[i]->alias ? "|" : "",
			   commands[i]->alias ? commands[i]->alias : "");
		for (const struct option_row *row = commands[i]->options;
		     row && (row->name || row->letter); row++)
			if (row->name)
				buf_printf(out, " --%s", row->name);
		buf_add_text(out, "' ;;\n");
	}
	buf_add_text(out, "  esac; fi\n"
			  "  [[ $cur == -* || $COMP_CWORD == 1 ]] && "
			  "COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ||\n"
			  "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
			  "}\n"
			  "complete -o filenames -F _pscope pscope\n");
}
