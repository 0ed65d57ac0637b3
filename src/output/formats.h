/* The formats, each defined in the file of its name; output.c lists them. */
#ifndef OUTPUT_FORMATS_H
#define OUTPUT_FORMATS_H

#include "output/output.h"

extern const struct output_format output_multiplexed; /* jsonl.c */
extern const struct output_format output_sequential;
extern const struct output_format output_by_process;
extern const struct output_format output_mermaid;
extern const struct output_format output_tree;
extern const struct output_format output_html;   /* html/html.c */
extern const struct output_format output_events; /* events/event_lines.c */
extern const struct output_format output_summary;
extern const struct output_format output_track; /* track/track_format.c */
extern const struct output_format output_records;
extern const struct output_format output_csv;
extern const struct output_format output_folded;
extern const struct output_format output_flamegraph;
extern const struct output_format output_chrome;
extern const struct output_format output_dot;
extern const struct output_format output_shell;
extern const struct output_format output_compile_commands;
extern const struct output_format output_svg;
extern const struct output_format output_perfetto;

#endif
