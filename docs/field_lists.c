/*
 * Prints libpscope-fields(3): what there is to ask for, by subject. Key decision: it asks the library
 * itself, so the page cannot lack a field; only the members of events come from the records' table.
 */
#include "model/record.h"

#include <pscope.h>
#include <stdio.h>

static const char *const type_names[] = {
	[PSCOPE_TYPE_NUMBER] = "number",   [PSCOPE_TYPE_BYTES] = "bytes",
	[PSCOPE_TYPE_DURATION] = "ns",     [PSCOPE_TYPE_TIME] = "ns since 1970",
	[PSCOPE_TYPE_PERCENT] = "percent", [PSCOPE_TYPE_RATE] = "per second",
	[PSCOPE_TYPE_TEXT] = "text",       [PSCOPE_TYPE_WORDS] = "words",
	[PSCOPE_TYPE_ADDRESS] = "address", [PSCOPE_TYPE_MASK] = "mask",
	[PSCOPE_TYPE_OCTAL] = "octal",     [PSCOPE_TYPE_FLAG] = "flag",
	[PSCOPE_TYPE_LIST] = "list",       [PSCOPE_TYPE_BOOT_TIME] = "ns since boot",
};

static const char *const member_types[] = {
	[MEMBER_PID] = "number",
	[MEMBER_UID] = "number",
	[MEMBER_I32] = "number",
	[MEMBER_U64] = "number",
	[MEMBER_STATUS] = "wait status",
	[MEMBER_TIME] = "ns since boot",
	[MEMBER_BOOL] = "flag",
	[MEMBER_STR] = "text",
	[MEMBER_WORDS] = "words",
	[MEMBER_IDENT] = "life",
	[MEMBER_MASK] = NULL,
	[MEMBER_USAGE] = NULL,
};

/* Roff takes a hyphen and a backslash for its own. */
static void print_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			printf("%s%c", *text == '-' ? "\\" : "", *text);
}

static void print_field(const struct pscope_field *field)
{
	printf(".TP\n.BR ");
	print_text(pscope_field_name(field));
	printf(" \" (%s)\"\n", type_names[pscope_field_type(field)]);
	print_text(pscope_field_help(field));
	if (pscope_field_aliases(field)[0]) {
		printf("; also ");
		print_text(pscope_field_aliases(field));
	}
	if (pscope_field_flags(field) & PSCOPE_FIELD_COSTLY)
		printf("; costly");
	if (pscope_field_flags(field) & PSCOPE_FIELD_DEPRECATED)
		printf("; deprecated");
	printf("\n");
}

static void print_fields(const char *title, const char *introduction, int subject)
{
	printf(".SH %s\n%s\n", title, introduction);
	for (unsigned i = 0; i < pscope_field_count(subject); i++)
		print_field(pscope_field_at(subject, i));
}

static void print_members(const struct member *members, size_t count)
{
	const char *separator = "";

	for (size_t i = 0; i < count; i++) {
		if (members[i].type == MEMBER_MASK)
			continue;
		if (members[i].type != MEMBER_USAGE)
			printf("%s\\fB%s\\fR (%s)", separator, members[i].name,
			       member_types[members[i].type]);
		for (unsigned k = 0; members[i].type == MEMBER_USAGE && k < USAGE_FIELDS; k++)
			printf("%s\\fB%s\\fR", k ? ", " : separator, usage_names[k]);
		separator = ",\n";
	}
	printf("%s\n", count ? "" : "nothing of its own");
}

static void print_events(void)
{
	printf(".SH MEMBERS OF EVENTS\n"
	       "For\n.BR pscope_event_get ().\n"
	       "Of all kinds:\n");
	print_members(record_common_members, record_common_member_count);
	printf(".PP\n"
	       "and, of the life that the event is about, those that\n"
	       ".BR pscope_event_get ()\n"
	       "tells of in libpscope(3). Of each kind besides:\n");
	for (int kind = RECORD_NONE + 1; kind < RECORD_KINDS; kind++) {
		const struct record_layout *layout = &record_layouts[kind];

		printf(".TP\n.B %s\n", layout->name);
		print_members(layout->members, layout->member_count);
	}
}

static void print_head(const char *version)
{
	printf(".TH LIBPSCOPE-FIELDS 3 2026-11-21 \"pscope %s\" \"Library Functions\"\n"
	       ".SH NAME\n"
	       "libpscope-fields \\- names, types and meanings of what libpscope tells\n"
	       ".SH DESCRIPTION\n"
	       "The names are those that the functions of libpscope(3) take. In parentheses stands "
	       "the type;\n"
	       "units are those of enum pscope_type. Which member of the union has a number says "
	       "the\n"
	       ".I kind\n"
	       "of the value:\n"
	       ".B as.i\n"
	       "for PSCOPE_SIGNED,\n"
	       ".B as.u\n"
	       "for PSCOPE_UNSIGNED,\n"
	       ".B as.real\n"
	       "for PSCOPE_REAL; pscope_value_to_integer() and pscope_value_to_real() take any of "
	       "them.\n",
	       version);
}

int main(int argc, char **argv)
{
	print_head(argc > 1 ? argv[1] : "");
	print_fields("FIELDS OF PROCESSES",
		     "For pscope_list_new(), pscope_list_sort(), filters and pscope_process_get(). "
		     "What stands behind\n\"also\" are further names.",
		     PSCOPE_PROCESS);
	print_fields("FIELDS OF THE HOST", "For pscope_host_get().", PSCOPE_HOST);
	print_fields("FIELDS OF A CPU", "For pscope_host_cpu_get().", PSCOPE_CPU);
	print_fields("FIELDS OF AN OPEN FILE", "For pscope_files_get().", PSCOPE_FILE);
	print_fields("FIELDS OF A SOCKET", "For pscope_sockets_get().", PSCOPE_SOCKET);
	print_events();
	printf(".SH SEE ALSO\n.BR libpscope (3),\n.BR pscope (1)\n");
	return 0;
}
