/* Prints docs/fields.md from the registry of columns; tools/update-fields writes it there. */
#include "model/field.h"

#include <stdio.h>
#include <string.h>

static const char introduction[] =
	"# Fields\n"
	"\n"
	"The columns of `pscope ps`, the keys of its JSON, and what `--sort` and `--filter` know.\n"
	"This page is made of the program's own list by `tools/update-fields`; `pscope ps -L` "
	"prints\n"
	"the same.\n"
	"\n"
	"- The **name** is the key in JSON and the heading in CSV. Every other name under "
	"**also**\n"
	"  works wherever a field is asked for, and so does its heading in a table; the case of\n"
	"  letters does not matter. Most are those of ps.\n"
	"- **From** is the file below `/proc/PID` that it is read from. Only files that some field "
	"of\n"
	"  a request needs are read. `clock` is the process's CPU clock, `interval` means two "
	"readings:\n"
	"  without `--interval` the value is unknown.\n"
	"- What is not known is `-` in a table and `null` in JSON, never 0: a line that an older\n"
	"  kernel does not write, what does not apply, a process that was gone. What the kernel "
	"shows\n"
	"  to others only is `?` in a table.\n"
	"- **Costly** fields make the kernel walk all memory of the process; **deprecated** ones "
	"say\n"
	"  nothing any more. Neither is in `-o all`.\n"
	"\n"
	"| type | in JSON | in a table |\n"
	"|------|---------|------------|\n"
	"| number | an integer | the same |\n"
	"| bytes | bytes | KiB where ps has KiB, else bytes; `--human`, `--bytes` |\n"
	"| duration | nanoseconds | as ps for TIME and ELAPSED, else with its unit: 12.3ms |\n"
	"| time | nanoseconds since 1970, UTC | as ps shows START or lstart, local time |\n"
	"| percent | 12.5; 100 is one CPU, or all memory | cut to tenths |\n"
	"| rate | a number a second | the same |\n"
	"| text | a string; bytes that are no UTF-8 in a twin `NAME_b64` | escapes made visible |\n"
	"| words | an array of strings | joined by blanks |\n"
	"| address | \"0x7ffe1000\" | the same |\n"
	"| mask | 16 hexadecimal digits in a string | the same |\n"
	"| octal | \"0022\" | the same |\n"
	"| flag | true or false | yes or no |\n"
	"| list | an array of numbers | joined by commas |\n";

static void print_files(uint32_t parts)
{
	const char *before[SNAPSHOT_PARTS];
	unsigned count = 0;

	for (unsigned part = 0; part < SNAPSHOT_PARTS; part++) {
		unsigned k = 0;

		if (!(parts & PART_BIT(part)))
			continue;
		while (k < count && strcmp(before[k], snapshot_part_names[part]) != 0)
			k++;
		if (k < count)
			continue;
		printf("%s%s", count ? ", " : "", snapshot_part_names[part]);
		before[count++] = snapshot_part_names[part];
	}
}

static void print_field(const struct field *field)
{
	struct str rest = str_of(field->aliases);
	const char *separator = "";

	printf("| `%s` | ", field->name);
	for (; rest.p; separator = " ") {
		struct str alias = str_cut(&rest, ' ');

		printf("%s`%.*s`", separator, (int)alias.n, alias.p);
	}
	printf(" | %s | ", field_type_names[field->type]);
	print_files(field->parts);
	printf(" | %s%s%s |\n", field->help, field->flags & FIELD_COSTLY ? " (costly)" : "",
	       field->flags & FIELD_DEPRECATED ? " (deprecated)" : "");
}

int main(void)
{
	fputs(introduction, stdout);
	for (unsigned i = 0; i < field_count; i++) {
		if (field_section(&fields[i]))
			printf("\n## %s\n\n"
			       "| name | also | type | from | meaning |\n"
			       "|------|------|------|------|---------|\n",
			       field_section(&fields[i]));
		print_field(&fields[i]);
	}
	return 0;
}
