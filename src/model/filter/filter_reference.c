/*
 * What help and manual say about filters. Key decision: one text, beside the code that it is true
 * of.
 */
#include "model/filter/filter.h"

/* clang-format off */
const char filter_reference[] =
	"A filter is made of conditions over fields (-L lists them):\n"
	"\n"
	"  rss > 100M and user = root\n"
	"  comm =~ \"^(gcc|cc1)\" or (state in (R, D) and not kernel_thread)\n"
	"\n"
	"  and or not        also && || !; not binds closest, then and, then or; ( )\n"
	"  = != < <= > >=    compare; == is =\n"
	"  =~ !~             POSIX extended regular expression, found anywhere in text\n"
	"  in (a, b)         equals one of these; also: not in\n"
	"  FIELD             alone: it is neither 0, false nor empty\n"
	"  FIELD = unknown   it does not apply, or may not be read\n"
	"\n"
	"Values go by the type of the field:\n"
	"\n"
	"  text        gcc, \"two words\", 'so \"too\"'; in \"\" a \\ stands before \" and \\\n"
	"  bytes       4096, 100M, 1.5G, 2TiB (K is 1024); rates the same: 10K or 10K/s\n"
	"  durations   90 (seconds), 20ms, 2m, 1h30m, 1:30:00, 2-00:00:00\n"
	"  times       \"2026-11-21 10:00\", 2026-11-21T10:00:30Z, 10:00, today, yesterday;\n"
	"              10m is ten minutes ago; @0 is seconds since 1970. What is not told\n"
	"              to the second means all of it: start = today\n"
	"  percents    12.5 or 12.5%\n"
	"  numbers     12, -5, 0xff; a signal also as SIGTERM; addresses and masks always\n"
	"              in hex, umask in octal\n"
	"  flags       true, false\n"
	"  lists       any element counts: groups = 27, groups = docker; != means that\n"
	"              none does\n"
	"\n"
	"Users and groups go by name or number. Upper and lower case differ in text, not\n"
	"in names of fields. Whose value is unknown is not shown by a comparison, nor by\n"
	"one with not in front of it.\n";
/* clang-format on */
