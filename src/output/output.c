/* The registry of the output formats. Key decision: a new format is one file and one row here. */
#include "output/output.h"

#include "output/formats.h"

const struct output_format *const output_formats[] = {
	&output_multiplexed, &output_sequential, &output_by_process, &output_mermaid,
	&output_tree,        &output_events,     &output_summary,    &output_track,
	&output_records,     &output_csv,        &output_folded,     &output_flamegraph,
	&output_chrome,      &output_dot,        &output_shell,      &output_compile_commands,
	&output_svg,         &output_perfetto,   &output_html,
};
const unsigned output_format_count = sizeof output_formats / sizeof *output_formats;

const struct output_format *output_find(const char *name)
{
	for (unsigned i = 0; name && i < output_format_count; i++) {
		const struct output_format *format = output_formats[i];

		if (strcmp(format->name, name) == 0 ||
		    (format->alias && strcmp(format->alias, name) == 0))
			return format;
	}
	return NULL;
}
